"""The time of the simulated city: real, faster, or standing still."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator import instants


@dataclass(frozen=True)
class Clock:
    """Tell the time of the city: `started_at` plus the real seconds since, times `speed`."""

    started_at: datetime
    speed: float = 1.0
    since: float = 0.0

    @classmethod
    def start(cls, at: datetime | None, speed: float) -> "Clock":
        """Start at the given instant, or now."""
        return cls(at or instants.now_utc(), speed, time.monotonic())

    @classmethod
    def still(cls, at: datetime) -> "Clock":
        """Return a clock that stands still."""
        return cls(at, 0.0, 0.0)

    def now(self) -> datetime:
        """Return the instant it is in the city, in local time."""
        passed = (time.monotonic() - self.since) * self.speed if self.speed else 0.0
        return (self.started_at + timedelta(seconds=passed)).astimezone(instants.ZONE)

    def second(self) -> int:
        """Return the second it is in the city."""
        return instants.second_of(self.now())
