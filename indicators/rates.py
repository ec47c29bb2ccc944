"""Shares of a whole: as the frame carries them, and how far from the truth chance may have put them."""

from typing import TypedDict

Z_95 = 1.96


class Rate(TypedDict):
    """A fraction 0..1 with its numerator and denominator; the value is None when there is nothing to divide by."""

    value: float | None
    n: int
    of: int


def rate(n: int, of: int) -> Rate:
    """Return a rate as frames carry it, its value rounded to six places.

    >>> rate(812, 852)
    {'value': 0.953052, 'n': 812, 'of': 852}
    >>> rate(0, 0)
    {'value': None, 'n': 0, 'of': 0}
    """
    return {"value": round(n / of, 6) if of else None, "n": n, "of": of}


def wilson_interval(good: int, n: int, z: float = Z_95) -> tuple[float, float] | None:
    """Return the Wilson score interval of a proportion, or None for n = 0.

    Bounds are fractions in 0..1. ValueError when more are good than there are. Source: Wilson (1927).

    >>> low, high = wilson_interval(194, 195)
    >>> round(low, 3), round(high, 3)
    (0.972, 0.999)
    """
    if not 0 <= good <= n:
        raise ValueError(f"{good} good of {n}")
    if n == 0:
        return None
    share, spread = good / n, z * z / n
    middle = share + spread / 2
    reach = z * (share * (1 - share) / n + spread / (4 * n)) ** 0.5
    return max(0.0, (middle - reach) / (1 + spread)), min(1.0, (middle + reach) / (1 + spread))
