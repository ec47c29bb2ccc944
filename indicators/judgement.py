"""Whether a number is fine, to be watched, or late, by the lines that the profile draws.

A threshold is {"watch": 0.98, "late": 0.95}: whichever of the two is larger tells which side is the bad one. A
line is crossed beyond it, not on it.
"""

from collections.abc import Mapping
from typing import Any, Literal

from indicators.rates import rate

Status = Literal["late", "watch", "fine", "unknown"]
Threshold = Mapping[str, float]

SHARES = {
    "dossiers_late_share": ("dossiers_late", "dossiers_open"),
    "tickets_late_share": ("tickets_late", "tickets_open"),
}


def judge(indicator: str, value: Any, thresholds: Mapping[str, Threshold], minimum_n: int = 0) -> Status:
    """Return the status of an indicator's value: a count, a rate as frames carry it, or None.

    "unknown" = not fed, nothing to divide by, fewer than `minimum_n` in the denominator (rates alone), or no
    threshold for this indicator: what nobody drew a line for is never called fine.

    >>> lines = {"on_time_rate_30d": {"watch": 0.98, "late": 0.95}}
    >>> judge("on_time_rate_30d", {"value": 0.96, "n": 96, "of": 100}, lines)
    'watch'
    """
    threshold = thresholds.get(indicator)
    number = measured(value, minimum_n)
    if threshold is None or number is None:
        return "unknown"
    if is_beyond(number, "late", threshold):
        return "late"
    return "watch" if is_beyond(number, "watch", threshold) else "fine"


def measured(value: Any, minimum_n: int = 0) -> float | None:
    """Return the number of a count or rate, None when it cannot be judged."""
    if isinstance(value, Mapping):
        value = None if value["of"] < minimum_n else value["value"]
    return None if value is None else float(value)


def is_beyond(number: float, line: Literal["late", "watch"], threshold: Threshold) -> bool:
    """Tell whether a number lies on the bad side of one of the two lines."""
    return number < threshold[line] if lower_is_worse(threshold) else number > threshold[line]


def lower_is_worse(threshold: Threshold) -> bool:
    """Tell whether small numbers are the bad ones; equal lines are those of a number that should be small."""
    return threshold["watch"] > threshold["late"]


def late_share(name: str, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return dossiers_late_share or tickets_late_share of one unit's or the city's indicators; None when not fed.

    >>> late_share("dossiers_late_share", {"dossiers_late": 5, "dossiers_open": 100})
    {'value': 0.05, 'n': 5, 'of': 100}
    """
    late, open_ = (values.get(part) for part in SHARES[name])
    return None if late is None or open_ is None else rate(late, open_)
