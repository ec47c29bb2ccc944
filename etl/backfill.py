"""History of pulled feeds: planned as windows, the newest first, each one load; live pulls go on beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import structlog
from psycopg2.extensions import cursor as Cursor

from etl import runs
from etl.feeds import Feed
from etl.runs import Outcome
from sql import database, queries

log = structlog.get_logger("backfill")
MOST_TRIES = 5
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
                if queries.run(cursor, "backfill", "is_planned", feed_id=feed.id)[0][0]:
                    continue
                queries.run(cursor, "backfill", "set_start", feed_id=feed.id, since=now.isoformat())
                planned += _plan(cursor, feed, now - timedelta(days=days), now) if days else 0
    finally:
        conn.close()
    return planned


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
    conn = database.connect(database_url, "backfill")
    try:
        while not is_over():
            with conn, conn.cursor() as cursor:
                found = queries.run(cursor, "backfill", "claim", feed_id=feed_id)
                if not found:
                    break
                of, since, until, tries = found[0]
                outcome = _load_window(database_url, feeds.get(of), of, since, until, secret, now)
                outcomes.append(outcome)
                state = "done" if outcome.error is None else "failed" if tries + 1 >= MOST_TRIES else "waiting"
                queries.run(
                    cursor, "backfill", "finish", feed_id=of, from_at=since, state=state, load_id=outcome.load_id
                )
            if outcome.error is not None:
                log.warning("backfill_failed", feed=of, since=since.isoformat(), error=outcome.error)
                break  # the source may need a rest; the next call tries again
    finally:
        conn.close()
    return outcomes


def _load_window(database_url, feed, feed_id, since, until, secret, now) -> Outcome:
    if feed is None:
        return Outcome(feed_id, "backfill", runs.Counts(), 0.0, f"the profile has no feed {feed_id}")
    return runs.pull(database_url, feed, now, secret, since, until)
