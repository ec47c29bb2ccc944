"""What a profile's calendar.toml says: which days are worked, and from when to when.

The public holidays and swapped working days of a country come from the holidays library; the file's own
exceptions stand above them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

import holidays

Spans = tuple[tuple[int, int], ...]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FRIDAY = 4
SHORT_WEEK = {day: [["08:00", "17:00"]] for day in WEEKDAYS[:5]}


@dataclass(frozen=True)
class OfficeHours:
    """Opening spans of each weekday (Monday first, seconds after local midnight) and the days that differ."""

    week: tuple[Spans, ...]
    closed: frozenset[date]
    working: frozenset[date]
    country: str = ""

    @classmethod
    def read(cls, spec: Mapping[str, Any]) -> "OfficeHours":
        """Read {country, closed, working, office}; every part may be missing.

        Without office hours: Monday to Friday 08:00 to 17:00. Days are dates or ISO texts, a country is "VN" or,
        with its part, "US-MA". Raises ValueError for hours, days or countries that make no sense.
        """
        office = spec.get("office") or SHORT_WEEK
        if unknown := set(office) - set(WEEKDAYS):
            raise ValueError(f"no such weekday: {', '.join(sorted(unknown))}")
        week = tuple(_weekday(day, office.get(day, ())) for day in WEEKDAYS)
        if not any(week):
            raise ValueError("no weekday has office hours")
        closed, working = _days(spec.get("closed", ())), _days(spec.get("working", ()))
        if both := closed & working:
            raise ValueError(f"both closed and working: {min(both)}")
        country = spec.get("country") or ""
        public_holidays(country, 2000, 2000)
        return cls(week, closed, working, country)

    @property
    def day_s(self) -> int:
        """Seconds of one working day: the length that most weekdays have, the longest of several."""
        lengths = Counter(_length(spans) for spans in self.week if spans)
        return max(lengths, key=lambda length: (lengths[length], length))

    def spans(self, day: date, is_swapped: bool) -> Spans:
        """Return the opening spans of a worked day.

        A weekend day worked in place of another keeps Friday's hours, else its own, else the first there are: it
        stands for a whole day even where Saturdays are open in the morning.
        """
        own = self.week[day.weekday()]
        if not is_swapped or (own and day.weekday() <= FRIDAY):
            return own
        return self.week[FRIDAY] or own or next(spans for spans in self.week if spans)

    def worked(self, first: int, last: int) -> tuple[frozenset[date], frozenset[date]]:
        """Return the days closed and the days worked out of turn of the years `first` to `last`."""
        closed, working = public_holidays(self.country, first, last)
        return (closed - self.working) | self.closed, (working - self.closed) | self.working


@cache
def public_holidays(country: str, first: int, last: int) -> tuple[frozenset[date], frozenset[date]]:
    """Return a country's holidays and its swapped working days; both empty without a country.

    Raises ValueError for a country the library does not know.
    """
    if not country:
        return frozenset(), frozenset()
    name, _, part = country.partition("-")
    try:
        found = holidays.country_holidays(name, subdiv=part or None, years=range(first, last + 1))
    except NotImplementedError as error:
        raise ValueError(f"no holidays are known of {country}") from error
    return frozenset(found), frozenset(found.weekend_workdays)


def time_of_day(text: str) -> int:
    """Return the seconds after midnight of "07:30"; "24:00" is the end of the day. ValueError for anything else.

    >>> time_of_day("07:30")
    27000
    """
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(minute) < 60 and int(hour) * 60 + int(minute) <= 1440):
        raise ValueError(f"{text!r} is not a time of day")
    return int(hour) * 3600 + int(minute) * 60


def _weekday(day: str, spans: Iterable[Sequence[str]]) -> Spans:
    try:
        return _spans(spans)
    except ValueError as error:
        raise ValueError(f"{day}: {error}") from error


def _spans(spans: Iterable[Sequence[str]]) -> Spans:
    read = tuple((time_of_day(opens), time_of_day(closes)) for opens, closes in spans)
    if any(opens >= closes for opens, closes in read) or any(a[1] > b[0] for a, b in pairwise(read)):
        raise ValueError("each opening must end after it begins and before the next begins")
    return read


def _length(spans: Spans) -> int:
    return sum(closes - opens for opens, closes in spans)


def _days(days: Iterable[date | str]) -> frozenset[date]:
    return frozenset(date.fromisoformat(day) if isinstance(day, str) else day for day in days)
