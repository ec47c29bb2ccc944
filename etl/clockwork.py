"""Due times that a rule gives, recomputed when the rule changes (calendar, statutory days, time limits)."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from pyarrow import csv

from etl.mapping import NAT, Rules, known, rules_of
from etl.verify import remake, take_turns
from indicators import clocks
from sql import queries, registry
from sql.registry_rows import city_of

ROWS = 50_000
MOST_LISTED = 1000


@dataclass(frozen=True)
class Recomputed:
    """Say how many due times moved, and which open files changed between late and in time (at most 1,000 listed)."""

    moved: int
    became_late: list[str]
    no_longer_late: list[str]


def settle(conn: Connection, now: datetime) -> Recomputed | None:
    """Do what changed profiles have left undone, in one transaction; return what moved, None when nothing was owed.

    No other profile is loaded meanwhile: it would be marked as done without being so.
    """
    with conn:
        if not any(registry.owed(conn).values()):
            return None
    with conn, conn.cursor() as cursor:
        registry.take_turn(cursor)
        owed = registry.owed(conn)
        if not any(owed.values()):
            return None
        take_turns(cursor)
        done = _recompute(conn, cursor, now) if owed["clocks"] else Recomputed(0, [], [])
        if owed["rollups"]:
            remake(cursor, city_of(registry.read(conn)).timezone, now)
        registry.settle(conn, now)
    return done


def redo(conn: Connection, now: datetime) -> tuple[Recomputed, dict[str, int]]:
    """Recompute every due time and make every rollup anew, owed or not; return what moved and the rows of each."""
    with conn, conn.cursor() as cursor:
        registry.take_turn(cursor)
        take_turns(cursor)
        done = _recompute(conn, cursor, now)
        rows = remake(cursor, city_of(registry.read(conn)).timezone, now)
        registry.settle(conn, now)
    return done, rows


def _recompute(conn: Connection, cursor: Cursor, now: datetime) -> Recomputed:
    """Recompute the due times of every dossier and ticket by today's rules; the rollups follow by their triggers."""
    rules = rules_of(registry.read(conn))
    queries.run(cursor, "clockwork", "create_stage")
    for block in _blocks(conn, "dossiers"):
        _stage(cursor, "dossier", _dossiers(block, rules))
    for rows in _blocks(conn, "tickets"):
        _stage(cursor, "ticket", _tickets(rows, rules))
    moved, became, no_longer = 0, [], []
    for table in ("dossier", "ticket"):
        judged = queries.run(cursor, "clockwork", f"judge_{table}", now=now, most=MOST_LISTED)
        became += [code for code, is_late in judged if is_late]
        no_longer += [code for code, is_late in judged if not is_late]
        queries.run(cursor, "clockwork", f"move_{table}")
        moved += cursor.rowcount
    if moved:
        queries.run(cursor, "ledger", "bump_data_version")
        queries.run(cursor, "ledger", "tell_change")
    detail = {"moved": moved, "became_late": became, "no_longer_late": no_longer}
    queries.run(cursor, "clockwork", "note", at=now, detail=json.dumps(detail))
    return Recomputed(moved, became, no_longer)


def _blocks(conn: Connection, name: str) -> Iterator[list[tuple]]:
    with conn.cursor(name=f"clockwork_{name}") as reader:
        reader.itersize = ROWS
        reader.execute(queries.raw("clockwork", name))
        while rows := reader.fetchmany(ROWS):
            yield rows


def _dossiers(rows: list[tuple], rules: Rules) -> pa.Table:
    code, procedure, submitted, accepted, given, due, by = zip(*rows, strict=True)
    days = known(rules.statutory_days, np.array(procedure))
    days = np.where([one is not None for one in given], np.nan, days)
    new_due = clocks.statutory_due(_instants(accepted), days, rules.calendar, rules.same_day_cutoff)
    new_by = clocks.acceptance_due(_instants(submitted), rules.calendar, rules.acceptance_days)
    return _changed(code, {"due": (_instants(due), new_due), "accept_by": (_instants(by), new_by)})


def _tickets(rows: list[tuple], rules: Rules) -> pa.Table:
    code, category, opened, given, due = zip(*rows, strict=True)
    hours = np.where([one is not None for one in given], np.nan, known(rules.sla_hours, np.array(category)))
    return _changed(code, {"due": (_instants(due), clocks.ticket_due(_instants(opened), hours))})


def _changed(codes: tuple, columns: dict[str, tuple[np.ndarray, np.ndarray]]) -> pa.Table:
    differs = np.zeros(len(codes), bool)
    for old, new in columns.values():
        differs |= (old != new) & ~(np.isnat(old) & np.isnat(new))
    keep = np.flatnonzero(differs)
    moved = {name: pa.array(values[keep], pa.timestamp("us")) for name, (_, values) in columns.items()}
    return pa.table({"code": pa.array([codes[place] for place in keep], pa.string())} | moved)


def _stage(cursor: Cursor, table: str, rows: pa.Table) -> None:
    if rows.num_rows:
        sink = io.BytesIO()
        csv.write_csv(rows, sink, csv.WriteOptions(include_header=False, quoting_style="needed"))
        sink.seek(0)
        cursor.copy_expert(f"copy moved_{table} from stdin with (format csv)", sink)


def _instants(values: tuple) -> np.ndarray:
    return np.array(
        [NAT if one is None else np.datetime64(one.replace(tzinfo=None), "us") for one in values], "datetime64[us]"
    )
