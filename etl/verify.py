"""Verify: rollups and the newest frame against the facts. Remake: the rollups made anew from the facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl.counting import Moment
from etl.facts import DOSSIERS, EVERY_TURN
from etl.framing import Framer
from sql import frames, queries

DOSSIER_COLUMNS = (
    *("received", "channel_known", "online", "accept_judged", "accepted_late", "same_day", "ended", "finished"),
    *("judged", "on_time", "early", "rated", "content", "late_in", "late_out"),
)
TICKET_COLUMNS = ("opened", "ended", "judged", "on_time", "reopened", "late_in", "late_out")
TICKET_WEEK_COLUMNS = ("opened", "reopened", "answered", "ended", "judged", "on_time")
MOST_TOLD = 1000


@dataclass(frozen=True)
class Rollup:
    """Name a rollup table: its key, what it sums, the query that recounts it, and by how much it is coarser."""

    table: str
    key: tuple[str, ...]
    sums: tuple[str, ...]
    query: str
    is_text: bool = False
    is_summed: bool = False


ROLLUPS = (
    Rollup("dossier_day", ("day", "unit_id", "field_id"), DOSSIER_COLUMNS, "dossier_days", True),
    Rollup("dossier_unit_day", ("day", "unit_id"), DOSSIER_COLUMNS, "dossier_days", True, True),
    Rollup("dossier_stock", ("unit_id", "field_id"), ("open", "open_due"), "dossier_stock"),
    Rollup("ticket_day", ("day", "unit_id", "category_id"), TICKET_COLUMNS, "ticket_days", True),
    Rollup("ticket_stock", ("unit_id", "category_id"), ("open",), "ticket_stock"),
    Rollup("activity_hour", ("hour_at",), ("received", "finished", "tickets_opened", "tickets_closed"), "hours"),
    Rollup("ticket_week", ("unit_id", "category_id", "week"), TICKET_WEEK_COLUMNS, "ticket_weeks", True),
    Rollup("ticket_spread", ("measure", "unit_id", "category_id", "week", "bin"), ("n",), "ticket_spreads", True),
    Rollup("rating_day", ("unit_id", "day", "stage", "score"), ("n",), "rating_days", True),
)


@dataclass(frozen=True)
class Difference:
    """Name one number that is not what the facts say."""

    where: str
    what: str
    stored: Any
    counted: Any


def verify(conn: Connection, framer: Framer, now: datetime) -> list[Difference]:
    """Return every difference between rollups, frame and facts, in one snapshot (at most 1,000 a table)."""
    with conn, conn.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        cursor.execute("select set_config('timezone', %s, true)", (framer.city.timezone,))
        found = [one for rollup in ROLLUPS for one in _differences(cursor, rollup)]
        found += [
            Difference("dossier.rating_min", code, stored, counted)
            for code, stored, counted in queries.run(cursor, "verify", "ratings")
        ]
        moment = Moment(now, framer.city.timezone)
        found += _compare(
            "frame now", framer.indicators(framer.counted(cursor, moment)), framer.recounted(cursor, moment)
        )
        return found + _stored_frame(conn, cursor, framer)


def _differences(cursor: Cursor, rollup: Rollup) -> Iterator[Difference]:
    columns = ", ".join(f"sum({name})::integer as {name}" for name in rollup.sums)
    nothing = ", ".join("0" for _ in rollup.sums)
    key = ", ".join(rollup.key)
    sums = ", ".join(f"sum({name})" for name in rollup.sums)
    cells = f"select {key}, {columns} from {{}} group by {key} having ({sums}) <> ({nothing})"
    stored, counted = cells.format(rollup.table), cells.format(f"({recount_text(cursor, rollup)}) as recount")
    names = ", ".join(f"s.{n}, c.{n}" for n in rollup.sums)
    keys = ", ".join(f"{n}::text" for n in rollup.key)
    cursor.execute(
        f"select {keys}, {names} from ({stored}) as s full join ({counted}) as c using ({key}) "
        f"where ({', '.join(f's.{n}' for n in rollup.sums)}) is distinct from "
        f"({', '.join(f'c.{n}' for n in rollup.sums)}) limit {MOST_TOLD}"
    )
    for row in cursor.fetchall():
        cell, values = row[: len(rollup.key)], row[len(rollup.key) :]
        for name, was, is_ in zip(rollup.sums, values[::2], values[1::2], strict=True):
            if (was or 0) != (is_ or 0):
                yield Difference(f"{rollup.table}({', '.join(cell)})", name, was or 0, is_ or 0)


def recount_text(cursor: Cursor, rollup: Rollup) -> str:
    """Return the query that recounts a rollup from the facts."""
    return queries.run(cursor, "verify", rollup.query)[0][0] if rollup.is_text else queries.raw("verify", rollup.query)


def _stored_frame(conn: Connection, cursor: Cursor, framer: Framer) -> list[Difference]:
    """Compare the newest frame with the facts, if they are the facts that it was computed from."""
    newest = queries.run(cursor, "frames", "newest_frame")
    if not newest or newest[0][2] != queries.run(cursor, "frame", "data_version")[0][0]:
        return []
    version, as_of, _ = newest[0]
    frame = frames.at(conn, as_of)
    if frame is None or frame["version"] != version:
        return []
    return _compare(f"frame {version}", frame, framer.recounted(cursor, Moment(as_of, framer.city.timezone)))


def _compare(where: str, stored: dict, counted: dict) -> list[Difference]:
    shown = {"city": stored["city"]} | stored["units"]
    true = {"city": counted["city"]} | counted["units"]
    return [
        Difference(f"{where}, {key}", name, shown.get(key, {}).get(name), true.get(key, {}).get(name))
        for key in true | shown
        for name in true.get(key, {}) | shown.get(key, {})
        if shown.get(key, {}).get(name) != true.get(key, {}).get(name)
    ]


def take_turns(cursor: Cursor) -> None:
    """Keep every loader of dossiers, ratings and tickets out until the caller's transaction ends."""
    for turn in EVERY_TURN:
        cursor.execute("select pg_advisory_xact_lock(%s)", (turn,))


