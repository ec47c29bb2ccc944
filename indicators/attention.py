"""Which units need attention now, why, and in which order: the red-first list of a geography.

A unit is late when its rate is beyond the profile's line by more than chance explains (the Wilson 95 % interval
lies beyond it whole); a rate beyond the line within chance is watched. What cannot be judged stands last and is
never left out: silence is not health.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from indicators.judgement import Status, Threshold, is_beyond, late_share, lower_is_worse, measured
from indicators.rates import wilson_interval

Values = Mapping[str, Any]
Cells = Mapping[str, Sequence[int]]

ORDER: dict[Status, int] = {"late": 0, "watch": 1, "unknown": 2}
LEAST_RISE = 5
NOISE = 2.0
FIELD_SHARE = 1 / 3


class Verdict(NamedTuple):
    """What was found of a unit: its status, the reason, and the rate that speaks with its interval."""

    status: Status
    reason: str
    rate: float | None = None
    low: float | None = None
    high: float | None = None


class Field(NamedTuple):
    """The field with the most late dossiers beyond its share of the open ones."""

    code: str | None = None
    late: int | None = None
    stands_out: bool = False


def attention(
    units: Mapping[str, Values],
    fields: Mapping[str, Cells],
    thresholds: Mapping[str, Threshold],
    minimum_n: int,
    midnight_late: Mapping[str, int] | None,
    keys: Sequence[str],
    silent: bool | Collection[str],
    slow: Mapping[str, Sequence[int]] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """Return the units among `keys` that are late, to be watched or unknown, worst first.

    `fields` holds [open, late] by unit and field, `midnight_late` the late dossiers of last midnight, `silent`
    whether the dossier feed is silent (for all, or the keys it is silent for), `slow` holds [events told, told late]
    of units whose software tells late: these are never fine, since what is newest is missing. Each entry says which
    rate it speaks of by its reason: accepted_late the share accepted late in 30 days, sender_slow the share told late,
    otherwise the late among the open.
    A city without any dossiers is judged by its calls (dataset "tickets").

    Within a status those come first that touch most people: late dossiers, those late since midnight twice.
    Equal ones keep the order of `keys`.
    """
    dataset = _dataset(units, keys)
    found = []
    for key in keys:
        values = units.get(key, {})
        late, open_ = values.get(f"{dataset}_late"), values.get(f"{dataset}_open")
        change = None if midnight_late is None or late is None else late - midnight_late.get(key, 0)
        field = _worst_field(fields.get(key, {})) if dataset == "dossiers" else Field()
        verdict = _verdict(dataset, values, thresholds, minimum_n, change, field, _is_silent(key, silent))
        if verdict is None and key in slow:
            verdict = _told_late(*slow[key])
        if verdict is None:
            continue
        found.append({
            "unit": key, "dataset": dataset, "status": verdict.status, "reason": verdict.reason,
            "late": late, "open": open_, "change": change,
            "rate": verdict.rate, "low": verdict.low, "high": verdict.high,
            "field": field.code, "field_late": field.late,
        })  # fmt: skip
    return sorted(found, key=_place)


def _dataset(units: Mapping[str, Values], keys: Sequence[str]) -> str:
    """Return what units are judged by: dossiers, or calls where no unit has dossiers but some have calls."""
    has_dossiers = any(units.get(key, {}).get("dossiers_open") is not None for key in keys)
    has_tickets = any(units.get(key, {}).get("tickets_open") is not None for key in keys)
    return "tickets" if has_tickets and not has_dossiers else "dossiers"


def _is_silent(key: str, silent: bool | Collection[str]) -> bool:
    return silent if isinstance(silent, bool) else key in silent


def _verdict(
    dataset: str,
    values: Values,
    thresholds: Mapping[str, Threshold],
    minimum_n: int,
    change: int | None,
    field: Field,
    is_silent: bool,
) -> Verdict | None:
    """Return what is to be said of a unit, None when it is fine."""
    name = f"{dataset}_late_share"
    share, accepted = late_share(name, values), values.get("accepted_late_rate_30d")
    if is_silent:
        return Verdict("unknown", "feed_silent")
    if share is None:
        return Verdict("unknown", "no_data")
    of_share = _judge_rate(share, thresholds.get(name), minimum_n, "field_late" if field.stands_out else "late_share")
    of_accepted = _judge_rate(accepted, thresholds.get("accepted_late_rate_30d"), minimum_n, "accepted_late")
    bad = [found for found in (of_share, of_accepted) if found and found.status in ("late", "watch")]
    if bad:
        return min(bad, key=lambda found: ORDER[found.status])
    if change is not None and change >= max(LEAST_RISE, NOISE * max(share["n"] - change, 0) ** 0.5):
        return Verdict("watch", "rising", *_interval(share))
    is_fine = of_share is not None or (of_accepted is not None and share["n"] == 0)
    if is_fine or name not in thresholds:
        return None
    return Verdict("unknown", "too_few" if share["of"] else "no_data")


def _told_late(told: int, slow: int) -> Verdict:
    return Verdict("unknown", "sender_slow", *_interval({"n": slow, "of": told}))


def _judge_rate(value: Any, threshold: Threshold | None, minimum_n: int, reason: str) -> Verdict | None:
    """Return the verdict on one rate, None when it cannot be judged; beyond the line but within chance is watch."""
    number = measured(value, minimum_n)
    if number is None or threshold is None:
        return None
    if not is_beyond(number, "watch", threshold):
        return Verdict("fine", reason)
    share, low, high = _interval(value)
    nearest = high if lower_is_worse(threshold) else low
    is_late = nearest is not None and is_beyond(nearest, "late", threshold)
    return Verdict("late" if is_late else "watch", reason, share, low, high)


def _interval(value: Mapping[str, Any]) -> tuple[float | None, float | None, float | None]:
    """Return a rate and its Wilson interval to four places, enough for a screen and quiet in deltas."""
    bounds = wilson_interval(value["n"], value["of"])
    if bounds is None:
        return None, None, None
    return round(value["n"] / value["of"], 4), round(bounds[0], 4), round(bounds[1], 4)


def _worst_field(cells: Cells) -> Field:
    """Return the field whose late dossiers exceed most what its open ones let expect.

    It stands out when chance does not explain the excess and a third of all late dossiers are its own.
    """
    open_, late = sum(cell[0] for cell in cells.values()), sum(cell[1] for cell in cells.values())
    if not late or not open_:
        return Field()
    _, _, code = min((late * cell[0] - open_ * cell[1], -cell[1], code) for code, cell in cells.items())
    own, expected = cells[code][1], late * cells[code][0] / open_
    is_beyond_chance = own - expected > NOISE * expected**0.5
    return Field(code, own, is_beyond_chance and own >= late * FIELD_SHARE)


def _place(entry: Mapping[str, Any]) -> tuple[int, int]:
    """Order by status, then by people touched; sorting keeps the rest in place."""
    if entry["status"] == "unknown":
        return ORDER["unknown"], 0
    return ORDER[entry["status"]], -(entry["late"] + max(entry["change"] or 0, 0))
