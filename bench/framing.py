"""What a frame costs the database, with a whole year of dossiers in it."""

from __future__ import annotations

import statistics
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from bench import city, year
from bench.rows import Row, smaller
from etl import feeds, folding, runs
from etl.framing import Framer
from etl.publish import Publisher, Stream
from sql import database, registry

LIMIT_MS = 50.0
SENT_LIMIT_MS = 250.0
FRAMES = 31
PART = 4


class Timed(Cursor):
    """A cursor that adds up the seconds it waits for the database."""

    waited_s = 0.0

    def execute(self, query: Any, vars: Any = None) -> None:
        """Run a statement."""
        started = time.perf_counter()
        super().execute(query, vars)
        Timed.waited_s += time.perf_counter() - started

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows."""
        started = time.perf_counter()
        rows = super().fetchall()
        Timed.waited_s += time.perf_counter() - started
        return rows


def measure(rows: int) -> list[Row]:
    """Compute frames at a quarter of the rows and at all of them, as of the evening of the year's last day."""
    told = []
    with city.folder() as place, city.server() as server:
        for size in (rows // PART, rows):
            with server.city() as url:
                _fill(url, place / "year.csv", size)
                server.settle()
                told.append(costs(url))
            print(
                f"  frame at {size:,} rows: {told[-1][0]:.1f} ms of the database, {told[-1][1]:.1f} ms in all",
                file=sys.stderr,
            )
    (part_ms, _, _), (whole_ms, total_ms, sent_ms) = told
    return [
        smaller(f"frame at {rows:,} dossiers, database (ms)", whole_ms, LIMIT_MS, 1.0),
        Row(f"frame at {rows:,} dossiers, in all (ms)", total_ms),
        Row(f"frame, growth from {rows // PART:,} to {rows:,} dossiers (times)", whole_ms / part_ms),
        smaller("committed → frame stored, beyond the beat (ms)", sent_ms, SENT_LIMIT_MS, 1.0),
    ]


def last_evening() -> datetime:
    """Return an instant of the year's last day: 17:30 on the city's clock."""
    zone = ZoneInfo(city.read_profile().timezone)
    return datetime.combine(year.LAST_DAY, datetime.min.time(), zone).astimezone(UTC) + timedelta(hours=17, minutes=30)


def _fill(url: str, path: Path, rows: int) -> None:
    year.write(path, year.City.of(city.read_profile()), rows)
    outcome = runs.load_file(url, feeds.read(year.FEED), path, lambda counts, batch: None)
    if outcome.error:
        raise RuntimeError(outcome.error)
    with closing(database.connect(url)) as conn:
        folding.compact(conn, last_evening())
        conn.autocommit = True
        with conn.cursor() as cursor:
            cursor.execute("vacuum analyze")  # as autovacuum leaves the tables of a city that lives


def costs(url: str) -> tuple[float, float, float]:
    """Return medians in ms: the database's share of a frame, all of it, and a frame computed, stored and handed on."""
    with closing(database.connect(url, "bench frame")) as conn:
        with conn:
            framer = Framer(registry.read(conn), last_evening())
        conn.cursor_factory = Timed
        inside, total = zip(*(_frame(framer, conn, nth) for nth in range(FRAMES)), strict=True)
    with closing(database.connect(url, "bench publisher")) as conn:
        publisher = Publisher(conn, Stream(None), last_evening)
        sent = [_seconds(publisher) for _ in range(FRAMES)]
    return tuple(1000 * statistics.median(one[1:]) for one in (inside, total, sent))


def _frame(framer: Framer, conn: Connection, nth: int) -> tuple[float, float]:
    started, Timed.waited_s = time.perf_counter(), 0.0
    framer.frame(conn, last_evening() + timedelta(seconds=nth))
    return Timed.waited_s, time.perf_counter() - started


def _seconds(publisher: Publisher) -> float:
    started = time.perf_counter()
    publisher.publish()
    return time.perf_counter() - started
