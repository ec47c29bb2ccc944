"""Runs: a file loaded, a source pulled, a quarantine replayed. Each is one row of the ledger."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl import extract, leases, ledger
from etl.connectors.batch import ROWS_PER_BATCH, Batch, Rejected
from etl.connectors.watch import UNWATCHED, Watch
from etl.facts import OBSERVED
from etl.feeds import Feed, FeedError
from etl.leases import Lease
from etl.ledger import Counts, Load
from etl.load import Hold, Loader, LoadError, Told
from etl.mapping import Mapper
from etl.observe import Observer
from sql import database, logs, registry


@dataclass(frozen=True)
class Outcome:
    """Say how a run ended; `error` None = well."""

    feed_id: str
    source: str
    counts: Counts
    seconds: float
    error: str | None = None
    load_id: int | None = None

    def told(self) -> dict:
        """Return the outcome as the commands print it."""
        counts = self.counts
        speed = round(counts.read / self.seconds) if self.seconds else 0
        said: dict[str, Any] = {
            "read": counts.read,
            "merged": counts.merged,
            "unchanged": counts.unchanged,
            "refused": counts.refused,
        }
        said |= {"reasons": counts.reasons, "seconds": round(self.seconds, 3), "rows_per_s": speed}
        return said | ({"error": self.error} if self.error else {})


class Busy(Exception):
    """Another worker is pulling this feed."""


def load_file(database_url: str, feed: Feed, path: Path, told: Told, is_dry: bool = False) -> Outcome:
    """Load one file; a dry run writes nothing and tells what a load would do."""
    started = time.perf_counter()
    conn = database.connect(database_url, f"load {feed.id}")
    try:
        if is_dry:
            return _dry(conn, feed, path, told, started)
        load = ledger.begin(conn, feed, "file", path.name, _hash(path) if path.is_file() else None)
        return _carry_out(conn, database_url, load, feed, path.name, extract.from_file(feed, path), told, started)
    finally:
        conn.close()


def pull(
    database_url: str,
    feed: Feed,
    now: datetime,
    secret: Callable[[str], str | None],
    told: Told = lambda counts, batch: None,
) -> Outcome:
    """Pull a source from where it stands; raise Busy while another worker of whatever host does."""
    started = time.perf_counter()
    with (
        closing(database.connect(database_url, f"pull {feed.id}")) as conn,
        leases.held(conn, database_url, f"pull {feed.id}") as lease,
    ):
        if lease is None:
            raise Busy(feed.id)
        load = ledger.begin(conn, feed, "pull", feed.connector.kind)
        where, feed = _where(conn, feed)
        batches = extract.from_source(feed, where, None, None, now, secret, watch=_watch(database_url, load))
        return _carry_out(
            conn, database_url, load, feed, load.feed_id, batches, told, started, trusts_clock=False, lease=lease
        )


def pull_window(
    conn: Connection,
    database_url: str,
    feed: Feed,
    now: datetime,
    secret: Callable[[str], str | None],
    since: datetime,
    until: datetime,
    lease: Lease,
) -> Outcome:
    """Pull the window `since`..`until` of a source's history on the session that holds the window's lease."""
    started = time.perf_counter()
    load = ledger.begin(conn, feed, "backfill", _window(feed, since, until))
    _, feed = _where(conn, feed)
    batches = _without_cursor(extract.from_source(feed, None, since, until, now, secret, watch=UNWATCHED))
    return _carry_out(conn, database_url, load, feed, load.feed_id, batches, _untold, started, lease=lease)


def _where(conn: Connection, feed: Feed) -> tuple[dict | None, Feed]:
    """Return where a feed's pulls stand, and the feed with the city's zone where it names none."""
    with conn, conn.cursor() as cursor:
        cursor_of_feed = ledger.run(cursor, "read_cursor", feed_id=feed.id)[0][0]
        cursor.execute("select city_zone()")
        return cursor_of_feed, feed.with_zone(cursor.fetchone()[0])


def _untold(counts: Counts, batch: Batch) -> None:
    """Tell nobody."""


def replay(database_url: str, feed: Feed, told: Told = lambda counts, batch: None) -> Outcome:
    """Load the held rows of a feed again; those that are accepted now leave the quarantine."""
    started = time.perf_counter()
    conn, reader = database.connect(database_url, f"replay {feed.id}"), database.connect(database_url, "replay")
    held: set[int] = set()
    refused: set[int] = set()

    def refuse_again(cursor: Cursor, load: Load, rejected: list[Rejected]) -> None:
        for one in rejected:
            refused.add(one.row_no)
            ledger.run(cursor, "refuse_again", id=one.row_no, reason=one.reason, detail=one.detail)

    try:
        load = ledger.begin(conn, feed, "replay", "quarantine")
        batches = _held(reader, feed, held)
        outcome = _carry_out(conn, database_url, load, feed, "quarantine", batches, told, started, refuse_again)
        if outcome.error is None:
            with reader, reader.cursor() as cursor:
                ledger.run(cursor, "release_rows", ids=sorted(held - refused), load_id=load.id)
        return outcome
    finally:
        conn.close()
        reader.close()


def _carry_out(
    conn: Connection,
    url: str,
    load: Load,
    feed: Feed,
    source: str,
    batches: Iterable[Batch],
    told: Told,
    started: float,
    hold: Hold = ledger.hold,
    trusts_clock: bool = True,
    lease: Lease | None = None,
) -> Outcome:
    error = None
    counts = Counts()
    try:
        loader = _loader(conn, url, load, feed, trusts_clock=trusts_clock)
        loader.hold = hold
        counts = loader.counts
        with logs.about(feed=load.feed_id, load=load.id):
            loader.run(_seen(batches, lease), told)
    except FeedError as failure:
        error = _named(load, "read", failure)
    except (LoadError, psycopg2.Error) as failure:
        error = str(failure).strip()
    if not conn.closed:
        conn.rollback()
        ledger.end(conn, load, error)
    else:
        with closing(database.connect(url, f"load {feed.id}")) as other:
            if lease is None or lease.is_ours(other):
                ledger.end(other, load, error)
            else:
                _end_alone(other, load, error)
    return Outcome(feed.id, source, counts, time.perf_counter() - started, error, load.id)


def _seen(batches: Iterable[Batch], lease: Lease | None) -> Iterator[Batch]:
    """Yield the batches; each one is progress."""
    for batch in batches:
        if lease is not None:
            lease.progressed()
        yield batch


def _end_alone(conn: Connection, load: Load, error: str | None) -> None:
    """Close a run whose feed another worker has taken over: what becomes of the feed is for that one to tell."""
    with conn, conn.cursor() as cursor:
        ledger.run(cursor, "end_load", load_id=load.id, state="failed", error=error or "another worker took over")


def _named(load: Load, step: str, failure: FeedError) -> str:
    """Return what went wrong with the names of feed, load and step."""
    where = "" if failure.file == load.feed_id else failure.file
    said = ": ".join(part for part in (where, failure.key, failure.reason) if part)
    return f"feed {load.feed_id}, load {load.id}, {step}: {said}"


def _watch(url: str, load: Load) -> Watch:
    """Return what tells the ledger, and so the screens, of a source that keeps its pull waiting."""

    def tell(path: str, reason: str) -> None:
        error = _named(load, "read", FeedError(load.feed_id, path, reason))
        with contextlib.suppress(psycopg2.Error), closing(database.connect(url, f"watch {load.feed_id}")) as conn:
            ledger.note_trouble(conn, load, error)

    return Watch(tell)


def _loader(
    conn: Connection, url: str, load: Load, feed: Feed, is_dry: bool = False, trusts_clock: bool = True
) -> Loader | Observer:
    with conn:
        known = registry.read(conn)
    if feed.dataset in OBSERVED:
        return Observer(conn, load, feed, known, is_dry)
    create = (lambda kind, name: 0) if is_dry else (lambda kind, name: _create(url, kind, name))
    return Loader(conn, load, Mapper(feed, known, load.started_at, create, trusts_clock), is_dry)


def _create(url: str, kind: str, name: str) -> int:
    """Add what a feed under `create` names to the registry, at once, for every run to see."""
    conn = database.connect(url, "create")
    try:
        with conn, conn.cursor() as cursor:
            return ledger.run(cursor, f"create_{kind}", name=name)[0][0]
    finally:
        conn.close()


def _dry(conn: Connection, feed: Feed, path: Path, told: Told, started: float) -> Outcome:
    """Do all that a load does, batch by batch, and roll every batch back."""
    with conn.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        load = Load(0, feed.id, cursor.fetchone()[0])
    conn.rollback()
    loader = _loader(conn, "", load, feed, is_dry=True)
    error = None
    try:
        loader.run(extract.from_file(feed, path), told)
    except (FeedError, LoadError) as failure:
        error = str(failure)
    return Outcome(feed.id, path.name, loader.counts, time.perf_counter() - started, error)


def _held(reader: Connection, feed: Feed, held: set[int]) -> Iterator[Batch]:
    """Yield the held rows as extract would, with their place in the quarantine as `row_no`."""
    after = 0
    while True:
        with reader, reader.cursor() as cursor:
            rows = ledger.run(cursor, "replayable_rows", feed_id=feed.id, after=after, row_limit=ROWS_PER_BATCH)
        if not rows:
            return
        after = rows[-1][0]
        ids, held_rows, told_at = zip(*rows, strict=True)
        held.update(ids)
        columns = {name: pa.array([row.get(name) for row in held_rows], pa.string()) for name in feed.source_columns}
        table = pa.table(columns | {"row_no": pa.array(ids, pa.int64())})
        yield Batch(table, [], 0, None, None, pa.array(told_at, pa.timestamp("us")))


def _without_cursor(batches: Iterable[Batch]) -> Iterator[Batch]:
    for batch in batches:
        yield Batch(batch.table, batch.rejected, batch.read_bytes, batch.total_bytes, None)


def _window(feed: Feed, since: datetime, until: datetime) -> str:
    return f"{feed.connector.kind} {since:%Y-%m-%dT%H:%M}..{until:%Y-%m-%dT%H:%M}"


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
