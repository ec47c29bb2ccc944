"""Scores that others compute, so that ours can be compared with theirs."""

from indicators.rates import Rate, rate

PROGRESS_POINTS = 20
SUBSTANTIAL, MODERATE = 0.95, 0.6


def progress_rate(finished_on_time: int, finished: int, open_in_time: int, open_: int) -> Rate:
    """Return the share of the dossiers handled that are in time: finished on time, or open and not yet late.

    Source: Decision 766/QĐ-TTg, group 2 (an open dossier is compared with the end of the period).

    >>> progress_rate(900, 1000, 480, 500)
    {'value': 0.92, 'n': 1380, 'of': 1500}
    """
    return rate(finished_on_time + open_in_time, finished + open_)


def progress_score(on_time: int, received: int, points: float = PROGRESS_POINTS) -> float | None:
    """Return the points a unit gets for its progress, None when it received nothing.

    Source: Decision 766/QĐ-TTg, group 2 (20 of 100 points). The first example is Ho Chi Minh City's published score.

    >>> round(progress_score(1_478_230, 1_653_458), 2)
    17.88
    """
    return None if received == 0 else points * on_time / received


def target_ratio(base: float, value: float, target: float, elapsed: float, planned: float) -> float | None:
    """Return the growth a year that was seen, over the growth a year that the target asks for.

    `base` was measured at the start, `value` after `elapsed` of the `planned` years. 1 = exactly on course, below
    0 = moving away. None where growth a year makes no sense (a zero, or a change of sign) or none is asked for.
    Source: Open SDG, progress calculation with a target.

    >>> round(target_ratio(100, 110, 121, 1, 2), 3)
    1.0
    """
    if elapsed <= 0 or planned <= 0 or base == 0 or value / base <= 0 or target / base <= 0:
        return None
    seen = (value / base) ** (1 / elapsed) - 1
    needed = (target / base) ** (1 / planned) - 1
    return None if needed == 0 else seen / needed


def target_status(ratio: float | None) -> str:
    """Return what a target ratio means: substantial, moderate, limited, deterioration, or unknown.

    Source: Open SDG, default thresholds of the calculation with a target.

    >>> [target_status(ratio) for ratio in (0.95, 0.6, 0.1, -0.2, None)]
    ['substantial', 'moderate', 'limited', 'deterioration', 'unknown']
    """
    if ratio is None:
        return "unknown"
    if ratio >= SUBSTANTIAL:
        return "substantial"
    if ratio < 0:
        return "deterioration"
    return "moderate" if ratio >= MODERATE else "limited"
