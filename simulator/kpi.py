"""The statistical office: fifty indicators and their targets, published, revised and published again."""

import calendar
import csv
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from simulator.instants import ZONE

SERIES = Path(__file__).parent / "kpi.csv"
ESTIMATED, FIRST, REVISED, FINAL = "e", "p", "r", "f"
# Days after the end of the period (before it for estimates) on which each version comes out.
CALENDAR = {
    "month": {ESTIMATED: -3, FIRST: 6, REVISED: 36},
    "quarter": {ESTIMATED: -3, FIRST: 10, REVISED: 75},
    "year": {ESTIMATED: -11, FIRST: 56, REVISED: 258},
}
SPREAD_DAYS = 5  # not everything comes out on the same day
REVISED_SHARE = 0.65
AMBITION = 1.15  # a target asks for this much more growth than usual


@dataclass(frozen=True)
class Series:
    """Hold how one indicator moves: level in 2025, growth a year, season, noise."""

    code: str
    period: str
    base: float
    growth: float
    season: float
    noise: float
    decimals: int
    has_target: bool


@dataclass(frozen=True)
class Publication:
    """Hold one published value."""

    at: datetime
    code: str
    period: str
    unit: str
    value: float
    status: str

    def item(self) -> dict[str, object]:
        """Return the value as the feed spells it."""
        return {
            "maChiTieu": self.code, "ky": self.period, "donVi": self.unit, "giaTri": self.value,
            "trangThai": self.status, "capNhat": self.at.isoformat(timespec="seconds"),
        }  # fmt: skip


class Office:
    """Publish values and targets for one unit, the city."""

    def __init__(self, seed: int, unit: str):
        """Read the series."""
        self.seed = seed
        self.unit = unit
        self.series = read()

    def values(self, since: datetime, until: datetime) -> list[Publication]:
        """Return what is published in [since, until), by time."""
        years = range(since.year - 2, until.year + 2)
        found = (
            publication
            for number, series in enumerate(self.series)
            for year in years
            for start, end, name in periods(series.period, year)
            for publication in self._versions(number, series, start, end, name)
            if since <= publication.at < until
        )
        return sorted(found, key=lambda one: (one.at, one.code, one.period))

    def targets(self, since: datetime, until: datetime) -> list[Publication]:
        """Return the targets of each year, which come out on its fifth of January."""
        found = []
        for year in range(since.year, until.year + 1):
            at = datetime(year, 1, 5, 9, tzinfo=ZONE)
            if not since <= at < until:
                continue
            for series in self.series:
                for start, _, name in periods(series.period, year) if series.has_target else ():
                    found.append(Publication(at, series.code, name, self.unit, self._target(series, start), FINAL))
        return found

    def _versions(self, number: int, series: Series, start: date, end: date, name: str) -> list[Publication]:
        """Return the estimate, the first value and perhaps the revision of one period."""
        rng = np.random.default_rng([self.seed, 4, number, start.toordinal()])
        level = _level(series, start) * (1 + series.noise * rng.standard_normal())
        errors = {ESTIMATED: 0.5, FIRST: 0.2, REVISED: 0.0}
        is_revised = rng.random() < REVISED_SHARE
        published = []
        for status, after in CALENDAR[series.period].items():
            spread = 0 if status == ESTIMATED else int(rng.integers(0, SPREAD_DAYS))
            error = errors[status] * series.noise * rng.standard_normal()
            minute = int(rng.integers(0, 480))
            if status == REVISED and not is_revised:
                continue
            day = end + timedelta(days=after + spread)
            at = datetime(day.year, day.month, day.day, 8, tzinfo=ZONE) + timedelta(minutes=minute)
            value = _rounded(level * (1 + error), series)
            published.append(Publication(at, series.code, name, self.unit, value, status))
        return published

    def _target(self, series: Series, start: date) -> float:
        """Return the usual level with somewhat more growth (less, where growth is bad)."""
        step = series.growth * (start.year - 2025) * (AMBITION - 1)
        return _rounded(_level(series, start) * (1 + step), series)


def read() -> list[Series]:
    """Read the table of series."""
    with SERIES.open(encoding="utf-8", newline="") as file:
        return [
            Series(row["code"], row["period"], float(row["base_2025"]), float(row["growth"]), float(row["season"]),
                   float(row["noise"]), int(row["decimals"]), row["target"] == "1")
            for row in csv.DictReader(file)
        ]  # fmt: skip


def periods(kind: str, year: int) -> list[tuple[date, date, str]]:
    """Return first day, last day and name of the months, quarters or the one year.

    >>> periods("quarter", 2026)[2][2], periods("month", 2026)[9][2], periods("year", 2026)[0][2]
    ('2026-Q3', '2026-10', '2026')
    """
    if kind == "year":
        return [(date(year, 1, 1), date(year, 12, 31), str(year))]
    length = 1 if kind == "month" else 3
    found = []
    for first in range(1, 13, length):
        last = first + length - 1
        name = f"{year}-{first:02d}" if kind == "month" else f"{year}-Q{last // 3}"
        found.append((date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]), name))
    return found


def _level(series: Series, start: date) -> float:
    """Return the expected value of a period: growth by year and a season that peaks in December."""
    season = series.season * np.cos(2 * np.pi * (start.month - 12) / 12)
    return series.base * (1 + series.growth) ** (start.year - 2025) * (1 + season)


def _rounded(value: float, series: Series) -> float:
    return round(max(float(value), 0.0), series.decimals)
