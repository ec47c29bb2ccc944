"""The calls of hotline 1022: one day at a time, at the city's real volume whatever the scale."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from simulator import faults
from simulator.causes import CAUSES
from simulator.city import City, call_weights
from simulator.instants import DAY_S, DAYS, NEVER

A_MONTH = 14_700
OPEN, OPEN_LATE = 396, 125  # published for October 2025
LATE = 0.045
MEAN_LATE_S = OPEN_LATE / (A_MONTH / 30.44 * LATE) * DAY_S * 0.93  # stays late this long; causes add the rest
REOPENED = 0.03
LONGEST_DAYS = 70
KEPT_DAYS = 600
CHANNELS = ("phone", "app", "web", "email", "facebook")
CHANNEL_SHARES = np.array([0.48, 0.27, 0.14, 0.05, 0.06])
BY_HOUR = np.array([4, 3, 2, 1, 1, 2, 4, 8, 13, 14, 13, 11, 9, 10, 12, 12, 11, 9, 8, 8, 9, 9, 8, 6], dtype=float)
WEEKDAYS = np.array([1.12, 1.08, 1.05, 1.03, 1.03, 0.88, 0.81])


@dataclass(frozen=True)
class Calls:
    """Hold the calls of one day: what they are about and every instant that will ever happen to them."""

    day: int
    unit: np.ndarray
    category: np.ndarray
    channel: np.ndarray
    opened: np.ndarray
    due: np.ndarray
    answered: np.ndarray
    closed: np.ndarray
    reopened: np.ndarray
    closed_again: np.ndarray
    lag: np.ndarray
    quirk: np.ndarray

    def __len__(self) -> int:
        """Return the number of calls."""
        return len(self.opened)

    def moments(self) -> np.ndarray:
        """Return the instants at which each call changes, in order, (n, 5)."""
        return np.column_stack([self.opened, self.answered, self.closed, self.reopened, self.closed_again])


class Hotline:
    """Draw the calls of a day by seed; any day can be drawn again and is the same."""

    def __init__(self, city: City, seed: int, dirt: float):
        """Calibrate how fast calls are closed to the published number of open ones."""
        self.city = city
        self.seed = seed
        self.dirt = dirt
        self.by_category = call_weights(city.categories)
        self.sla_s = np.array([category.sla_hours * 3600 for category in city.categories])
        self.kinds = np.array([category.kind for category in city.categories])
        self.unit_weight = self._unit_weight()
        self.median_s = self._median()
        self._kept: OrderedDict[int, Calls] = OrderedDict()
        self._lock = threading.Lock()

    def _unit_weight(self) -> np.ndarray:
        """Return who calls: by population, more in former Thủ Đức and where land files lie (causes.py), (U,)."""
        weight = self.city.weight * np.where(self.city.former == "769", 1.4, 1.0)
        for cause in CAUSES:
            if cause.key == "land-office":
                weight = weight * np.where(np.isin(self.city.former, cause.where), 1.3, 1.0)
        return weight / weight.sum()

    def _median(self) -> float:
        """Return the median closing time of calls on time that leaves the published number open."""
        rng = np.random.default_rng([self.seed, 8])
        noise, draw = rng.lognormal(0, 0.9, 20_000), rng.random(20_000)
        sla = self.sla_s[rng.choice(len(self.sla_s), 20_000, p=self.by_category)]
        wanted = (OPEN - OPEN_LATE) / (A_MONTH / 30.44) * DAY_S
        low, high = 60.0, 10 * float(DAY_S)
        for _ in range(40):
            median = (low + high) / 2
            kept_s = np.where(draw < LATE, sla, np.minimum(median * noise, 0.95 * sla)).mean()
            low, high = (median, high) if kept_s * (1 + REOPENED) < wanted else (low, median)
        return median

    def day(self, day: int) -> Calls:
        """Return the calls of a day, drawn now or kept."""
        with self._lock:
            found = self._kept.pop(day, None) or self._draw(day)
            self._kept[day] = found
            if len(self._kept) > KEPT_DAYS:
                self._kept.popitem(last=False)
            return found

    def days(self, first: int, until: int) -> list[Calls]:
        """Return the days whose calls were opened between two seconds."""
        return [self.day(day) for day in range(max(first // DAY_S, 0), min((until - 1) // DAY_S, DAYS - 1) + 1)]

    def changing(self, first: int, until: int) -> list[Calls]:
        """Return the days whose calls can change between two seconds."""
        return self.days(first - LONGEST_DAYS * DAY_S, until)

    def _draw(self, day: int) -> Calls:
        rng = np.random.default_rng([self.seed, 3, day])
        n = int(rng.poisson(A_MONTH / 30.44 * WEEKDAYS[day % 7]))  # 1 January 2024 was a Monday
        edges = np.concatenate([[0.0], np.cumsum(BY_HOUR)]) / BY_HOUR.sum()
        second = np.interp(np.sort(rng.random(n)), edges, np.arange(25) * 3600)
        opened = (day * DAY_S + second).astype(np.int64)
        unit = rng.choice(len(self.city.codes), n, p=self.unit_weight)
        category = rng.choice(len(self.sla_s), n, p=self.by_category)
        due = opened + self.sla_s[category].astype(np.int64)
        taken = self._taken(unit, category, due - opened, rng)
        closed = opened + taken
        answered = opened + np.minimum(rng.lognormal(np.log(900), 1.0, n), 0.8 * taken).astype(np.int64)
        again = rng.random(n) < REOPENED
        reopened = np.where(again, closed + rng.exponential(DAY_S / 2, n) + 600, NEVER).astype(np.int64)
        closed_again = np.where(again, reopened + rng.exponential(DAY_S / 2, n) + 600, NEVER).astype(np.int64)
        channel = rng.choice(len(CHANNELS), n, p=CHANNEL_SHARES)
        lag = np.where(rng.random(n) < faults.LATE_COMMIT * self.dirt, rng.integers(*faults.LATE_COMMIT_S, n), 0)
        return Calls(
            day=day,
            unit=unit.astype(np.int16),
            category=category.astype(np.int8),
            channel=channel.astype(np.int8),
            opened=_clipped(opened, day),
            due=_clipped(due, day),
            answered=_clipped(answered, day),
            closed=_clipped(closed, day),
            reopened=_clipped(reopened, day),
            closed_again=_clipped(closed_again, day),
            lag=lag.astype(np.int16),
            quirk=rng.integers(0, 65_536, n).astype(np.uint16),
        )

    def _taken(self, unit: np.ndarray, category: np.ndarray, limit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the seconds from call to closing: mostly well in time, some long past the limit."""
        n = len(unit)
        soon = np.minimum(self.median_s * rng.lognormal(0, 0.9, n), 0.95 * limit)
        chance = np.full(n, LATE)
        for cause in CAUSES:
            if cause.ticket_late:
                struck = np.isin(self.city.former[unit], cause.where) & (self.kinds[category] == cause.ticket_kind)
                chance[struck] = cause.ticket_late
        past = np.minimum(rng.gamma(0.8, MEAN_LATE_S / 0.8, n), 45 * DAY_S)
        return np.where(rng.random(n) < chance, limit + past, np.maximum(soon, 300)).astype(np.int64)


def _clipped(at: np.ndarray, day: int) -> np.ndarray:
    """Return seconds as int32, none later than the longest life of a call."""
    return np.where(at >= NEVER, NEVER, np.minimum(at, (day + LONGEST_DAYS) * DAY_S)).astype(np.int32)
