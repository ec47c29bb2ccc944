"""Working time: what a number of working days or hours after an instant is, for whole arrays at once.

Choices, where law and practice leave room: a working day is as long as the office is open on most days (8 h in
most of Viet Nam), so n working days are over when the office has been open n times that long; a time at which
the office is closed counts from its next opening; what ends with the office ends at closing, not at the next
opening. Instants outside the calendar's years have no answer (NaT, NaN or None).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, overload
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.localtime import DAY, NOT_A_TIME, SECOND, LocalTime, Ticks, Times, ticks, times
from indicators.office_hours import OfficeHours

HOUR = 3600 * SECOND
YEARS = range(1990, 2051)


class WorkingCalendar:
    """The office hours of a city over some years.

    `spec` is calendar.toml as read (see OfficeHours.read). Methods take an aware datetime or an array of
    datetime64 in UTC, and answer in the same kind; a datetime comes back in the calendar's zone.

    >>> office = {"mon": [["07:30", "11:30"], ["13:00", "17:00"]]}
    >>> calendar = WorkingCalendar({"office": office}, "Asia/Ho_Chi_Minh", range(2026, 2027))
    >>> monday = datetime(2026, 11, 23, 16, 0, tzinfo=calendar.zone)
    >>> str(calendar.add_working_hours(monday, 2))
    '2026-11-30 08:30:00+07:00'
    """

    def __init__(self, spec: Mapping[str, Any], zone: ZoneInfo | str, years: range = YEARS) -> None:
        self.zone = ZoneInfo(zone) if isinstance(zone, str) else zone
        self.office = OfficeHours.read(spec)
        self.day_hours = self.office.day_s / 3600
        self._clock = LocalTime(self.zone, years)
        start, stop = ticks(self.to_utc(_new_years(years)))
        self._start, self._stop = int(start), int(stop)
        self._first_day, self._is_open, local_opens, local_closes = _openings(self.office, years)
        self._opens = ticks(self.to_utc(times(local_opens)))
        self._closes = ticks(self.to_utc(times(local_closes)))
        self._until = np.cumsum(self._closes - self._opens)
        self._before = self._until - (self._closes - self._opens)
        is_last = np.append(local_opens[1:] // DAY != local_opens[:-1] // DAY, True)
        self._ends = self._closes[is_last]

    @overload
    def add_working_hours(self, at: datetime, hours: float) -> datetime | None: ...
    @overload
    def add_working_hours(self, at: Times, hours: ArrayLike) -> Times: ...
    def add_working_hours(self, at: datetime | Times, hours: ArrayLike) -> datetime | Times | None:
        """Return the instant at which the office has been open `hours` since `at`.

        NaN hours have no answer, hours below 0 raise ValueError. No hours at all end at `at`, or at the next
        opening.
        """
        return self._answer(at, lambda utc: self._add(utc, np.asarray(hours, float) * HOUR))

    @overload
    def add_working_days(self, at: datetime, days: float) -> datetime | None: ...
    @overload
    def add_working_days(self, at: Times, days: ArrayLike) -> Times: ...
    def add_working_days(self, at: datetime | Times, days: ArrayLike) -> datetime | Times | None:
        """Return the instant at which `days` working days, or parts of one, have passed since `at`."""
        return self._answer(at, lambda utc: self._add(utc, np.asarray(days, float) * (self.day_hours * HOUR)))

    @overload
    def working_hours_between(self, a: datetime, b: datetime) -> float: ...
    @overload
    def working_hours_between(self, a: Times, b: Times) -> NDArray[np.float64]: ...
    def working_hours_between(self, a: datetime | Times, b: datetime | Times) -> float | NDArray[np.float64]:
        """Return for how many hours the office is open from `a` to `b`; below 0 when `b` comes first."""
        begin, end = _instants(a), _instants(b)
        hours = (self._worked(end) - self._worked(begin)) / HOUR
        hours[~(self._covers(begin) & self._covers(end))] = np.nan
        return float(hours[0]) if isinstance(a, datetime) and isinstance(b, datetime) else hours

    def office_seconds(self, at: Times) -> Ticks:
        """Return for how many whole seconds the office was open from the calendar's begin to each instant.

        -1 where there is no instant, or none that the calendar covers.
        """
        utc = _instants(at)
        return np.where(self._covers(utc), self._worked(utc) // SECOND, -1)

    @overload
    def end_of_working_day(self, at: datetime) -> datetime | None: ...
    @overload
    def end_of_working_day(self, at: Times) -> Times: ...
    def end_of_working_day(self, at: datetime | Times) -> datetime | Times | None:
        """Return the next instant, `at` included, at which the office closes for the day."""
        return self._answer(at, lambda utc: _pick(self._ends, np.searchsorted(self._ends, utc)))

    @overload
    def is_working_day(self, day: date) -> bool: ...
    @overload
    def is_working_day(self, day: Times) -> NDArray[np.bool_]: ...
    def is_working_day(self, day: date | Times) -> bool | NDArray[np.bool_]:
        """Tell whether the office opens on a local day, or on each of datetime64[D]; ValueError outside the years."""
        index = np.atleast_1d(np.asarray(day, "datetime64[D]")).astype(np.int64) - self._first_day
        if ((index < 0) | (index >= len(self._is_open))).any():
            raise ValueError(f"the calendar does not know {day}")
        if isinstance(day, date):
            return bool(self._is_open[index[0]])
        found: NDArray[np.bool_] = self._is_open[index]
        return found

    def to_local(self, at: Times) -> Times:
        """Return what the city's clock shows at each instant."""
        return self._clock.to_local(at)

    def to_utc(self, local: Times) -> Times:
        """Return the instant of each time the city's clock shows."""
        return self._clock.to_utc(local)

    def _answer(self, at: datetime | Times, solve: Callable[[Ticks], Ticks]) -> datetime | Times | None:
        """Solve for the instants the calendar covers, and answer in the kind of the question."""
        utc = _instants(at)
        found = solve(utc)
        found[~np.broadcast_to(self._covers(utc), found.shape)] = NOT_A_TIME
        return self._datetime(int(found[0])) if isinstance(at, datetime) else times(found)

    def _covers(self, utc: Ticks) -> NDArray[np.bool_]:
        return (self._start <= utc) & (utc < self._stop)

    def _worked(self, utc: Ticks) -> Ticks:
        """Return the office time from the calendar's first opening to each instant it covers."""
        opening = np.searchsorted(self._opens, utc, "right")
        np.maximum(opening - 1, 0, out=opening)
        worked = np.minimum(utc, self._closes[opening])
        worked -= self._opens[opening]
        np.maximum(worked, 0, out=worked)
        worked += self._before[opening]
        return worked

    def _add(self, utc: Ticks, office_time: NDArray[np.float64]) -> Ticks:
        """Return when the office has been open for that many microseconds more."""
        if (office_time < 0).any():
            raise ValueError("working time cannot be added backwards")
        added = np.rint(np.nan_to_num(office_time, posinf=0)).astype(np.int64)
        total = self._worked(utc) + added
        opening = np.searchsorted(self._until, total)
        if (none := np.broadcast_to(added == 0, total.shape)).any():
            opening[none] = np.searchsorted(self._until, total[none], "right")
        found = _pick(self._opens - self._before, opening)
        found[found != NOT_A_TIME] += total[found != NOT_A_TIME]
        found[~np.broadcast_to(np.isfinite(office_time), found.shape)] = NOT_A_TIME
        return found

    def _datetime(self, utc: int) -> datetime | None:
        if utc == NOT_A_TIME:
            return None
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=utc)).astimezone(self.zone)


