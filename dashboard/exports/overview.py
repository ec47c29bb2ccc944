"""The overview's tables, from the frame that is on the screen."""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboard.exports.reading import Reading
from dashboard.tables import Bars, Column, Heat, Kind, Table
from indicators.definitions import BY_NAME
from indicators.judgement import judge, late_share

Values = Mapping[str, Any]

COUNTS = ("dossiers_open", "dossiers_late", "dossiers_due_24h", "received_today", "resolved_today")
RATES = (
    "accepted_late_rate_30d",
    "on_time_rate_30d",
    "progress_rate_30d",
    "online_rate_30d",
    "same_day_rate_30d",
    "satisfaction_low_30d",
    "satisfaction_high_30d",
    "rating_response_rate_30d",
)
TICKETS = ("tickets_open", "tickets_late", "tickets_opened_today", "tickets_closed_today")
LINES = ("received", "usual_received", "finished", "usual_finished")


def tables(reading: Reading) -> list[Table]:
    """Return the tables of the overview: the numbers, the red-first list, the units, unit × field, the day by hour."""
    return [_numbers(reading), _attention(reading), _units(reading), _fields(reading), _hours(reading)]


def _numbers(reading: Reading) -> Table:
    values = reading.values(reading.unit) if reading.unit else reading.frame["city"]
    columns = reading.columns(
        ("name", "indicator", "text"), ("count", "count", "int"), ("rate", "rate", "rate"), ("n", "n", "int"),
        ("of", "of", "int"), ("code", "name", "code"),
    )  # fmt: skip
    named_ = [name for name in values if name in BY_NAME]
    title = reading.unit_name(reading.unit) if reading.unit else reading.say("city")
    rows = [{"name": reading.title_of(name), "code": name, **_number(values[name])} for name in named_]
    return Table("numbers", f"{reading.say('numbers')}: {title}", columns, rows, definitions=tuple(named_))


def _number(shown: Any) -> dict[str, Any]:
    if isinstance(shown, Mapping):
        return {"rate": shown["value"], "n": shown["n"], "of": shown["of"]}
    return {"count": shown}


def _attention(reading: Reading) -> Table:
    columns = reading.columns(
        ("name", "unit", "text"), ("code", "code", "code"), ("status", "status", "text"), ("late", "late", "int"),
        ("open", "open", "int"), ("change", "change", "int"), ("rate", "late_share", "rate"), ("low", "low", "rate"),
        ("high", "high", "rate"), ("field", "field", "text"), ("field_late", "late", "int"),
    )  # fmt: skip
    rows = [
        dict(one)
        | {
            "name": reading.unit_name(one["unit"]),
            "code": one["unit"],
            "status": reading.words[f"status.{one['status']}"],
            "field": reading.field_name(one["field"]) if one["field"] else None,
        }
        for one in reading.frame["attention"].get(reading.geography, [])
    ]
    return Table("attention", reading.words["attention.title"], columns, rows, reading.words["attention.note"])


def _units(reading: Reading) -> Table:
    """Return every unit of the geography, the worst first, with each of its indicators and what that is of."""
    kinds: list[tuple[str, str, Kind]] = [("late_share", reading.say("late_share"), "rate")]
    for name in (*COUNTS, *TICKETS):
        kinds.append((name, reading.title_of(name), "int"))
    for name in (*RATES, "ticket_on_time_rate_30d"):
        kinds += [(name, reading.title_of(name), "rate"), (f"{name}_of", f"{reading.title_of(name)}: n", "int")]
    head = reading.columns(("name", "unit", "text"), ("code", "code", "code"), ("status", "status", "text"))
    columns = (*head, *(Column(key, label, kind) for key, label, kind in kinds))
    definitions = (*COUNTS, *RATES, *TICKETS, "ticket_on_time_rate_30d")
    chart = Bars("name", ("late_share",))
    return Table("units", reading.say("units"), columns, list(_unit_rows(reading)), "", definitions, chart)


def _unit_rows(reading: Reading) -> Iterator[dict[str, Any]]:
    for key in reading.red_first():
        values = reading.values(key)
        share = late_share("dossiers_late_share", values)
        row = {"name": reading.unit_name(key), "code": key, "late_share": share and share["value"]}
        row["status"] = reading.words[
            f"status.{judge('dossiers_late_share', share, reading.thresholds, reading.minimum)}"
        ]
        for name, shown in values.items():
            row |= {name: shown["value"], f"{name}_of": shown["of"]} if isinstance(shown, Mapping) else {name: shown}
        yield row


def _fields(reading: Reading) -> Table:
    columns = reading.columns(
        ("name", "unit", "text"), ("code", "code", "code"), ("field", "field", "text"), ("field_code", "code", "code"),
        ("open", "open", "int"), ("late", "late", "int"), ("rate", "late_share", "rate"),
    )  # fmt: skip
    rows = [
        {
            "name": reading.unit_name(key),
            "code": key,
            "field": reading.field_name(code),
            "field_code": code,
            "open": open_,
            "late": late,
            "rate": late / open_ if open_ else None,
        }
        for key in reading.red_first()
        for code in _by_lateness(reading)
        for open_, late in [reading.frame["fields"].get(key, {}).get(code, (0, 0))]
        if open_
    ]
    chart = Heat("name", "field", "rate", "open", reading.minimum)
    return Table("fields", reading.words["heatmap.title"], columns, rows, reading.words["heatmap.note"], chart=chart)


def _by_lateness(reading: Reading) -> list[str]:
    city = reading.frame["fields"].get("city", {})
    return sorted(city, key=lambda code: (-city[code][1], -city[code][0]))


def _hours(reading: Reading) -> Table:
    day = reading.frame.get("hours") or {}
    columns = (
        *reading.columns(("hour", "hour", "int")),
        *(Column(name, reading.say(name), "float" if name.startswith("usual") else "int") for name in LINES),
    )
    rows = (
        [{"hour": hour, **{name: (day.get(name) or [None] * 24)[hour] for name in LINES}} for hour in range(24)]
        if day
        else []
    )
    chart = Bars("hour", ("received", "usual_received"))
    return Table("hours", reading.words["hours.title"], columns, rows, str(day.get("day", "")), chart=chart)
