"""What arrives on a day: how many dossiers, where, which procedure, by which channel, at what time."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulator import city as cities
from simulator.causes import CAUSES
from simulator.city import City
from simulator.instants import DAY_S, date_of, day_of
from simulator.workdays import CLOSES, OPENS, Workdays

A_YEAR = 14_000_000  # dossiers of the whole city
OFF_HOURS_RATE = 0.2  # arrivals an hour outside office hours, as a share of office hours
WEEKDAYS = np.array([1.18, 1.05, 1.0, 0.95, 0.92, 0.9, 0.9])
RESTING_ONLINE = 0.08  # filed online on a day off, as a share of an ordinary day
COUNTER, ONLINE, POST = 1, 2, 3

# Arrivals per half hour: at counters from 07:30 on; online from midnight on, per hour.
AT_COUNTER = np.array([6, 13, 16, 17, 16, 13, 11, 7, 1, 1, 1, 6, 10, 11, 10, 9, 8, 6, 3], dtype=float)
AT_HOME = np.array([2, 1, 1, 1, 1, 2, 4, 8, 14, 16, 15, 12, 8, 8, 12, 13, 11, 8, 6, 7, 9, 9, 7, 4], dtype=float)


@dataclass(frozen=True)
class Arrivals:
    """Hold the dossiers of one day, (n,) arrays sorted by time of arrival."""

    unit: np.ndarray
    procedure: np.ndarray
    channel: np.ndarray
    at: np.ndarray


class Demand:
    """Know how much work reaches the city on each day, and draw it."""

    def __init__(self, city: City, workdays: Workdays, scale: float, round_the_clock: bool):
        """Calibrate the yearly volume and the online share for the city."""
        self.city = city
        self.workdays = workdays
        self.scale = scale
        self.round_the_clock = round_the_clock
        self.level = self._online_level()
        self.unit_level = np.where(city.rural, -0.25, 0.08)

    def expected(self, day: int) -> tuple[float, float]:
        """Return the dossiers expected on a day: with the office's day, and outside office hours."""
        office, off_hours = self._split(date_of(day).year)
        hours = 24.0 - 8.0 * self.workdays.worked[day]
        return office * self.season(day) * self.scale, off_hours * hours * self.scale

    def season(self, day: int) -> float:
        """Return how busy a day is beside an ordinary working day."""
        if not self.workdays.worked[day]:
            return RESTING_ONLINE
        summer = 1.08 if date_of(day).month in (6, 7, 8) else 1.0
        return float(WEEKDAYS[self.workdays.weekday[day]]) * self._new_year(day) * summer

    def _new_year(self, day: int) -> float:
        """Return the rush of the ten working days before Tết and the calm of the five after it."""
        ranks = self.workdays.rank
        for tet in self.workdays.new_years:
            if 0 < tet - day < 25 and ranks[tet] - ranks[day] < 10:
                return 1.28
            if 0 <= day - tet < 20 and ranks[day] - ranks[tet] <= 5:
                return 0.65
        return 1.0

    @lru_cache(maxsize=32)  # noqa: B019 one demand lives as long as the program
    def _split(self, year: int) -> tuple[float, float]:
        """Return dossiers of an ordinary office day, and of an off-hours hour, so that a year adds up."""
        first, last = (day_of(date_of(0).replace(year=y)) for y in (year, year + 1))
        worked = self.workdays.worked[first:last]
        seasons = sum(self.season(day) for day in range(first, last))
        off_hours = float((24 - 8 * worked).sum()) * OFF_HOURS_RATE / 8 if self.round_the_clock else 0.0
        ordinary = A_YEAR / (seasons + off_hours)
        return ordinary, ordinary * OFF_HOURS_RATE / 8 if self.round_the_clock else 0.0

    def _online_level(self) -> float:
        """Return the shift of log odds that makes the city file its published share online."""
        shares = np.diff(self.city.mix, axis=1, prepend=0.0)
        rural = float(self.city.weight[self.city.rural].sum())
        mix = shares[0] * (1 - rural) + shares[1] * rural
        wanted = cities.ONLINE_SHARE - 0.005  # days off bring only online dossiers
        low, high = -4.0, 4.0
        for _ in range(50):
            level = (low + high) / 2
            share = float(mix @ (1 / (1 + np.exp(-self.city.online_odds - level))))
            low, high = (level, high) if share < wanted else (low, level)
        return level

    def unit_shares(self, day: int) -> np.ndarray:
        """Return the share of each unit in the day's dossiers, with the surges of causes.py, (U,)."""
        weight = self.city.weight.copy()
        for cause in CAUSES:
            if cause.month_days[0] <= date_of(day).day <= cause.month_days[1]:
                weight[np.isin(self.city.former, cause.where)] *= cause.volume
        return weight / weight.sum()

    def draw(self, day: int, rng: np.random.Generator) -> Arrivals:
        """Draw the dossiers of a day."""
        in_office, off_hours = (int(rng.poisson(mean)) for mean in self.expected(day))
        n = in_office + off_hours
        unit = rng.choice(len(self.city.codes), n, p=self.unit_shares(day))
        procedure = _pick(self.city.mix, self.city.rural[unit], rng.random(n))
        channel = self._channels(unit, procedure, rng)
        if not self.workdays.worked[day]:
            channel[:in_office] = ONLINE
        at = np.concatenate([self._by_day(channel[:in_office], rng), self._off_hours(day, off_hours, rng)])
        order = np.argsort(at, kind="stable")
        at = (day * DAY_S + at[order]).astype(np.int32)
        return Arrivals(
            unit[order].astype(np.int16), procedure[order].astype(np.int16), channel[order].astype(np.int8), at
        )

    def _channels(self, unit: np.ndarray, procedure: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        odds = self.city.online_odds[procedure] + self.level + self.unit_level[unit]
        draw = rng.random(len(unit))
        online = draw < 1 / (1 + np.exp(-odds))
        return np.where(online, ONLINE, np.where(draw > 1 - cities.POST_SHARE, POST, COUNTER))

    def _by_day(self, channel: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return seconds of the day: counters keep office hours, homes do not."""
        counter = OPENS + _density(AT_COUNTER, 1800, len(channel), rng)
        return np.where(channel == ONLINE, _density(AT_HOME, 3600, len(channel), rng), counter)

    def _off_hours(self, day: int, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return seconds spread evenly over the hours in which the office is closed."""
        if not self.workdays.worked[day]:
            return rng.integers(0, DAY_S, n)
        second = rng.integers(0, DAY_S - (CLOSES - OPENS), n)
        return np.where(second < OPENS, second, second + CLOSES - OPENS)


def _pick(mix: np.ndarray, rural: np.ndarray, draw: np.ndarray) -> np.ndarray:
    """Pick procedures from the cumulated shares of urban or rural units."""
    urban, country = (np.searchsorted(row, draw, side="right") for row in mix)
    return np.minimum(np.where(rural, country, urban), mix.shape[1] - 1)


def _density(weights: np.ndarray, width_s: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw seconds from a density given as steps of `width_s`."""
    edges = np.concatenate([[0.0], np.cumsum(weights)]) / weights.sum()
    return np.interp(rng.random(n), edges, np.arange(len(edges)) * width_s).astype(np.int64)
