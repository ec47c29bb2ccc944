"""Everything one running simulator holds: the models, its clock, its options."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from simulator import city, instants, workdays
from simulator.archive import Archive
from simulator.clock import Clock
from simulator.faults import RequestFaults
from simulator.hotline import Hotline
from simulator.kpi import Office

T = TypeVar("T")
OFF_HOURS_PACE = 0.1  # share of the office's pace at which files move at night, when it goes round the clock


@dataclass(frozen=True)
class Options:
    """Hold what decides what the city looks like."""

    profile: Path
    seed: int = 766
    scale: float = 0.05
    days: int = 400
    round_the_clock: bool = True
    faults: float = 1.0


class Pins:
    """Keep the last listings, so that the pages of one question show one instant."""

    def __init__(self, kept: int = 12):
        """Keep at most so many listings."""
        self._kept = kept
        self._listings: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = threading.Lock()

    def listing(self, question: Hashable, page: int, ask: Callable[[], T]) -> T:
        """Return the listing of a question: a new one for its first page, the same for the others."""
        with self._lock:
            found = self._listings.get(question) if page > 1 else None
        if found is None:
            found = ask()
        with self._lock:
            self._listings[question] = found
            self._listings.move_to_end(question)
            if len(self._listings) > self._kept:
                self._listings.popitem(last=False)
        return found  # type: ignore[return-value]


@dataclass
class World:
    """Hold the simulated city as the HTTP interfaces see it."""

    options: Options
    clock: Clock
    archive: Archive
    hotline: Hotline
    office: Office
    requests: RequestFaults
    pins: Pins = field(default_factory=Pins)

    @property
    def history_from(self) -> int:
        """Return the second before which nothing is told: midnight, `days` before the start."""
        start = self.clock.started_at.astimezone(instants.ZONE) - timedelta(days=self.options.days)
        return instants.second_of(start.replace(hour=0, minute=0, second=0, microsecond=0))

    def now(self) -> datetime:
        """Return the instant it is in the city."""
        return self.clock.now()


def build(options: Options, clock: Clock) -> World:
    """Read the profile and prepare the models; days are drawn when they are asked for."""
    town = city.read(options.profile)
    days = workdays.read(options.profile, OFF_HOURS_PACE if options.round_the_clock else 0.0)
    dirt = options.faults
    archive = Archive(town, days, options.seed, options.scale, options.round_the_clock, dirt)
    return World(
        options, clock, archive, Hotline(town, options.seed, dirt), Office(options.seed, town.root),
        RequestFaults(options.seed, dirt),
    )  # fmt: skip
