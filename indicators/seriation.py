"""An order of rows in which like stands beside like: clusters of nearest means, their ends turned to each other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float64]


def order(rows: ArrayLike) -> list[int]:
    """Return the places of the rows in an order of likeness; the cluster with the highest mean comes first.

    `rows` is (n, m), NaN = missing. Distances are root mean squares over the columns that both rows know; rows that
    share none stand far apart. Average linkage; when two clusters join, the ends that are nearest meet. Ties go to
    the rows that come first, so that the same rows always stand the same way.

    >>> order([[0, 0], [9, 9], [1, 0], [8, 9]])
    [1, 3, 2, 0]
    """
    table = np.asarray(rows, float)
    if len(table) < 3:
        return _worst_first(table, list(range(len(table))))
    near = distances(table)
    return _worst_first(table, _joined(near))


def distances(table: Matrix) -> Matrix:
    """Return the distances between rows as (n, n); where two rows share no known column, the largest there is."""
    known = ~np.isnan(table)
    filled = np.where(known, table, 0.0)
    both = known.astype(float) @ known.T.astype(float)
    squares = (filled**2) @ known.T + known @ (filled**2).T - 2 * filled @ filled.T
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = np.sqrt(np.maximum(squares, 0) / both)
    far = np.nanmax(apart) if np.isfinite(apart).any() else 0.0
    return np.where(both > 0, apart, far)


def _joined(near: Matrix) -> list[int]:
    """Join the two nearest clusters until one is left; return its order."""
    between = near.copy()
    np.fill_diagonal(between, np.inf)
    clusters: dict[int, list[int]] = {place: [place] for place in range(len(near))}
    for _ in range(len(near) - 1):
        one, other = divmod(int(np.argmin(between)), len(near))
        one, other = min(one, other), max(one, other)
        size, size_other = len(clusters[one]), len(clusters[other])
        clusters[one] = _turned(near, clusters[one], clusters.pop(other))
        mean = (size * between[one] + size_other * between[other]) / (size + size_other)
        between[one], between[:, one] = mean, mean
        between[one, one] = np.inf
        between[other], between[:, other] = np.inf, np.inf
    return next(iter(clusters.values()))


def _turned(near: Matrix, one: Sequence[int], other: Sequence[int]) -> list[int]:
    """Put two orders together so that the nearest of their ends meet."""
    ways = [(a, b) for a in (list(one), list(one)[::-1]) for b in (list(other), list(other)[::-1])]
    a, b = min(ways, key=lambda way: near[way[0][-1], way[1][0]])
    return a + b


def _worst_first(table: Matrix, found: list[int]) -> list[int]:
    """Turn an order so that its half with the higher mean comes first."""
    if len(found) < 2:
        return found
    half = len(found) // 2
    first, last = (_mean(table[part]) for part in (found[:half], found[-half:]))
    return found[::-1] if last > first else found


def _mean(part: Matrix) -> float:
    return float(np.nanmean(part)) if np.isfinite(part).any() else -np.inf
