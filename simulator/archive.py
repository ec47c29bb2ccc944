"""The days of the city, drawn when they are first asked for and kept while there is room."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, fields

import numpy as np

from simulator import faults
from simulator.arrivals import Demand
from simulator.causes import CAUSES
from simulator.city import City
from simulator.fates import Fates
from simulator.instants import DAY_S, DAYS, NEVER
from simulator.lives import LONGEST_DAYS, Lives
from simulator.workdays import Workdays

KEPT_DAYS = 140  # what one pull can touch
KEPT_BYTES = 64_000_000
SLACK_S = 3600  # longer than any late commit or silence of the ratings


@dataclass(frozen=True)
class Rubbish:
    """Hold the rows of a day that no check may pass: what is wrong, the row they copy, when they appear."""

    kind: np.ndarray
    template: np.ndarray
    at: np.ndarray


@dataclass(frozen=True)
class Day:
    """Hold the lives begun on one day, the instants at which the portal learns of them, and rubbish.

    `told` holds the changed times of the rows whose sender is sometimes silent (`held` = their numbers);
    `order` lists the rows by the last change of their life, `last` those changes in that order.
    """

    day: int
    lives: Lives
    rubbish: Rubbish
    held: np.ndarray
    told: np.ndarray
    order: np.ndarray
    last: np.ndarray
    ends: int  # every change is visible from this second on

    def alive(self, second: int) -> np.ndarray:
        """Return the rows whose life has a change at or after a second."""
        return self.order[np.searchsorted(self.last, second) :]

    def changed(self, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return the changed times of rows as the portal says them, (n, COLUMNS)."""
        times = self.lives.times[rows]
        if self.held.size:
            times = times.copy()
            place = np.arange(len(self.lives.times))[rows]
            at = np.searchsorted(self.held, place)
            mine = self.held[np.minimum(at, self.held.size - 1)] == place
            times[mine] = self.told[at[mine]]
        return times

    @property
    def size(self) -> int:
        """Return the bytes held."""
        parts = [getattr(self.lives, part.name) for part in fields(Lives) if part.name != "arrivals"]
        return sum(part.nbytes for part in parts) + self.last.nbytes + self.order.nbytes


class Archive:
    """Draw days by seed and keep the last ones used; any day can be drawn again and is the same."""

    def __init__(self, city: City, workdays: Workdays, seed: int, scale: float, round_the_clock: bool, dirt: float):
        """Prepare the models; draw nothing yet."""
        self.city = city
        self.workdays = workdays
        self.seed = seed
        self.dirt = dirt
        self.demand = Demand(city, workdays, scale, round_the_clock)
        self.fates = Fates(city, workdays, seed, dirt)
        silent = [code for cause in CAUSES if cause.silent for code in cause.where]
        self.silent_units = np.isin(city.former, silent) & bool(dirt)
        self.silences = faults.sender_silences(seed, DAYS)
        self.rating_silences = faults.rating_silences(seed, DAYS) if dirt else faults.none_silent()
        self._kept: OrderedDict[int, Day] = OrderedDict()
        self._bytes = 0
        self._lock = threading.RLock()

    def day(self, day: int) -> Day:
        """Return a day, drawn now or kept."""
        with self._lock:
            found = self._kept.pop(day, None)
            if found is None:
                found = self._draw(day)
                self._bytes += found.size
            self._kept[day] = found
            while len(self._kept) > KEPT_DAYS and self._bytes > KEPT_BYTES:
                self._bytes -= self._kept.popitem(last=False)[1].size
            return found

    def days(self, first: int, until: int) -> list[Day]:
        """Return the days whose dossiers can change between two seconds."""
        numbers = range(max(first // DAY_S - LONGEST_DAYS, 0), min((until - 1) // DAY_S, DAYS - 1) + 1)
        days = (self.day(number) for number in numbers)
        return [day for day in days if day.ends > first]

    def warm(self, now: int) -> None:
        """Draw the days that a first question about the present needs, the newest first."""
        today = now // DAY_S
        for number in range(today, max(today - LONGEST_DAYS, 0) - 1, -1):
            self.day(number)

    def _draw(self, number: int) -> Day:
        rng = np.random.default_rng([self.seed, 2, number])
        lives = self.fates.draw(number, self.demand.draw(number, rng), rng)
        held = np.flatnonzero(self.silent_units[lives.arrivals.unit])
        told = self.silences.release(lives.times[held])
        told[lives.times[held] == NEVER] = NEVER
        changed = lives.times.copy()
        changed[held] = told
        last = np.where(changed == NEVER, -1, changed).max(axis=1, initial=-1).astype(np.int32)
        order = np.argsort(last, kind="stable").astype(np.int32)
        rubbish = self._rubbish(number, lives, rng)
        rated = np.where(lives.rated_at == NEVER, 0, lives.rated_at)
        ends = max(int(at.max(initial=0)) for at in (last, rubbish.at, rated)) + SLACK_S
        return Day(number, lives, rubbish, held, told, order, last[order], ends)

    def _rubbish(self, number: int, lives: Lives, rng: np.random.Generator) -> Rubbish:
        n = len(lives.number)
        count = min(int(rng.poisson(n * faults.RUBBISH * self.dirt)), n)
        template = rng.integers(0, max(n, 1), count)
        at = lives.arrivals.at[template] + rng.integers(0, 3600, count)
        return Rubbish(rng.integers(0, len(faults.RUBBISH_KINDS), count), template, at.astype(np.int32))
