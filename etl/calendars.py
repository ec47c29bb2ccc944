"""The working calendar of the loaded profile, made once."""

from __future__ import annotations

from indicators.calendar import WorkingCalendar
from sql.registry_rows import City

_calendars: dict[str, WorkingCalendar] = {}


def working_calendar(city: City) -> WorkingCalendar:
    """Return the calendar of a loaded profile; it takes a quarter of a second to make, so the last one is kept."""
    if city.profile_hash not in _calendars:
        made = WorkingCalendar(city.calendar, city.timezone)
        _calendars.clear()
        _calendars[city.profile_hash] = made
    return _calendars[city.profile_hash]