def remake(cursor: Cursor, zone: str) -> dict[str, int]:
    """Make every rollup anew in the caller's transaction, which has taken the turns; return the rows of each."""
    cursor.execute("select set_config('timezone', %s, true)", (zone,))
    rows = {}
    for rollup in ROLLUPS:
        columns = ", ".join(f"sum({name})::integer as {name}" for name in rollup.sums)
        names, key = ", ".join((*rollup.key, *rollup.sums)), ", ".join(rollup.key)
        text = recount_text(cursor, rollup)
        cursor.execute(f"delete from {rollup.table}")
        cursor.execute(
            f"insert into {rollup.table} ({names}) select {key}, {columns} from ({text}) as recount "
            f"group by {key} order by {key}"
        )
        rows[rollup.table] = cursor.rowcount
    queries.run(cursor, "ledger", "bump_data_version")
    queries.run(cursor, "ledger", "tell_change")
    return rows


def compact(conn: Connection) -> tuple[int, int]:
    """Fold the rows of dossier_day that speak of one cell into one; return (rows before, rows after)."""
    rollup = ROLLUPS[0]
    columns = ", ".join(f"sum({name})::integer" for name in rollup.sums)
    names, key = ", ".join((*rollup.key, *rollup.sums)), ", ".join(rollup.key)
    nothing = ", ".join("0" for _ in rollup.sums)
    with conn, conn.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", (DOSSIERS.turn,))
        cursor.execute(
            f"with old as (delete from {rollup.table} returning *), new as (insert into {rollup.table} ({names}) "
            f"select {key}, {columns} from old group by {key} having ({columns}) <> ({nothing}) "
            f"order by {key} returning 1) "
            "select (select count(*) from old), (select count(*) from new)"
        )
        return cursor.fetchone()


def told(differences: list[Difference]) -> list[dict]:
    """Return differences as the command prints them."""
    return [asdict(one) for one in differences]
