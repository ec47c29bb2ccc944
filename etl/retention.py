"""Retention: the dossiers of old months are taken out, whole months at once; what they counted for stays.

A month goes when none of its dossiers is open and none has ended since the cut. Its partition is detached and moved,
with the steps, ratings and appointments of its dossiers, into the schema `retired`, for the archive to fetch and drop.
The rollups keep what happened; retired_* tables hold the same once more, so that verify and rebuild go on being exact.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl.months import UNDATED
from etl.verify import take_turns
from sql import queries

LEAST_MONTHS = 3  # screens look back 30 days, and clocks of open files reach over months
SLICE = 5_000
COUNTED = (  # of the months that go: the table that keeps it, and the function that writes its query
    ("retired_dossier_day", "dossier_days"),
    ("retired_procedure_day", "procedure_days"),
    ("retired_service_day", "service_days"),
    ("retired_service_unit_week", "service_weeks"),
    ("retired_activity_hour", "dossier_hours"),
)
BESIDE = ("dossier_step", "rating", "dossier_due_change", "dossier_pause")


@dataclass(frozen=True)
class Month:
    """Say what was found of a month before the cut; it goes when nothing holds it."""

    month: date
    dossiers: int
    open: int
    ended_since: int

    @property
    def goes(self) -> bool:
        """Tell whether the whole month is history."""
        return not self.open and not self.ended_since

    def told(self) -> dict:
        """Return the month as the command prints it."""
        return asdict(self) | {"month": f"{self.month:%Y-%m}" if self.month != UNDATED else None, "goes": self.goes}


def retire(conn: Connection, keep_months: int, now: datetime, is_dry: bool = False) -> list[Month]:
    """Take out what is older than `keep_months` months, each month in its own transaction; return what was found."""
    if keep_months < LEAST_MONTHS:
        raise ValueError(f"at least {LEAST_MONTHS} months are kept")
    with conn, conn.cursor() as cursor:
        cut = first_kept(cursor, keep_months, now)
        found = [_look(cursor, month, cut) for month in _stored(cursor) if month < cut]
    if not is_dry:
        for one in found:
            if one.goes:
                _detach(conn, one.month, cut)
        _retire_undated(conn, cut)
    return found


def first_kept(cursor: Cursor, keep_months: int, now: datetime) -> date:
    """Return the first day of the oldest month that stays."""
    cursor.execute("select city_zone()")
    today = now.astimezone(ZoneInfo(cursor.fetchone()[0])).date()
    months = today.year * 12 + today.month - 1 - keep_months
    return date(months // 12, months % 12 + 1, 1)


def partition(month: date) -> str:
    """Return the name of a month's partition."""
    return f"dossier_y{month:%Y}m{month:%m}"


def _stored(cursor: Cursor) -> list[date]:
    return [month for (month,) in queries.run(cursor, "retention", "months")]


def _look(cursor: Cursor, month: date, cut: date) -> Month:
    counts = queries.run(cursor, "retention", "month", month=month, cut=cut)[0]
    return Month(month, *counts)


def _detach(conn: Connection, month: date, cut: date) -> None:
    name = partition(month)
    with conn, conn.cursor() as cursor:
        _begin(cursor)
        if not _look(cursor, month, cut).goes:
            return  # a feed told of it meanwhile
        _keep_counts(cursor, name)
        queries.run(cursor, "retention", "note_month", month=month)
        cursor.execute(f"alter table dossier detach partition {name}")
        cursor.execute(f"alter table {name} set schema retired")
        _move_beside(cursor, name)


def _retire_undated(conn: Connection, cut: date) -> None:
    """Take out dossiers whose code tells no day, a slice at a time: those that ended before the cut."""
    while True:
        with conn, conn.cursor() as cursor:
            _begin(cursor)
            cursor.execute("set local city.is_retiring = 'on'")
            queries.run(cursor, "retention", "create_slice", cut=cut, slice=SLICE)
            if not cursor.rowcount:
                return
            _keep_counts(cursor, "retiring")
            cursor.execute("create table if not exists retired.dossier_undated (like dossier_undated)")
            cursor.execute("insert into retired.dossier_undated overriding user value select * from retiring")
            cursor.execute(f"delete from dossier where month = '{UNDATED}' and code in (select code from retiring)")
            _move_beside(cursor, "retiring", "dossier_undated")


def _begin(cursor: Cursor) -> None:
    take_turns(cursor)
    cursor.execute("select set_config('timezone', city_zone(), true); set local lock_timeout = '5s'")
    cursor.execute("create schema if not exists retired")


def _keep_counts(cursor: Cursor, source: str) -> None:
    facts = f"(select 1 as sign, true as opens, true as ends, d.* from {source} as d) as fact"
    for table, function in COUNTED:
        cursor.execute(f"select {function}(%s)", (facts,))
        cursor.execute(f"insert into {table} {cursor.fetchone()[0]}")
    ratings = f"(select 1 as sign, r.* from rating as r join {source} as d on d.code = r.dossier_code)"
    cursor.execute("select rating_shares(%s)", (ratings,))
    cursor.execute(f"insert into retired_rating_day {cursor.fetchone()[0]}")


def _move_beside(cursor: Cursor, source: str, name: str = "") -> None:
    """Move what belongs to the dossiers that went, from the tables beside them."""
    source = f"retired.{source}" if not name else source
    name = name or source.removeprefix("retired.")
    for table in BESIDE:
        target = f"retired.{name.replace('dossier', table, 1)}"
        cursor.execute(f"create table if not exists {target} (like {table})")
        cursor.execute(
            f"with gone as (delete from {table} where dossier_code in (select code from {source}) returning *) "
            f"insert into {target} select * from gone"
        )
