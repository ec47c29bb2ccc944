"""The tables of the page of data sources, and those of the page of definitions."""

import json
from datetime import datetime
from typing import Any

from dashboard.exports.reading import Reading
from dashboard.tables import Column, Kind, Table

LOADS: tuple[tuple[str, Kind], ...] = (
    ("id", "int"), ("feed", "code"), ("kind", "text"), ("state", "text"), ("started", "time"), ("seconds", "float"),
    ("read", "int"), ("merged", "int"), ("unchanged", "int"), ("refused", "int"), ("speed", "float"),
    ("source", "text"), ("error", "text"),
)  # fmt: skip
HELD: tuple[tuple[str, Kind], ...] = (
    ("id", "int"), ("feed", "code"), ("reason", "text"), ("detail", "text"), ("held", "time"), ("load", "int"),
    ("row_no", "int"), ("row", "text"),
)  # fmt: skip


def tables(reading: Reading) -> list[Table]:
    """Return the feeds, the newest loads, and the refused rows that are held: as many as the screen shows."""
    return [_feeds(reading), _loads(reading), _quarantine(reading)]


def definitions(reading: Reading) -> list[Table]:
    """Return what each number means."""
    at = reading.language
    parts = (("title", "indicator"), ("words", "meaning"), ("formula", "formula"), ("source", "source"))
    columns = (
        Column("name", reading.say("name"), "code"),
        *(Column(part, reading.say(word)) for part, word in parts),
        Column("standing", reading.say("status")),
    )
    rows = [
        {"name": row["name"], "standing": reading.words[f"definition.{row['standing']}"]}
        | {part: row[f"{part}_{at}"] for part, _ in parts}
        for row in reading.store.definitions()
    ]
    return [Table("definitions", reading.words["page.definitions"], columns, rows)]


def _feeds(reading: Reading) -> Table:
    columns = reading.columns(
        ("id", "code", "code"), ("title", "name", "text"), ("dataset", "dataset", "text"), ("state", "state", "text"),
        ("event_at", "event_at", "time"), ("fetched_at", "fetched_at", "time"), ("late_after_s", "late_after_s", "int"),
        ("error", "error", "text"),
    )  # fmt: skip
    rows = [
        feed
        | {
            "id": name,
            "dataset": reading.words.get(f"dataset.{feed['dataset']}", feed["dataset"]),
            "state": reading.words[f"feed.{feed['state']}"],
        }
        for name, feed in reading.frame.get("feeds", {}).items()
    ]
    return Table("feeds", reading.words["sources.feeds"], columns, rows)


def _loads(reading: Reading) -> Table:
    columns = tuple(Column(name, reading.words[f"load.{name}"], kind) for name, kind in LOADS)
    rows = [_load(reading, row) for row in reading.store.loads()]
    newest = reading.say("newest").format(n=len(rows))
    return Table("loads", reading.words["sources.loads"], columns, rows, newest)


def _load(reading: Reading, row: dict[str, Any]) -> dict[str, Any]:
    said = {name: reading.words.get(f"load.{name}_{row.get(name)}", row.get(name)) for name in ("kind", "state")}
    started = row.get("started_at")
    return row | said | {"started": started and datetime.fromisoformat(started), "speed": row.get("rows_per_s")}


def _quarantine(reading: Reading) -> Table:
    columns = tuple(Column(name, reading.words[f"quarantine.{name}"], kind) for name, kind in HELD)
    rows = [
        row
        | {
            "reason": reading.words.get(f"reason.{row['reason'].replace(' ', '_')}", row["reason"]),
            "held": row["held_at"],
            "load": row["load_id"],
            "row": json.dumps(row["row"], ensure_ascii=False, sort_keys=True),
        }
        for row in reading.store.quarantine()
    ]
    return Table("quarantine", reading.words["sources.quarantine"], columns, rows)
