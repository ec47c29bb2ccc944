"""What feeds deliver, for the tests of the data path: feed files, batches, and what stands in the database after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from psycopg2.extensions import connection as Connection

from etl import feeds, ledger, runs, verify
from etl.connectors.batch import Batch
from etl.facts import FACTS
from etl.feeds import Feed
from etl.framing import Framer
from etl.load import Loader
from etl.mapping import Mapper
from etl.rollups import FOLLOWING, ROLLUPS
from etl.runs import Outcome
from sql import database, registry

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 20, 3, 30, tzinfo=UTC)  # a Friday, 10:30 in the city
KEYS = {"dossier": "code", "dossier_step": "dossier_code, code", "rating": "dossier_code, stage", "ticket": "code"}
EMPTIED = (
    *KEYS, "dossier_due_change", "dossier_pause", "observation", *(one.table for one in ROLLUPS), "fact_columns",
    "dossier_running", "frame", "quarantine", "backfill_window", "load", "open_dossier", "traced_dossier",
    "lateness_share", "lateness_day", "lateness_city_day", "trace_day", "apology_letter", "letter_verdict",
    "letter_owed",
)  # fmt: skip
Row = dict[str, str | None]


def local(day: int, hour: int = 9, minute: int = 0, month: int = 11) -> datetime:
    """Return an instant of 2026 on the city's clock."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def feed_of(
    folder: Path, feed_id: str, dataset: str, columns: Iterable[str], kind: str = "csv", more: str = "",
    zone: str = "Asia/Ho_Chi_Minh", url: str = "", times: bool = True,
) -> Feed:  # fmt: skip
    """Write a feed file whose source columns are called as the canonical ones, and read it."""
    path = folder / f"{feed_id}.toml"
    parts = [f'[feed]\nid = "{feed_id}"\ndataset = "{dataset}"\ntitle = "{feed_id}"\nlate_after = "10m"']
    parts.append(f'[connector]\nkind = "{kind}"' + (f'\nurl = "{url}"' if url else ""))
    parts += ["[columns]", *(f'{name} = "{name}"' for name in columns)]
    parts += ["[times]", *(['format = "iso8601"'] if times else []), f'zone = "{zone}"', more]
    path.write_text("\n".join(parts) + "\n", "utf-8")
    return feeds.read(path)


def written(path: Path, feed: Feed, rows: Iterable[Row]) -> Path:
    """Write rows as the CSV file of a feed."""
    lines = [",".join(feed.source_columns)]
    lines += [",".join(row.get(name) or "" for name in feed.source_columns) for row in rows]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def batches_of(feed: Feed, rows: Sequence[Row], size: int) -> list[Batch]:
    """Return rows as extract hands them on, at most `size` in a batch."""
    made = []
    for first in range(0, len(rows), size):
        part = rows[first : first + size]
        columns = {name: pa.array([row.get(name) for row in part], pa.string()) for name in feed.source_columns}
        numbers = pa.array(range(first + 1, first + 1 + len(part)), pa.int64())
        made.append(Batch(pa.table(columns | {"row_no": numbers}), [], 0, None, None))
    return made


def deliver(conn: Connection, feed: Feed, batches: Iterable[Batch]) -> ledger.Counts:
    """Load batches as one run of the ledger; return its counts."""
    with conn:
        known = registry.read(conn)
    load = ledger.begin(conn, feed, "file", "delivery")
    counts = Loader(conn, load, Mapper(feed, known, load.started_at)).run(batches)
    ledger.end(conn, load)
    return counts


def loaded(url: str, feed: Feed, path: Path, is_dry: bool = False) -> Outcome:
    """Load a file as the command does."""
    return runs.load_file(url, feed, path, lambda counts, batch: None, is_dry)


def emptied(conn: Connection) -> None:
    """Forget every fact, rollup and load; the registry stays."""
    with conn, conn.cursor() as cursor:
        cursor.execute(f"truncate {', '.join(EMPTIED)}")
        cursor.execute(
            "update feed set event_at = null, fetched_at = null, failed_at = null, error = null, cursor = null"
        )


@dataclass(frozen=True)
class State:
    """Hold what stands in the database, in a form that does not depend on how it came there."""

    facts: dict[str, list[tuple]]
    due_changes: list[tuple]
    rollups: dict[str, list[tuple]]


def state(conn: Connection) -> State:
    """Return facts, changes of appointments and summed rollups; loads are left out."""
    with conn, conn.cursor() as cursor:
        facts = {table: _fact(cursor, table) for table in KEYS}
        cursor.execute(
            "select dossier_code, due_at, since from dossier_due_change as c where "
            "(select count(*) from dossier_due_change as o where o.dossier_code = c.dossier_code) > 1 order by 1, 2"
        )
        changes = cursor.fetchall()
        return State(facts, changes, {one.table: _rollup(cursor, one) for one in FOLLOWING})


def _fact(cursor, table: str) -> list[tuple]:
    """Return the rows of a fact with the version of each column, however the row keeps it."""
    cursor.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 order by attnum", (table,)
    )
    kept = [name for (name,) in cursor.fetchall() if name not in ("load_id", "column_versions")]
    size = len(next(fact.columns for fact in FACTS.values() if fact.table == table))
    versions = ", ".join(
        f"case when column_versions is not null then column_versions[{at + 1}] "
        f"when columns & {1 << at} <> 0 then version_at end"
        for at in range(size)
    )
    cursor.execute(f"select {', '.join(kept)}, {versions} from {table} order by {KEYS[table]}")
    return cursor.fetchall()


def _rollup(cursor, rollup) -> list[tuple]:
    sums = ", ".join(f"sum({name})::int" for name in rollup.sums)
    nothing = ", ".join("0" for _ in rollup.sums)
    key = ", ".join(rollup.key)
    cursor.execute(
        f"select {key}, {sums} from {rollup.table} group by {key} having ({sums}) <> ({nothing}) order by {key}"
    )
    return cursor.fetchall()


def framer_of(url: str, now: datetime = NOW) -> Framer:
    """Return a framer on the registry of a database."""
    with closing(database.connect(url)) as conn:
        return Framer(registry.read(conn), now)


def differences(conn: Connection, framer: Framer, now: datetime = NOW) -> list[Any]:
    """Return what verify finds."""
    return verify.verify(conn, framer, now)


def hours(first: datetime, count: int, step: timedelta = timedelta(hours=1)) -> list[datetime]:
    """Return instants at a steady pace."""
    return [first + step * place for place in range(count)]


def rows(conn: Connection, query: str, *values: Any) -> list[tuple]:
    """Return the rows of a query."""
    with conn, conn.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def one(conn: Connection, query: str, *values: Any) -> Any:
    """Return the one value of a query."""
    return rows(conn, query, *values)[0][0]
