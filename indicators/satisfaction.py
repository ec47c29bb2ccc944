"""How satisfied people are, honestly: among those who answered, and what the silent could make of it.

A dossier counts once, however many stages were rated: it is content when its lowest stage score reaches the
profile's rules.satisfaction.content_from. `content` of the `rated` dossiers, `of` those finished in the window.
"""

from collections.abc import Iterable
from typing import NamedTuple

from indicators.rates import Rate, rate, wilson_interval

SATISFACTION_LINE = 0.9
SILENT_ODDS = 2.0  # the silent are taken to be content at half to twice the odds of those like them who answered
PRIOR = 20.0  # answers' worth of weight that a cell's rate is drawn towards that of its punctuality with


class Satisfaction(NamedTuple):
    """What can be said of satisfaction; None where nobody finished or nobody answered.

    `low` and `high` are the worst and best case over all finished dossiers, `interval` the Wilson 95 % interval
    among those rated, `tipping_point` the share of the silent whose displeasure takes the whole below the line.
    """

    answered: Rate
    low: float | None
    high: float | None
    interval: tuple[float, float] | None
    tipping_point: float | None


class Cell(NamedTuple):
    """Dossiers of one field, channel and punctuality (1 on time, 0 late, -1 not told): finished, rated, content."""

    punctual: int
    of: int
    rated: int
    content: int


class Modelled(NamedTuple):
    """The share content when the silent are much like those who answered: less content, as content, more content."""

    low: float
    middle: float
    high: float


def summarise(content: int, rated: int, of: int, line: float = SATISFACTION_LINE) -> Satisfaction:
    """Return everything that can be said of `content` among `rated` of `of` dossiers.

    >>> found = summarise(485, 500, 1000)
    >>> found.answered["value"], found.low, found.high, found.tipping_point
    (0.5, 0.485, 0.985, 0.17)
    """
    worst, best = bounds(content, rated, of) or (None, None)
    tipping = tipping_point(content, rated, of, line)
    return Satisfaction(rate(rated, of), worst, best, wilson_interval(content, rated), tipping)


def bounds(content: int, rated: int, of: int) -> tuple[float, float] | None:
    """Return the share content if all the silent were unhappy, and if all were happy; None when of = 0.

    Raises ValueError for counts that cannot be (0 <= content <= rated <= of does not hold).

    >>> bounds(97, 100, 200)
    (0.485, 0.985)
    """
    _check(content, rated, of)
    if of == 0:
        return None
    return content / of, (content + of - rated) / of


def tipping_point(content: int, rated: int, of: int, line: float = SATISFACTION_LINE) -> float | None:
    """Return the share of the silent above which, unhappy, they take the whole below the line.

    0 when it is below whatever they think; None when it is not, whatever they think, or when nobody finished.

    >>> round(tipping_point(97, 100, 200), 3)
    0.17
    >>> tipping_point(80, 100, 100), tipping_point(95, 100, 100)
    (0.0, None)
    """
    _check(content, rated, of)
    if of == 0:
        return None
    silent, spare = of - rated, round(content + of - rated - line * of, 6)
    if spare < 0:
        return 0.0
    return None if spare >= silent else spare / silent


def modelled(cells: Iterable[Cell], odds: float = SILENT_ODDS) -> Modelled | None:
    """Return the share content with the silent of each cell filled in; None when nobody finished or answered.

    The silent of a cell are content at the rate of its answers, drawn towards the rate of all cells as punctual as it
    is where answers are few; at 1/`odds` and at `odds` times the odds of that rate for the low and the high end.
    Post-stratification: what is missing is taken to be missing at random within a cell, up to that factor.

    >>> [round(share, 3) for share in modelled([Cell(1, 200, 100, 97)])]
    [0.956, 0.97, 0.977]
    """
    known = [cell for cell in cells if cell.of > 0]
    of, rated = sum(cell.of for cell in known), sum(cell.rated for cell in known)
    if not of or not rated:
        return None
    overall = sum(cell.content for cell in known) / rated
    alike = {punctual: _pooled([c for c in known if c.punctual == punctual], overall) for punctual in {-1, 0, 1}}
    ends = []
    for factor in (1 / odds, 1.0, odds):
        content = sum(
            cell.content + (cell.of - cell.rated) * _tilted(_pooled([cell], alike[cell.punctual]), factor)
            for cell in known
        )
        ends.append(content / of)
    return Modelled(*ends)


def _pooled(cells: list[Cell], towards: float) -> float:
    rated = sum(cell.rated for cell in cells)
    return (sum(cell.content for cell in cells) + PRIOR * towards) / (rated + PRIOR)


def _tilted(share: float, factor: float) -> float:
    return factor * share / (1 - share + factor * share)


def _check(content: int, rated: int, of: int) -> None:
    if not 0 <= content <= rated <= of:
        raise ValueError(f"{content} content of {rated} rated of {of} dossiers")