def _instants(at: datetime | Times) -> Ticks:
    """Return instants as an array of microseconds; a single one becomes an array of one."""
    if not isinstance(at, datetime):
        return np.atleast_1d(ticks(at))
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return np.array([(at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)], np.int64)


def _pick(values: Ticks, index: NDArray[np.intp]) -> Ticks:
    """Return the value at each index, NOT_A_TIME where the index is behind the last."""
    return np.append(values, NOT_A_TIME)[index]


def _new_years(years: range) -> Times:
    return np.array([f"{years.start}-01-01", f"{years.stop}-01-01"], "datetime64[us]")


def _openings(office: OfficeHours, years: range) -> tuple[int, NDArray[np.bool_], Ticks, Ticks]:
    """Return the first day (days since 1970), whether each day is worked, and all openings and closings (local)."""
    closed, working = office.worked(years.start, years.stop - 1)
    first = date(years.start, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(years.stop, 1, 1) - first).days)]
    spans = [() if day in closed else office.spans(day, day in working) for day in days]
    epoch = (first - date(1970, 1, 1)).days
    flat = [(epoch + n, *span) for n, of_day in enumerate(spans) for span in of_day]
    day, opens, closes = np.array(flat, np.int64).reshape(-1, 3).T
    return epoch, np.array([bool(of_day) for of_day in spans]), day * DAY + opens * SECOND, day * DAY + closes * SECOND
