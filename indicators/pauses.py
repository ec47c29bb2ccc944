"""Appointments that were moved and clocks that stood still: what a unit's lateness would be without them.

A request for a supplement stops the clock (Decision 766/QĐ-TTg, group 2: supplement time is subtracted), so an
appointment may move by as many working days as the pauses lasted, each begun day counted. What moves it further is not
explained by the records. A second request in one dossier counts as late by the same rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from indicators.ranking import spread

Span = tuple[int, int | None]
LINE = 3.0
TIMES = 2.0
LEAST = 5
CORE = 0.75


@dataclass(frozen=True)
class Clock:
    """What was done to one dossier's clock; times are office seconds.

    `paused` is the time the clock stood still, `fair_due` the first appointment and that time, in begun days.
    """

    moves: int
    asks: int
    paused: int
    first_due: int
    fair_due: int
    is_unexplained: bool


def clock(dues: Sequence[int], pauses: Sequence[Span], end: int, day_s: int, is_asked: bool = False) -> Clock:
    """Return what became of a dossier's appointment; `dues` are all it had, the first one first, the last one stands.

    A pause without an end lasts until `end`. Pauses that overlap count once. `is_asked`: a supplement was asked for; if
    no record tells for how long, the whole move is taken to be its.

    >>> clock([100, 130], [(20, 45)], 120, day_s=10)
    Clock(moves=1, asks=1, paused=25, first_due=100, fair_due=130, is_unexplained=False)
    """
    paused = covered([(begin, end if until is None else until) for begin, until in pauses])
    if is_asked and not pauses:
        paused = max(0, dues[-1] - dues[0])
    fair = dues[0] + -(-paused // day_s) * day_s
    asks = max(len(pauses), int(is_asked))
    return Clock(len(set(dues)) - 1, asks, paused, dues[0], fair, dues[-1] > fair)


def covered(spans: Sequence[tuple[int, int]]) -> int:
    """Return the time that at least one of some spans covers.

    >>> covered([(0, 10), (5, 12), (20, 15), (30, 31)])
    13
    """
    total, reached = 0, None
    for begin, end in sorted(spans):
        if reached is None or begin > reached:
            reached = begin
        total += max(0, end - reached)
        reached = max(reached, end)
    return total


@dataclass(frozen=True)
class Mover:
    """How often a unit moves appointments beside its peers: `score` standard deviations beyond their common rate."""

    rate: float | None
    peers: float
    score: float | None
    is_named: bool


def movers(
    moved: Sequence[int], of: Sequence[int], minimum_n: int = 30, line: float = LINE, times: float = TIMES
) -> list[Mover]:
    """Return each unit beside its peers; named are those far above them: `line` deviations and `times` the rate.

    The deviation is that of a beta-binomial: units differ among themselves by more than luck. Whoever stands out must
    not set the measure: the peers are at first the three quarters of the units that move least, and whoever does not
    stand out from them joins, until nobody new does. Units below `minimum_n` or with fewer than 5 moves are never
    named. Source: Spiegelhalter (2005), funnel plots with over-dispersion.

    >>> [one.is_named for one in movers([11, 9, 10, 44, 10], [1000] * 5)]
    [False, False, False, True, False]
    """
    hits, sizes = np.asarray(moved, np.int64), np.asarray(of, np.int64)
    rates = np.divide(hits, sizes, out=np.zeros(len(sizes)), where=sizes > 0)
    peers = rates <= np.quantile(rates, CORE, method="lower") if len(sizes) else np.zeros(0, bool)
    while True:
        common, alike = spread(hits[peers], sizes[peers])
        scores = [_score(int(k), int(n), common, alike) for k, n in zip(hits, sizes, strict=True)]
        joined = peers | np.array([score is None or score < line for score in scores], bool)
        if (joined == peers).all():
            break
        peers = joined
    named = ~peers & (hits >= LEAST) & (sizes >= minimum_n) & (hits >= times * common * sizes)
    return [
        Mover(int(k) / int(n) if n else None, common, score, bool(is_named))
        for k, n, score, is_named in zip(hits, sizes, scores, named, strict=True)
    ]


def _score(hits: int, n: int, common: float, alike: float) -> float | None:
    variance = common * (1 - common) * (1 + (n - 1) * alike) / n if n else 0.0
    return (hits / n - common) / sqrt(variance) if variance > 0 else None
