"""The ledger: one row a run, the rows it refused, and where each feed stands."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl.connectors.batch import Rejected
from etl.feeds import Feed
from sql import queries

HELD_AT_ONCE = 1000
DETAIL_LENGTH = 500
IDLE_PULLS_STAY = timedelta(days=2)


@dataclass
class Counts:
    """Count what became of the rows of a load; read = merged + unchanged + refused, always."""

    merged: int = 0
    unchanged: int = 0
    refused: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """Count every row that was read."""
        return self.merged + self.unchanged + self.refused

    def add(self, other: Counts) -> None:
        """Add the counts of a batch."""
        self.merged += other.merged
        self.unchanged += other.unchanged
        self.refused += other.refused
        for reason, rows in other.reasons.items():
            self.reasons[reason] = self.reasons.get(reason, 0) + rows


@dataclass(frozen=True)
class Load:
    """Name one run in the ledger."""

    id: int
    feed_id: str
    started_at: datetime


def run(cursor: Cursor, name: str, /, **parameters: Any) -> list[tuple]:
    """Run one statement of sql/queries/ledger.sql."""
    return queries.run(cursor, "ledger", name, **parameters)


def begin(conn: Connection, feed: Feed, kind: str, source: str, source_hash: str | None = None) -> Load:
    """Open a run in the ledger and hold its lock for as long as the session lives."""
    with conn, conn.cursor() as cursor:
        keep_feed(cursor, feed)
        load_id, started_at = run(
            cursor, "begin_load", feed_id=feed.id, kind=kind, source=source, source_hash=source_hash
        )[0]
        run(cursor, "claim_load", load_id=load_id)
    return Load(load_id, feed.id, started_at)


def keep_feed(cursor: Cursor, feed: Feed) -> None:
    """Make the feed's row, or bring it up to its file."""
    run(cursor, "keep_feed", id=feed.id, dataset=feed.dataset, title=feed.title, kind=feed.connector.kind,
        late_after_s=feed.late_after_s, every_s=feed.every_s)  # fmt: skip


def add(cursor: Cursor, load: Load, counts: Counts, first: datetime | None, last: datetime | None) -> None:
    """Add a batch to its run, in the transaction of the batch."""
    run(cursor, "add_to_load", load_id=load.id, read=counts.read, merged=counts.merged, unchanged=counts.unchanged,
        refused=counts.refused, first_event_at=first, last_event_at=last)  # fmt: skip
    run(cursor, "note_feed", feed_id=load.feed_id, event_at=last)


def note_columns(cursor: Cursor, fact: str, columns: int) -> set[int]:
    """Note that a feed writes a set of columns of a fact table; return the sets that had been noted before."""
    seen = {mask for (mask,) in run(cursor, "columns_seen", fact=fact)}
    if columns not in seen:
        run(cursor, "note_columns", fact=fact, columns=columns)
    return seen


def hold(cursor: Cursor, load: Load, rejected: Iterable[Rejected]) -> None:
    """Put refused rows into quarantine, in the transaction of their batch."""
    rows = [
        {"feed_id": load.feed_id, "load_id": load.id, "row_no": one.row_no, "row": one.row}
        | {"reason": one.reason, "detail": one.detail[:DETAIL_LENGTH]}
        for one in rejected
    ]  # fmt: skip
    for first in range(0, len(rows), HELD_AT_ONCE):
        run(cursor, "hold_row", rows=json.dumps(rows[first : first + HELD_AT_ONCE]))


def end(conn: Connection, load: Load, error: str | None = None) -> None:
    """Close a run: done, or failed with the reason; what its batches committed stands."""
    with conn, conn.cursor() as cursor:
        run(cursor, "end_load", load_id=load.id, state="failed" if error else "done", error=error)
        _note(cursor, load, error)
        run(cursor, "release_load", load_id=load.id)


def note_trouble(conn: Connection, load: Load, error: str) -> None:
    """Say of a run that still goes on what keeps it waiting; its end says how it came out."""
    with conn, conn.cursor() as cursor:
        _note(cursor, load, error)


def _note(cursor: Cursor, load: Load, error: str | None) -> None:
    """Note how a feed does; the publisher is woken when that has changed, so that screens say it at once."""
    ((was_failing,),) = run(cursor, "is_failing", feed_id=load.feed_id)
    if error:
        run(cursor, "note_failed", feed_id=load.feed_id, error=error)
    else:
        run(cursor, "note_fetched", feed_id=load.feed_id)
    if was_failing != bool(error):
        run(cursor, "tell_change")


def drop_idle_pulls(conn: Connection, now: datetime) -> int:
    """Drop old pulls that brought nothing new; return how many went."""
    with conn, conn.cursor() as cursor:
        run(cursor, "drop_idle_pulls", two_days_ago=now - IDLE_PULLS_STAY)
        return cursor.rowcount


def mark_interrupted(conn: Connection) -> int:
    """Mark the runs whose program is gone; return how many there were."""
    marked = 0
    with conn, conn.cursor() as cursor:
        for (load_id,) in run(cursor, "running_loads"):
            run(cursor, "interrupt_load", load_id=load_id)
            marked += cursor.rowcount
    return marked
