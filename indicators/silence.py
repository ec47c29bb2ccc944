"""When a unit's software is silent, or tells late: judged against what the whole city tells meanwhile.

A quiet unit is not a silent one. While the city tells of N events, a unit with the share s of them should tell of
s·N; when that is a dozen and none came, chance alone leaves one in 160,000 (Poisson).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from indicators.rates import wilson_interval

EXPECTED = 12.0
SLOW_AFTER = timedelta(minutes=30)
SLOW_SHARE = 0.1
LEAST = 30  # events of a week, for a share to be spoken of
HOUR_S = 3600


def is_silent(expected: float) -> bool:
    """Tell whether a unit of which nothing was heard is silent; `expected` events should have come.

    >>> is_silent(3.0), is_silent(20.0)
    (False, True)
    """
    return expected >= EXPECTED


def is_slow(told: int, slow: int) -> bool:
    """Tell whether a unit tells late: more than a tenth of its events, beyond what chance explains.

    >>> is_slow(70, 23), is_slow(700, 23), is_slow(5, 5)
    (True, False, False)
    """
    bounds = wilson_interval(slow, told)
    return told >= LEAST and bounds is not None and bounds[0] > SLOW_SHARE


def events_since(heard_at: datetime, now: datetime, by_hour: Mapping[datetime, int]) -> float:
    """Return how many events the city told of since an instant; of an hour that it cuts, the part.

    `by_hour` holds the city's events by the beginning of their hour; both instants have an offset.

    >>> from datetime import UTC
    >>> hours = {datetime(2026, 11, 20, h, tzinfo=UTC): 60 for h in (8, 9, 10)}
    >>> events_since(datetime(2026, 11, 20, 8, 30, tzinfo=UTC), datetime(2026, 11, 20, 10, 20, tzinfo=UTC), hours)
    150.0
    """
    total = 0.0
    for hour_at, events in by_hour.items():
        end = min(hour_at + timedelta(hours=1), now)
        span_s = (end - hour_at).total_seconds()
        if span_s > 0 and end > heard_at:
            total += events * (end - max(hour_at, heard_at)).total_seconds() / span_s
    return total


def verdicts(told: Mapping[str, Sequence[int]], expected: Mapping[str, float]) -> dict[str, str]:
    """Return the units that are silent or slow: key → "silent" | "slow".

    `told` holds [events, slow ones] of a week, `expected` the events that should have come since a unit was last heard.

    >>> verdicts({"787": (70, 23), "760": (90, 0), "761": (90, 0)}, {"787": 1.0, "760": 14.5})
    {'787': 'slow', '760': 'silent'}
    """
    found = {}
    for key, (events, slow) in told.items():
        if is_silent(expected.get(key, 0.0)):
            found[key] = "silent"
        elif is_slow(events, slow):
            found[key] = "slow"
    return found
