"""For how long late files have been late, in working days: days on which the office opens, after the due day."""

from datetime import date, timedelta
from functools import cached_property

import numpy as np

from indicators.calendar import WorkingCalendar
from indicators.lateness import AGES, OLDEST

RANGES = (*(name for _, name in AGES), OLDEST)


class Ageing:
    """The working days up to one day, of due days up to `back` calendar days ago; older ones count as that old."""

    def __init__(self, calendar: WorkingCalendar, today: date, back: int = 1500) -> None:
        days = np.arange(np.datetime64(today) - back, np.datetime64(today) + 1)
        worked = calendar.is_working_day(days).astype(np.int64)
        self._first = today - timedelta(days=back)
        self._late = worked.sum() - np.cumsum(worked)

    def days(self, due_on: date) -> int:
        """Return for how many working days a file due on a day is late; a day that has begun counts, so at least 1."""
        place = min(max((due_on - self._first).days, 0), len(self._late) - 1)
        return max(1, int(self._late[place]))

    def between(self, due_on: date, ended_on: date) -> int:
        """Return for how many working days a file was late that was due on one day and ended on another; at least 1."""
        first, last = (min(max((day - self._first).days, 0), len(self._late) - 1) for day in (due_on, ended_on))
        return max(1, int(self._late[first] - self._late[last]))

    def range_of(self, due_on: date) -> str:
        """Return the range of `days`: 1-3, 4-7, 8-30 or >30."""
        late = self.days(due_on)
        return next((name for most, name in AGES if late <= most), OLDEST)

    @cached_property
    def bounds(self) -> list[date]:
        """Return the first due day of each range but the oldest, the older ones first: what lies before is older."""
        return [self.due_between(name)[0] for name in reversed(RANGES[:-1])]

    def due_between(self, name: str) -> tuple[date, date]:
        """Return the first and the last due day of a range; ValueError for a name that is none.

        The oldest range begins at `date.min`.
        """
        if name not in RANGES:
            raise ValueError(f"{name} is no range of working days")
        place = RANGES.index(name)
        known = [self._first + timedelta(days=n) for n in range(len(self._late))]
        found = [day for day in known if RANGES.index(self.range_of(day)) == place]
        if not found:
            return date.max, date.min
        return date.min if name == OLDEST else found[0], found[-1]
