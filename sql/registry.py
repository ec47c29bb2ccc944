"""Bring a profile into the registry tables, and give the registry back with the ids that facts bear."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from psycopg2 import errors, extensions

from sql import queries
from sql.profile_parts import Profile
from sql.registry_rows import Category, City, Field, Procedure, Registry, Successor, Unit, city, tables

LOCK = 7661685  # advisory lock of whoever loads a profile
TRIES = 5
Meaning = dict[str, dict[str, dict]]
UPSERTED = ("units", "successors", "aliases", "fields", "procedures", "categories", "indicators", "feeds", "city")


def load(conn: extensions.connection, profile: Profile, now: datetime) -> dict:
    """Bring the profile into the database in one transaction; the same profile twice changes nothing.

    Returns `added`, `changed` and `retired` (counts by table, only those above 0), `kept` (keys of units that the
    profile no longer has: facts may name them), `clocks_changed` (due times of facts must be recomputed) with
    `clocks` (what changed), `rebuild` (rollups must be rebuilt) and `is_changed`. May run beside loads: what
    facts name is never deleted. Raises psycopg2 errors after TRIES deadlocks, with nothing changed.
    """
    for attempt in range(1, TRIES + 1):
        try:
            with conn, conn.cursor() as cursor:
                return _load(cursor, profile, now)
        except errors.DeadlockDetected:
            if attempt == TRIES:
                raise
    raise AssertionError("unreachable")


def read(conn: extensions.connection) -> Registry:
    """Return the registry as the database has it."""
    with conn.cursor() as cursor:
        found = _rows(cursor, "city")
        return Registry(
            city=city(found[0]) if found else None,
            units=[Unit(**row) for row in _rows(cursor, "units")],
            successors=[Successor(**row) for row in _rows(cursor, "successors")],
            aliases={row["alias"]: row["code"] for row in _rows(cursor, "aliases")},
            fields=[Field(**row) for row in _rows(cursor, "fields")],
            procedures=[Procedure(**row) for row in _rows(cursor, "procedures")],
            categories=[Category(**row) for row in _rows(cursor, "categories")],
        )


def loaded_hash(conn: extensions.connection) -> str | None:
    """Return the hash of the profile that the database holds, or None before the first load."""
    with conn.cursor() as cursor:
        found = _rows(cursor, "city")
        return found[0]["profile_hash"] if found else None


def owed(conn: extensions.connection) -> dict[str, bool]:
    """Tell what profile changes have left to do: `clocks` (recompute due times), `rollups` (rebuild them)."""
    with conn.cursor() as cursor:
        return _rows(cursor, "owed")[0]


def take_turn(cursor: extensions.cursor) -> None:
    """Keep other profiles out until the caller's transaction ends."""
    _run(cursor, "take_turn", key=LOCK)


def settle(conn: extensions.connection, now: datetime) -> None:
    """Note, in the caller's transaction, that what was owed has been done."""
    with conn.cursor() as cursor:
        _run(cursor, "note_load", now=now, action="settle", subject="facts", detail="{}")


def _load(cursor: extensions.cursor, profile: Profile, now: datetime) -> dict:
    _run(cursor, "lock_timeout")
    take_turn(cursor)
    before = _meaning(cursor)
    rows = tables(profile, now)
    counts: dict[str, dict[str, int]] = {"added": {}, "changed": {}, "retired": {}}
    redated = len(_run(cursor, "redate_units", rows=rows["units"]))
    _run(cursor, "free_unit_keys", rows=rows["units"])
    for table in ("successors", "aliases"):
        counts["retired"][table] = len(_run(cursor, f"drop_{table}", rows=rows[table]))
    for table in UPSERTED:
        touched = [is_new for (is_new,) in _run(cursor, f"upsert_{table}", rows=rows[table])]
        counts["added"][table] = sum(touched)
        counts["changed"][table] = len(touched) - sum(touched)
    counts["changed"]["units"] = max(counts["changed"]["units"], redated)
    for table in ("indicators", "feeds"):
        counts["retired"][table] = len(_run(cursor, f"retire_{table}", rows=rows[table]))
    kept = [key for (key,) in _run(cursor, "units_not_in", rows=rows["units"])]
    return _result(cursor, profile, now, counts, kept, _differences(before, _meaning(cursor)))


def _result(cursor: extensions.cursor, profile: Profile, now: datetime, counts: dict, kept: list, moved: dict) -> dict:
    result: dict[str, Any] = {
        kind: {table: n for table, n in by_table.items() if n} for kind, by_table in counts.items()
    }
    is_changed = any(result.values())
    result |= {"kept": kept, "is_changed": is_changed, "clocks": moved["clocks"],
               "clocks_changed": bool(moved["clocks"]), "rebuild": moved["rebuild"]}  # fmt: skip
    if is_changed:
        _run(cursor, "bump_data_version", now=now)
        _run(cursor, "note_load", now=now, action="load", subject=profile.name, detail=json.dumps(result))
    return result


def _meaning(cursor: extensions.cursor) -> Meaning | None:
    """Return what facts are judged by, or None before the first load: clocks, and what rollups count by."""
    found = _rows(cursor, "city")
    if not found:
        return None
    one: City = city(found[0])
    procedures, categories = _rows(cursor, "procedures"), _rows(cursor, "categories")
    return {
        "clocks": {
            "timezone": {"": one.timezone},
            "calendar": {"": one.calendar},
            "acceptance": {"": one.rules["acceptance"]},
            "statutory_days": {row["code"]: row["statutory_days"] for row in procedures},
            "sla_hours": {row["code"]: row["sla_hours"] for row in categories},
        },
        "rollups": {
            "timezone": {"": one.timezone},
            "content_from": {"": one.rules["satisfaction"]["content_from"]},
            "fields": {row["code"]: row["field_id"] for row in procedures},
        },
    }


def _differences(before: Meaning | None, after: Meaning | None) -> dict:
    """Return which clocks changed for what was there before (new procedures have no facts yet), and if rollups did."""
    if before is None or after is None:
        return {"clocks": [], "rebuild": False}
    moved = {
        group: [name for name, old in values.items() if any(after[group][name].get(key) != old[key] for key in old)]
        for group, values in before.items()
    }
    return {"clocks": moved["clocks"], "rebuild": bool(moved["rollups"])}


def _run(cursor: extensions.cursor, name: str, **parameters: Any) -> list[tuple]:
    return queries.run(cursor, "registry", name, **parameters)


def _rows(cursor: extensions.cursor, name: str) -> list[dict]:
    found = _run(cursor, name)
    return [dict(zip([column.name for column in cursor.description], row, strict=True)) for row in found]
