"""How a hotline answers: how long people wait, when they call, where calls gather, and if they follow late files."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import erfc, exp
from typing import NamedTuple

from indicators.rates import Rate, rate

DAY_MINUTES = 1440
# Upper ends of the bins of waiting times in minutes, the same as in sql ticket_bins(); the last bin has no end.
BIN_ENDS = (
    1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1080, 1440, 2160, 2880, 4320, 5760,
    7200, 8640, 10080, 14400, 20160, 30240, 43200, 64800, 86400, 129600, 259200,
)  # fmt: skip
HOURS_A_WEEK = 168
CHANCE = 0.001  # a week that chance brings less often than this is a burst
MANY = 400  # calls a week from which the normal distribution stands for Poisson's
FEWEST = 5  # calls below which nothing is a burst


class Burst(NamedTuple):
    """One place and topic that people called about far more often than in a usual week."""

    place: str
    topic: str
    calls: int
    usual: float


def quantile_minutes(counts: Mapping[int, int], share: float) -> float | None:
    """Return the waiting time that a share of the cases stayed below; None without cases.

    `counts` are cases by bin. Within a bin cases are taken to be spread evenly; one in the last bin waited longer
    than its lower end, which is what is returned.

    >>> quantile_minutes({12: 10}, 0.5)
    105.0
    >>> quantile_minutes({}, 0.5) is None
    True
    """
    whole = sum(counts.values())
    if whole <= 0:
        return None
    wanted, below = share * whole, 0.0
    for place in sorted(counts):
        here = counts[place]
        if here > 0 and below + here >= wanted:
            low, high = _ends(place)
            return low + (high - low) * max(0.0, wanted - below) / here
        below += here
    return float(_ends(max(counts))[0])


def within(counts: Mapping[int, int], minutes: float) -> Rate:
    """Return how many of the cases took at most so long; a limit inside a bin counts that bin as too long.

    >>> within({0: 3, 3: 1, 35: 1}, 5)
    {'value': 0.8, 'n': 4, 'of': 5}
    """
    inside = sum(n for place, n in counts.items() if place < len(BIN_ENDS) and BIN_ENDS[place] <= minutes)
    return rate(inside, sum(counts.values()))


def spread(counts: Mapping[int, int]) -> dict[str, float | int | None]:
    """Return how many cases there are, and the minutes that half and nine tenths of them stayed below."""
    return {
        "n": sum(counts.values()),
        "median": quantile_minutes(counts, 0.5),
        "p90": quantile_minutes(counts, 0.9),
    }


def by_hour(counts: Mapping[int, int]) -> list[list[int]]:
    """Return calls by weekday from Monday (7 rows) and hour (24 columns) from calls by hour of the week.

    >>> by_hour({25: 4})[1][:3]
    [0, 4, 0]
    """
    line = [counts.get(hour, 0) for hour in range(HOURS_A_WEEK)]
    return [line[day * 24 : day * 24 + 24] for day in range(7)]


def is_burst(calls: int, usual: float) -> bool:
    """Tell whether so many calls in a week are more than chance makes of a usual week (Poisson, one in 1,000).

    >>> is_burst(20, 5.0), is_burst(9, 5.0), is_burst(4, 0.1)
    (True, False, False)
    """
    return calls >= FEWEST and calls > usual and chance_of(calls, usual) < CHANCE


def chance_of(calls: int, usual: float) -> float:
    """Return the chance of so many calls or more when a week usually has `usual` (Poisson; normal for many).

    >>> round(chance_of(3, 1.0), 4), round(chance_of(560, 500.0), 4)
    (0.0803, 0.0039)
    """
    if usual > MANY:
        return erfc((calls - 0.5 - usual) / (2 * usual) ** 0.5) / 2
    term = exp(-usual)
    terms = accumulate(range(1, calls), lambda before, n: before * usual / n, initial=term)
    return 1.0 if calls <= 0 else max(0.0, 1.0 - sum(terms))


def bursts(
    now: Mapping[tuple[str, str], int], before: Mapping[tuple[str, str], int], weeks: int, most: int = 20
) -> list[Burst]:
    """Return the places and topics that gather calls, the least likely first.

    `now` are the calls of seven days, `before` those of so many weeks before them, both by (place, topic).
    """
    found = []
    for (place, topic), calls in now.items():
        usual = before.get((place, topic), 0) / weeks if weeks else 0.0
        if is_burst(calls, usual):
            found.append(Burst(place, topic, calls, round(usual, 2)))
    return sorted(found, key=lambda one: (chance_of(one.calls, one.usual), -one.calls, one.place))[:most]


def rank_correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Return Spearman's rank correlation; None for fewer than three pairs, or when one side never differs.

    Ties share the mean of their ranks. Source: Spearman (1904).

    >>> rank_correlation([(1, 10), (2, 20), (3, 30)]), rank_correlation([(1, 3), (2, 2), (3, 1)])
    (1.0, -1.0)
    """
    if len(pairs) < 3:
        return None
    x, y = (_ranks(list(side)) for side in zip(*pairs, strict=True))
    middle = (len(pairs) + 1) / 2
    together = sum((a - middle) * (b - middle) for a, b in zip(x, y, strict=True))
    apart = (sum((a - middle) ** 2 for a in x) * sum((b - middle) ** 2 for b in y)) ** 0.5
    return round(together / apart, 6) if apart else None


def _ends(place: int) -> tuple[float, float]:
    low = BIN_ENDS[place - 1] if place > 0 else 0
    return low, BIN_ENDS[place] if place < len(BIN_ENDS) else low


def _ranks(values: list[float]) -> list[float]:
    ordered = sorted(values)
    first: dict[float, int] = {}
    for place, value in enumerate(ordered, 1):
        first.setdefault(value, place)
    return [first[value] + (ordered.count(value) - 1) / 2 for value in values]
