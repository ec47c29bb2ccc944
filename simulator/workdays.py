"""Working days and office hours of the city, and two clocks that run on them."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import holidays
import numpy as np

from simulator.instants import DAY_S, DAYS, FIRST_DAY, NEVER, day_of

OPENS, LUNCH_FROM, LUNCH_TO, CLOSES = 27_000, 41_400, 46_800, 61_200  # 07:30 11:30 13:00 17:00
OFFICE_S = (LUNCH_FROM - OPENS) + (CLOSES - LUNCH_TO)
SAME_DAY_CUTOFF = 54_000  # 15:00


@dataclass(frozen=True)
class Pace:
    """Map instants to effort and back along a line that never stands still."""

    seconds: np.ndarray
    effort: np.ndarray

    def spent(self, at: np.ndarray) -> np.ndarray:
        """Return the effort spent up to an instant, in office seconds."""
        return np.interp(at, self.seconds, self.effort)

    def when(self, effort: np.ndarray) -> np.ndarray:
        """Return the second by which an effort is spent, int32."""
        return np.rint(np.interp(effort, self.effort, self.seconds)).astype(np.int32)

    def after(self, at: np.ndarray, effort: np.ndarray) -> np.ndarray:
        """Return the second at which work begun at `at` has taken `effort` office seconds."""
        return self.when(self.spent(at) + effort)


class Workdays:
    """Know which days are worked, and count office time and working days along them."""

    def __init__(self, closed: Iterable[date] = (), working: Iterable[date] = (), off_hours_pace: float = 0.08):
        """Build the calendar of 2024 to 2040; `off_hours_pace` is the share of the office pace at other hours."""
        self._public = holidays.country_holidays("VN", years=range(2024, 2041))
        days = np.arange(DAYS)
        self.weekday = (days + FIRST_DAY.weekday()) % 7
        self.worked = self.weekday < 5
        for on in [*self._public, *closed]:
            self._mark(on, False)
        for on in working:
            self._mark(on, True)
        self.rank = np.cumsum(self.worked) - 1  # of the last worked day up to each day
        self.days_worked = np.flatnonzero(self.worked)
        self.pace = self._pace(max(off_hours_pace, 1e-3))

    def _mark(self, on: date, worked: bool) -> None:
        if 0 <= (day := day_of(on)) < DAYS:
            self.worked[day] = worked

    def _pace(self, off_hours: float) -> Pace:
        """Return effort at the pace of the office in office hours and a part of it at others."""
        marks = np.array([0, OPENS, LUNCH_FROM, LUNCH_TO, CLOSES])
        lengths = np.diff(np.append(marks, DAY_S))
        office = np.array([False, True, False, True, False])
        speed = np.where(self.worked[:, None] & office, 1.0, off_hours)
        effort = np.concatenate([[0.0], np.cumsum((speed * lengths).ravel())])
        seconds = (np.arange(DAYS)[:, None] * DAY_S + marks).ravel()
        return Pace(np.append(seconds, DAYS * DAY_S), effort)

    @cached_property
    def new_years(self) -> list[int]:
        """Return the day number of the first day of each lunar year."""
        eves = [day_of(on) for on, name in self._public.items() if name == "Lunar New Year's Eve"]
        return [eve + 1 for eve in sorted(eves)]

    def office_start(self, at: np.ndarray) -> np.ndarray:
        """Return the instant itself in office hours, else the next opening of the office."""
        at = np.asarray(at, dtype=np.int64)
        day, tod = np.divmod(at, DAY_S)
        noon = (tod >= LUNCH_FROM) & (tod < LUNCH_TO)
        open_today = self.worked[day] & (tod < CLOSES)
        today = day * DAY_S + np.where(noon, LUNCH_TO, np.maximum(tod, OPENS))
        next_day = self.days_worked[np.minimum(self.rank[day] + 1, len(self.days_worked) - 1)]
        return np.where(open_today, today, next_day * DAY_S + OPENS)

    def days_after(self, at: np.ndarray, count: np.ndarray) -> np.ndarray:
        """Return the same time of day `count` working days after an instant in office hours."""
        day, tod = np.divmod(np.asarray(at, dtype=np.int64), DAY_S)
        return self.days_worked[self.rank[day] + count] * DAY_S + tod

    def due(self, accepted: np.ndarray, working_days: np.ndarray) -> np.ndarray:
        """Return when a result is due: working days later to the quarter hour, int32.

        Zero working days is the same day at closing time, or the next working day when accepted
        after 15:00 (Decree 61/2018/NĐ-CP for same-day procedures).
        """
        start = self.office_start(np.where(accepted == NEVER, 0, accepted))
        late_in_day = (start % DAY_S >= SAME_DAY_CUTOFF).astype(np.int64)
        closing = self.days_after(start - start % DAY_S + CLOSES, late_in_day)
        later = self.days_after(-(-start // 900) * 900, np.maximum(working_days, 1))
        return np.where(working_days == 0, closing, later).astype(np.int32)

    def end_of_next_day(self, at: np.ndarray) -> np.ndarray:
        """Return the closing time of the working day after the one in which an instant counts."""
        start = self.office_start(at)
        return self.days_after(start - start % DAY_S + CLOSES, np.ones_like(start))


def read(folder: Path, off_hours_pace: float) -> Workdays:
    """Read the exceptions of a profile's calendar.toml, when it has one."""
    path = folder / "calendar.toml"
    if not path.exists():
        return Workdays(off_hours_pace=off_hours_pace)
    table = tomllib.loads(path.read_text("utf-8"))
    closed = [on for on in map(_as_date, table.get("closed", [])) if on]
    working = [on for on in map(_as_date, table.get("working", [])) if on]
    return Workdays(closed, working, off_hours_pace)


def _as_date(value: object) -> date | None:
    """Read a day written as a TOML date, as text, or as a table with `on` or `date`."""
    if isinstance(value, dict):
        value = value.get("on", value.get("date"))
    if isinstance(value, date):
        return value
    return date.fromisoformat(value) if isinstance(value, str) else None
