"""Who is really better: rates drawn towards the whole by how much luck is in them, and ranks with their doubt.

The true rates of units are taken to spread as a beta distribution, fitted by its moments to what was counted
(empirical Bayes). A unit with few cases is drawn strongly to the common rate, one with many hardly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indicators.rates import Z_95

DRAWS = 4000
SEED = 766
TAIL = 2.5
TIE_DIGITS = 6
LEAST_ALIKE, MOST_ALIKE = 1e-9, 0.99


class Place(NamedTuple):
    """A rank, the ranks it may truly be, and its band: units of one band cannot be told from the best of it."""

    rank: int
    low: int
    high: int
    band: int


@dataclass(frozen=True)
class Ranked:
    """One unit: its raw and shrunken rate with a 95 % interval, and its place unless it is too small for one."""

    n: int
    of: int
    raw: float | None
    rate: float
    low: float
    high: float
    place: Place | None


def spread(good: NDArray[np.int64], n: NDArray[np.int64]) -> tuple[float, float]:
    """Return the common rate and how alike two cases of one unit are (0 = units differ by luck alone, 1 = fully).

    Moment estimate of the beta-binomial, weighted by n. Source: Kleinman (1973).
    """
    total, units = int(n.sum()), int((n > 0).sum())
    common = float(good.sum() / total) if total else 0.0
    chance = common * (1 - common)
    freedom = total - float((n.astype(float) ** 2).sum()) / total - (units - 1) if total else 0.0
    if chance == 0 or freedom <= 0:
        return common, 0.0
    rates = np.divide(good, n, out=np.zeros(len(n)), where=n > 0)
    seen = float((n * (rates - common) ** 2).sum()) / chance
    return common, float(np.clip((seen - (units - 1)) / freedom, 0.0, 1.0))


def rank(good: Sequence[int], n: Sequence[int], minimum_n: int = 1, higher_is_better: bool = True) -> list[Ranked]:
    """Return the place of each unit, in the order given; rank 1 is best, equal rates share a rank.

    `good` of `n` cases each. Units below `minimum_n` are not ranked, but help to fit the spread. Intervals come
    from draws of a fixed seed, so that the same counts always give the same ranks.
    """
    counts, sizes = np.asarray(good, np.int64), np.asarray(n, np.int64)
    alpha, beta = _posterior(counts, sizes)
    draws = np.random.default_rng(SEED).beta(alpha, beta, (DRAWS, len(sizes)))
    low, high = np.percentile(draws, [TAIL, 100 - TAIL], axis=0)
    rates = alpha / (alpha + beta)
    placed = np.flatnonzero(sizes >= max(minimum_n, 1))
    sign = -1 if higher_is_better else 1
    ranks = dict(zip(placed.tolist(), _ranks(sign * rates[placed], sign * draws[:, placed]), strict=True))
    return [
        Ranked(
            n=int(counts[i]),
            of=int(sizes[i]),
            raw=float(counts[i] / sizes[i]) if sizes[i] else None,
            rate=float(rates[i]),
            low=float(low[i]),
            high=float(high[i]),
            place=ranks.get(i),
        )
        for i in range(len(sizes))
    ]


def funnel(common: float, n: NDArray[np.int64], z: float = Z_95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the bounds between which luck alone leaves the rate of a unit with `n` cases, for a funnel plot.

    Source: Spiegelhalter (2005), normal limits.
    """
    reach: NDArray[np.float64] = z * np.sqrt(common * (1 - common) / np.maximum(n, 1))
    return np.clip(common - reach, 0, 1), np.clip(common + reach, 0, 1)


def _posterior(good: NDArray[np.int64], n: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return alpha and beta of what is known of each unit's true rate."""
    common, alike = spread(good, n)
    alike = float(np.clip(alike, LEAST_ALIKE, MOST_ALIKE))
    common = float(np.clip(common, LEAST_ALIKE, 1 - LEAST_ALIKE))
    strength = (1 - alike) / alike
    cases = n.astype(np.float64)
    hits = good.astype(np.float64)
    return strength * common + hits, strength * (1 - common) + cases - hits


def _ranks(values: NDArray[np.float64], draws: NDArray[np.float64]) -> list[Place]:
    """Return the place of each unit, small values first: the rank of its value, and those of 95 % of its draws."""
    if not len(values):
        return []
    rounded = np.round(values, TIE_DIGITS)
    places = np.searchsorted(np.sort(rounded), rounded) + 1
    drawn = draws.argsort(axis=1).argsort(axis=1) + 1
    low = np.percentile(drawn, TAIL, axis=0, method="lower")
    high = np.percentile(drawn, 100 - TAIL, axis=0, method="higher")
    bands = np.zeros(len(values), int)
    band, reach = 0, 0
    for unit in np.lexsort((high, places)):
        if low[unit] > reach:
            band, reach = band + 1, high[unit]
        bands[unit] = band
    return [Place(*(int(part) for part in place)) for place in zip(places, low, high, bands, strict=True)]
