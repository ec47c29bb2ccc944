"""Folding: the rows that speak of one cell of a rollup become one, and whole weeks of cells become running sums.

What has been folded stands in dossier_day_folded and, summed up from the first day on through each Sunday, in
dossier_running: a window of any length is the difference of two Sundays and a few days (dossier_window). What a load
brings late is appended to the fresh part, wherever its day lies, and counts from the moment it is committed.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from psycopg2 import errors
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl.facts import DOSSIERS
from etl.rollups import CELLS, ROLLUPS, Rollup

FRESH, FOLDED = f"{CELLS.table}_fresh", f"{CELLS.table}_folded"
MANY_BYTES = 64 << 20  # of fresh cells: pages would feel them
EMPTY_BYTES, ROW_BYTES = 8 << 20, 120  # when a table is written anew: this much beyond what its rows take
PATIENCE_MS = 2000
SUNDAY = 6
logger = logging.getLogger(__name__)


def compact(conn: Connection, now: datetime) -> tuple[int, int]:
    """Fold what was appended since; return the rows of dossier_day (before, after)."""
    with conn, conn.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", (DOSSIERS.turn,))
        before = _count(cursor)
        fold(cursor, now)
        after = _count(cursor)
    squeeze(conn)
    return before, after


def squeeze(conn: Connection) -> None:
    """Give back the pages that a fold has emptied: what is left stands behind them, and would be looked for in all.

    Readers wait as long as the few rows that are left take to be written; who reads for longer is not waited for.
    """
    for table in (FRESH, *(rollup.table for rollup in ROLLUPS if rollup.is_appended and rollup is not CELLS)):
        with conn, conn.cursor() as cursor:
            cursor.execute(f"select pg_relation_size('{table}'), (select count(*) from {table})")
            size, rows = cursor.fetchone()
        if size > EMPTY_BYTES + 4 * ROW_BYTES * rows:
            _rewrite(conn, table)


def _rewrite(conn: Connection, table: str) -> None:
    conn.autocommit = True
    try:
        with conn.cursor() as cursor:
            cursor.execute(f"set lock_timeout = '{PATIENCE_MS}ms'")
            cursor.execute(f"vacuum (full, analyze) {table}")
    except errors.LockNotAvailable:
        logger.info("%s is being read: its empty pages stay until the next fold", table)
    finally:
        with conn.cursor() as cursor:
            cursor.execute("reset lock_timeout")
        conn.autocommit = False


def compact_when_large(conn: Connection, now: datetime) -> bool:
    """Fold when a load has appended much; return whether it was done."""
    with conn, conn.cursor() as cursor:
        cursor.execute("select pg_relation_size(%s)", (FRESH,))
        if cursor.fetchone()[0] < MANY_BYTES:
            return False
    compact(conn, now)
    with conn, conn.cursor() as cursor:
        cursor.execute(f"analyze {CELLS.table}, dossier_running")
    return True


def fold(cursor: Cursor, now: datetime) -> None:
    """Fold every appended rollup in the caller's transaction, which has the dossiers' turn."""
    cursor.execute("set local enable_hashjoin = on")
    through = last_sunday(cursor, now)
    first = _fold_cells(cursor, through)
    _sum_up(cursor, first, through)
    for rollup in ROLLUPS:
        if rollup.is_appended and rollup is not CELLS:
            _fold_twins(cursor, rollup)


def last_sunday(cursor: Cursor, now: datetime) -> date:
    """Return the last Sunday that is over in the city."""
    cursor.execute("select city_zone()")
    today = now.astimezone(ZoneInfo(cursor.fetchone()[0])).date()
    return today - timedelta(days=today.weekday() + 1)


def _fold_cells(cursor: Cursor, through: date) -> date | None:
    """Move the cells of whole weeks to the folded part and fold the others; return the first day that was touched."""
    cursor.execute(f"select min(day) from {FRESH} where day <= %s", (through,))
    first = cursor.fetchone()[0]
    names, key, sums = _names(CELLS)
    folded = f"select {key}, {sums} from old group by {key} having {_is_something(CELLS)} order by {key}"
    cursor.execute(
        f"with touched as (select distinct day from {FRESH} where day <= %(through)s), "
        f"was as (delete from {FOLDED} where day in (select day from touched) returning {names}), "
        f"fresh as (delete from {FRESH} where day <= %(through)s returning {names}), "
        f"old as (select * from was union all select * from fresh) "
        f"insert into {FOLDED} ({names}, is_folded) "
        f"select {names}, true from ({folded}) as cell",
        {"through": through},
    )
    cursor.execute(f"with old as (delete from {FRESH} returning {names}) insert into {FRESH} ({names}) {folded}")
    return first


def _sum_up(cursor: Cursor, first: date | None, through: date) -> None:
    """Bring the running sums up to a Sunday, anew from the week of the first day that was touched on."""
    cursor.execute("select max(through) + 1 from dossier_running")
    begins = [day for day in (first, cursor.fetchone()[0]) if day is not None]
    if not begins:
        return
    monday = min(begins) - timedelta(days=min(begins).weekday())
    cursor.execute("delete from dossier_running where through >= %s", (monday,))
    names = ", ".join(("through", "unit_id", "field_id", *CELLS.sums))
    cursor.execute(
        f"insert into dossier_running ({names}) select {names} from ({running_text()}) as summed "
        "where through >= %(monday)s order by through, unit_id, field_id",
        {"monday": monday, "before": monday - timedelta(days=1), "through": through},
    )


def running_text() -> str:
    """Return the query of the running sums from a Monday on: those of the day before it, and the folded cells since."""
    columns = ", ".join(f"sum(sum({name})) over cell as {name}" for name in CELLS.sums)
    zeros = ", ".join("0" for _ in CELLS.sums)
    sums = ", ".join(CELLS.sums)
    known = (
        f"select unit_id, field_id from {FOLDED} where day between %(monday)s and %(through)s "
        "union select unit_id, field_id from dossier_running where through = %(before)s"
    )
    told = (
        f"select through, unit_id, field_id, {sums} from dossier_running where through = %(before)s "
        f"union all select week_of(day) + {SUNDAY}, unit_id, field_id, {sums} from {FOLDED} "
        "where day between %(monday)s and %(through)s "
        f"union all select sunday::date, unit_id, field_id, {zeros} from ({known}) as known, "
        f"generate_series(%(monday)s::date + {SUNDAY}, %(through)s::date, '7 days') as sunday"
    )
    return (
        f"select through, unit_id, field_id, {columns} from ({told}) as told group by through, unit_id, field_id "
        "window cell as (partition by unit_id, field_id order by through)"
    )


def _fold_twins(cursor: Cursor, rollup: Rollup) -> None:
    """Fold the days of an appended rollup on which several rows speak of one cell."""
    names, key, sums = _names(rollup)
    day = rollup.key[0]
    cursor.execute(
        f"with touched as (select distinct {day} from (select {key} from {rollup.table} group by {key} "
        f"having count(*) > 1) as twin), "
        f"old as (delete from {rollup.table} where {day} in (select {day} from touched) returning {names}) "
        f"insert into {rollup.table} ({names}) select {key}, {sums} from old group by {key} "
        f"having {_is_something(rollup)} order by {key}"
    )


def _names(rollup: Rollup) -> tuple[str, str, str]:
    """Return (every column, the key, the sums) as SQL."""
    sums = ", ".join(f"sum({name})::integer as {name}" for name in rollup.sums)
    return ", ".join((*rollup.key, *rollup.sums)), ", ".join(rollup.key), sums


def _is_something(rollup: Rollup) -> str:
    return f"({', '.join(f'sum({name})' for name in rollup.sums)}) <> ({', '.join('0' for _ in rollup.sums)})"


def _count(cursor: Cursor) -> int:
    cursor.execute(f"select count(*) from {CELLS.table}")
    return cursor.fetchone()[0]
