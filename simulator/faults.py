"""How the simulated systems misbehave, as real ones do: the rates, and what drives each."""

from dataclasses import dataclass, field
from itertools import count

import numpy as np

# Shares of records; --faults multiplies all of them, 0 turns all off.
DUPLICATE = 1 / 400  # the same record twice in a row
OLDER = 1 / 1000  # an older version of the record once more, after the newer one
STATUS_NINE = 1 / 32  # status 9 sent for a real 5, 6 or 8
MOVED_UNMARKED = 1 / 8  # of moved appointments: the changed time stays as it was
RUBBISH = 1 / 3000  # rows that no check may pass; RUBBISH_KINDS
LATE_COMMIT = 1 / 50  # visible LATE_COMMIT_S after the time they say they changed
RATED_EARLY = 1 / 25  # of ratings at reception: the counter sends them before the dossier
NO_DUE = 1 / 100  # the appointment date was left empty
LATE_COMMIT_S = (20, 480)  # the product's pulls overlap by ten minutes

# Shares of requests.
ERROR_500 = 1 / 400
ERROR_429 = 1 / 400
SLOW = 1 / 500
SLOW_S = 2.0

RUBBISH_KINDS = ("no code", "date that is no date", "unknown unit", "finished before accepted", "no dates at all")


@dataclass
class RequestFaults:
    """Decide which requests fail, from the seed and the number of the request."""

    seed: int
    times: float = 1.0
    _numbers: count = field(default_factory=count)

    def next(self) -> str:
        """Return what happens to the next request: "", "500", "429" or "slow"."""
        if not self.times:
            return ""
        draw = np.random.default_rng([self.seed, 5, next(self._numbers)]).random() / self.times
        for name, share in (("500", ERROR_500), ("429", ERROR_429), ("slow", SLOW)):
            if draw < share:
                return name
            draw -= share
        return ""


@dataclass(frozen=True)
class Silences:
    """Hold the spans in which a sender is silent, as sorted starts and ends in seconds."""

    starts: np.ndarray
    ends: np.ndarray

    def release(self, at: np.ndarray) -> np.ndarray:
        """Return when events reach the receiver: at once, or some seconds after the silence ends."""
        span = np.maximum(np.searchsorted(self.starts, at, side="right") - 1, 0)
        held = (at >= self.starts[span]) & (at < self.ends[span])
        return np.where(held, self.ends[span] + at % 20, at).astype(np.int32)


def sender_silences(seed: int, days: int) -> Silences:
    """Return two silences a day of three to five hours, one in the morning, one in the evening."""
    rng = np.random.default_rng([seed, 6])
    first = np.array([8.0, 18.0]) * 3600 + rng.integers(0, 5400, (days, 2))
    starts = (np.arange(days)[:, None] * 86_400 + first).ravel().astype(np.int64)
    return Silences(starts, starts + rng.integers(3 * 3600, 5 * 3600, starts.size))


def rating_silences(seed: int, days: int) -> Silences:
    """Return a silence of about twenty minutes in every four hours."""
    rng = np.random.default_rng([seed, 7])
    starts = np.arange(days * 6) * 14_400 + rng.integers(0, 12_600, days * 6)
    return Silences(starts, starts + rng.integers(900, 1500, starts.size))


def none_silent() -> Silences:
    """Return no silence at all."""
    return Silences(np.array([-2]), np.array([-1]))
