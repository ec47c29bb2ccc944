"""Verify: rollups and the newest frame against the facts. Remake: the rollups made anew from the facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl import folding
from etl.counting import Moment
from etl.facts import EVERY_TURN
from etl.framing import Framer
from etl.rollups import CELLS, ROLLUPS, Rollup
from sql import frames, queries

MOST_TOLD = 1000
SINGLY = {  # queries of verify.sql that name what is wrong, one by one, and where it stands
    "ratings": "dossier.rating_min",
    "months": "dossier.month",
    "open_dossiers": "open_dossier",
    "holders": "open_dossier.holder_id",
    "untraced": "traced_dossier",
}
ATTRIBUTION_TURN = 7661012  # of sql/queries/attribution.sql


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
        found += _running(cursor)
        found += [
            Difference(where, code, stored, counted)
            for query, where in SINGLY.items()
            for code, stored, counted in queries.run(cursor, "verify", query)
        ]
        moment = Moment(now, framer.city.timezone)
        found += _compare(
            "frame now", framer.indicators(framer.counted(cursor, moment)), framer.recounted(cursor, moment)
        )
        return found + _stored_frame(conn, cursor, framer)


def _differences(cursor: Cursor, rollup: Rollup) -> Iterator[Difference]:
    columns = ", ".join(f"sum({name})::bigint as {name}" for name in rollup.sums)
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
    yield from _told(cursor, rollup.table, len(rollup.key), rollup.sums)


def _told(cursor: Cursor, table: str, key: int, sums: tuple[str, ...]) -> Iterator[Difference]:
    """Tell of each row found: the cell, then the stored and the counted value of each sum."""
    for row in cursor.fetchall():
        cell, values = row[:key], row[key:]
        for name, was, is_ in zip(sums, values[::2], values[1::2], strict=True):
            if (was or 0) != (is_ or 0):
                yield Difference(f"{table}({', '.join(cell)})", name, int(was or 0), int(is_ or 0))


def _running(cursor: Cursor) -> Iterator[Difference]:
    """Compare the running sums with those of the folded cells."""
    cursor.execute(f"select min(day), max(day) from {folding.FOLDED}")
    first, last = cursor.fetchone()
    cursor.execute("select max(through) from dossier_running")
    through = cursor.fetchone()[0]
    if first is None and through is None:
        return
    if through is None or first is None or last > through:
        yield Difference("dossier_running", "through", str(through), str(last))
        return
    bounds = {"monday": first - timedelta(days=first.weekday()), "before": date.min, "through": through}
    sums = CELLS.sums
    cursor.execute(
        f"select through::text, unit_id::text, field_id::text, {', '.join(f's.{n}, c.{n}' for n in sums)} "
        f"from (select * from dossier_running) as s full join ({folding.running_text()}) as c "
        f"using (through, unit_id, field_id) where ({', '.join(f'coalesce(s.{n}, 0)' for n in sums)}) <> "
        f"({', '.join(f'coalesce(c.{n}, 0)' for n in sums)}) limit {MOST_TOLD}",
        bounds,
    )
    yield from _told(cursor, "dossier_running", 3, sums)


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
    """Keep every loader, and the job that explains lateness, out until the caller's transaction ends."""
    for turn in (ATTRIBUTION_TURN, *EVERY_TURN):
        cursor.execute("select pg_advisory_xact_lock(%s)", (turn,))


def remake(cursor: Cursor, zone: str, now: datetime) -> dict[str, int]:
    """Make every rollup anew in the caller's transaction, which has taken the turns; return the rows of each."""
    cursor.execute("select set_config('timezone', %s, true)", (zone,))
    rows = {}
    for rollup in ROLLUPS:
        columns = ", ".join(f"sum({name})::bigint as {name}" for name in rollup.sums)
        names, key = ", ".join((*rollup.key, *rollup.sums)), ", ".join(rollup.key)
        text = recount_text(cursor, rollup)
        cursor.execute(f"delete from {rollup.table}")
        cursor.execute(
            f"insert into {rollup.table} ({names}) select {key}, {columns} from ({text}) as recount "
            f"group by {key} order by {key}"
        )
        rows[rollup.table] = cursor.rowcount
    cursor.execute("delete from dossier_running")
    folding.fold(cursor, now)
    queries.run(cursor, "ledger", "bump_data_version")
    queries.run(cursor, "ledger", "tell_change")
    return rows


def told(differences: list[Difference]) -> list[dict]:
    """Return differences as the command prints them."""
    return [asdict(one) for one in differences]
