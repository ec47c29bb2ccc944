"""History of pulled feeds: planned as windows, the newest first, each one load; live pulls go on beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl import leases, runs
from etl.feeds import Feed
from etl.leases import Lease
from etl.runs import Outcome
from sql import database, queries

log = structlog.get_logger("backfill")
MOST_TRIES = 8
FIRST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=5)
FIRST_DAYS = 3
FIRST_WINDOW = timedelta(days=1)
WINDOW = timedelta(days=7)
WIDE_WINDOW = timedelta(days=30)
WIDE = ("tickets", "observations", "targets")  # few records a day


def windows(since: datetime, until: datetime, width: timedelta = WINDOW) -> Iterator[tuple[datetime, datetime]]:
    """Yield windows from the newest to the oldest: single days first, so that screens fill soon, then wider.

    >>> from datetime import UTC
    >>> [(a.day, b.day) for a, b in windows(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 12, tzinfo=UTC))]
    [(11, 12), (10, 11), (9, 10), (2, 9), (1, 2)]
    """
    end = until
    while end > since:
        size = FIRST_WINDOW if until - end < FIRST_WINDOW * FIRST_DAYS else width
        begin = max(end - size, since)
        yield begin, end
        end = begin


def plan(database_url: str, feed: Feed, since: datetime, until: datetime) -> int:
    """Write down the windows of a backfill; return how many are new, or wait again after having failed."""
    conn = database.connect(database_url, "backfill")
    try:
        with conn, conn.cursor() as cursor:
            return _plan(cursor, feed, since, until)
    finally:
        conn.close()


def _plan(cursor: Cursor, feed: Feed, since: datetime, until: datetime) -> int:
    width = WIDE_WINDOW if feed.dataset in WIDE else WINDOW
    planned = [{"from_at": begin.isoformat(), "to_at": end.isoformat()} for begin, end in windows(since, until, width)]
    queries.run(cursor, "backfill", "plan", feed_id=feed.id, windows=json.dumps(planned))
    return cursor.rowcount


def begin_history(database_url: str, feeds: list[Feed], days: int, now: datetime) -> int:
    """Plan the history of every pulled feed that is new here, and let its live pulls begin where that ends."""
    planned = 0
    conn = database.connect(database_url, "backfill")
    try:
        for feed in feeds:
            with conn, conn.cursor() as cursor:
                queries.run(cursor, "backfill", "lock_feed", feed_id=feed.id)
                if queries.run(cursor, "backfill", "is_planned", feed_id=feed.id)[0][0]:
                    continue
                queries.run(cursor, "backfill", "set_start", feed_id=feed.id, since=now.isoformat())
                planned += _plan(cursor, feed, now - timedelta(days=days), now) if days else 0
    finally:
        conn.close()
    return planned


@dataclass(frozen=True)
class Window:
    """Name a window of a feed's history."""

    feed_id: str
    since: datetime
    until: datetime
    tries: int

    @property
    def lease(self) -> str:
        """Return the name of the lease that its worker holds."""
        return f"backfill {self.feed_id} {self.since.isoformat()}"


def waiting(database_url: str, now: datetime, most: int) -> list[tuple[str, datetime]]:
    """Return (feed, first instant) of the first windows that somebody could begin with."""
    with closing(database.connect(database_url, "backfill")) as conn, conn, conn.cursor() as cursor:
        return queries.run(cursor, "backfill", "waiting", now=now, row_limit=most)


def work(
    database_url: str,
    feeds: dict[str, Feed],
    secret: Callable[[str], str | None],
    now: datetime,
    is_over: Callable[[], bool],
    feed_id: str | None = None,
) -> list[Outcome]:
    """Load waiting windows (of one feed, if named), one after the other, until none is left or `is_over`."""
    outcomes = []
    while not is_over():
        outcome = work_once(database_url, feeds, secret, now, feed_id)
        if outcome is None:
            break
        outcomes.append(outcome)
        if outcome.error is not None:
            break  # the source may need a rest; the next call tries again
    return outcomes


def work_once(
    database_url: str,
    feeds: dict[str, Feed],
    secret: Callable[[str], str | None],
    now: datetime,
    feed_id: str | None = None,
    first: tuple[str, datetime] | None = None,
) -> Outcome | None:
    """Load one window that nobody works on, `first` before others; None when there is none.

    Several workers may do so at once: each window has a lease, and one that a worker left behind is begun anew.
    """
    with closing(database.connect(database_url, "backfill")) as conn:
        with conn, conn.cursor() as cursor:
            rows = queries.run(cursor, "backfill", "open_windows", now=now, feed_id=feed_id)
        found = [Window(*row) for row in rows]
        for window in sorted(found, key=lambda one: (one.feed_id, one.since) != first):
            with leases.held(conn, database_url, window.lease) as lease:
                if lease is not None and _begin(conn, window):
                    return _load(conn, database_url, feeds.get(window.feed_id), window, secret, now, lease)
    return None


def _begin(conn: Connection, window: Window) -> bool:
    with conn, conn.cursor() as cursor:
        return bool(
            queries.run(cursor, "backfill", "begin", feed_id=window.feed_id, from_at=window.since, to_at=window.until)
        )


def _load(
    conn: Connection,
    database_url: str,
    feed: Feed | None,
    window: Window,
    secret: Callable[[str], str | None],
    now: datetime,
    lease: Lease,
) -> Outcome:
    """Load a window on the session that holds its lease, and say how it ended: both or neither are this worker's."""
    if feed is None:
        said = f"the profile has no feed {window.feed_id}"
        outcome = Outcome(window.feed_id, "backfill", runs.Counts(), 0.0, said)
    else:
        outcome = runs.pull_window(conn, database_url, feed, now, secret, window.since, window.until, lease)
    if outcome.error is not None:
        log.warning("backfill_failed", feed=window.feed_id, since=window.since.isoformat(), error=outcome.error)
    if not conn.closed:
        _finish(conn, window, outcome, now)
    return outcome


def _finish(conn: Connection, window: Window, outcome: Outcome, now: datetime) -> None:
    retry_at = None
    state = "done"
    if outcome.error is not None:
        state = "failed" if window.tries + 1 >= MOST_TRIES else "waiting"
        retry_at = now + rest(window.tries)
    with conn, conn.cursor() as cursor:
        queries.run(
            cursor, "backfill", "finish", feed_id=window.feed_id, from_at=window.since, to_at=window.until,
            state=state, load_id=outcome.load_id, retry_at=retry_at,
        )  # fmt: skip


def rest(tries: int) -> timedelta:
    """Return how long a window waits after it has failed once more.

    >>> rest(0).total_seconds(), rest(3).total_seconds(), rest(9).total_seconds()
    (5.0, 40.0, 300.0)
    """
    return min(FIRST_REST * 2**tries, LONGEST_REST)
