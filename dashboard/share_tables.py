"""The pages of satisfaction and of results within the day as tables."""

from collections.abc import Mapping
from typing import Any

from dashboard.tables import Band, Bars, Column, Kind, Table, named
from layouts import text

Json = dict[str, Any]
SAID: tuple[tuple[str, str, Kind], ...] = (
    ("finished", "content.finished", "int"),
    ("rated", "content.rated", "int"),
    ("content", "content.contented", "int"),
    ("answered", "content.answered", "rate"),
    ("low", "content.low", "rate"),
    ("high", "content.high", "rate"),
    ("interval_low", "content.interval_low", "rate"),
    ("interval_high", "content.interval_high", "rate"),
    ("tipping_point", "content.tipping", "rate"),
)
BOUNDED = ("satisfaction_low_30d", "satisfaction_interval_30d", "satisfaction_tipping_point_30d")


def satisfaction(past: Json, units: Mapping[str, str], language: str) -> list[Table]:
    """Return what `Satisfied.past` said; `units` are names by key."""
    words = text.words(language)

    def table(name: str, label: str, rows: list[Json]) -> Table:
        columns = (Column("name", words[label]), *(Column(key, words[word], kind) for key, word, kind in SAID))
        return Table(
            name, words[f"{name}.title"], columns, rows, definitions=BOUNDED, chart=Band("name", "low", "high")
        )

    def unit(row: Json) -> str:
        return units.get(row["key"], words["map.unassigned"])

    def channel(row: Json) -> str:
        return words[f"content.channel_{row['key']}"]

    whole = [_plain(past["whole"], words["content.city"])]
    if past["modelled"]:
        low, _, high = past["modelled"]
        nothing = dict.fromkeys(key for key, _, _ in SAID)
        whole.append(nothing | {"name": words["content_model.title"], "low": low, "high": high})
    return [
        table("content_whole", "content.unit", whole),
        table("content_units", "content.unit", [_plain(row, unit(row)) for row in past["units"]]),
        table("content_fields", "content.field", [_plain(row, named(row, language)) for row in past["fields"]]),
        table("content_channels", "content.channel", [_plain(row, channel(row)) for row in past["channels"]]),
        _stages(past, words),
    ]


def same_day(past: Json, units: Mapping[str, str], language: str) -> list[Table]:
    """Return what `SameDay.past` said; `units` are names by key."""
    words = text.words(language)
    columns = (
        Column("n", words["same_day.n"], "int"),
        Column("of", words["same_day.received"], "int"),
        Column("value", words["same_day.share"], "rate"),
    )

    def table(name: str, label: str, rows: list[Json]) -> Table:
        about, chart = ("same_day_rate_30d",), Bars("name", ("n", "of"))
        return Table(
            name, words[f"{name}.title"], (Column("name", words[label]), *columns), rows, definitions=about, chart=chart
        )

    def unit(row: Json) -> Json:
        return {"name": units.get(row["key"], words["map.unassigned"])}

    def field(row: Json) -> Json:
        return {"name": named(row, language)}

    campaign = ("same_day_campaign",)
    lines = (
        Column("day", words["same_day.day"], "date"),
        Column("done", words["same_day.key_done"], "int"),
        Column("pace", words["same_day.key_pace"], "float"),
    )
    return [
        Table("same_day_course", words["same_day_course.title"], lines, past["lines"], definitions=campaign),
        table("same_day_units", "content.unit", [unit(row) | row["share"] for row in past["units"]]),
        table("same_day_fields", "content.field", [field(row) | row["share"] for row in past["fields"]]),
    ]


def _plain(row: Json, name: str) -> Json:
    low, high = row["interval"] or (None, None)
    return row | {"name": name, "answered": row["answered"]["value"], "interval_low": low, "interval_high": high}


def _stages(past: Json, words: Mapping[str, str]) -> Table:
    rows = []
    for row in past["stages"]:
        low, high = row["interval"] or (None, None)
        name = words.get(f"content.stage_{row['stage']}", row["stage"])
        rows.append(
            {"name": name, "n": row["n"], "content": row["content"], "interval_low": low, "interval_high": high}
        )
    columns = (
        Column("name", words["content.stage"]),
        Column("n", words["content.ratings"], "int"),
        Column("content", words["content.contented"], "int"),
        Column("interval_low", words["content.interval_low"], "rate"),
        Column("interval_high", words["content.interval_high"], "rate"),
    )
    return Table("content_stages", words["content_stages.title"], columns, rows, definitions=("satisfaction_by_stage",))
