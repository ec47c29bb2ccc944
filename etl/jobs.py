"""The jobs: what Celery's worker runs. Any number of hosts; a feed is pulled by one of them at a time."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import structlog
from celery import Celery
from celery.signals import worker_ready
from psycopg2.extensions import connection as Connection

from etl import backfill, clockwork, explain, folding, leases, ledger, runs, senders
from etl.feeds import Feed
from etl.schedule import BACKFILL_EVERY_S, app, configure, pulled_feeds
from sql import database, frames, queries, registry
from sql.registry_rows import city_of
from sql.settings import Settings

log = structlog.get_logger("jobs")
MOST_WINDOWS_SENT = 16
ATTRIBUTE_TURN_S = 20.0
_one_backfill = threading.Lock()


class Work:
    """What the jobs of this process work on; set by `configure`."""

    settings: Settings
    database_url: str
    feeds: dict[str, Feed]


def prepare(settings: Settings, database_url: str, broker: str) -> Celery:
    """Return the Celery app, ready to do the jobs of the profile's feeds on this database."""
    Work.settings, Work.database_url, Work.feeds = settings, database_url, pulled_feeds(settings.profile)
    made = configure(settings, broker, Work.feeds)
    made.conf.update(city_database_url=database_url, beat_scheduler="etl.beat:Leader")
    return made


@app.task(name="etl.pull")
def pull(feed_id: str) -> None:
    """Pull one feed from where it stands; a failure is told in the ledger and tried again at the next turn."""
    try:
        outcome = runs.pull(Work.database_url, Work.feeds[feed_id], datetime.now(UTC), Work.settings.secret)
    except runs.Busy:
        return
    if outcome.error:
        log.warning("pull_failed", feed=feed_id, load=outcome.load_id, error=outcome.error)
    elif outcome.counts.merged:
        log.info(
            "pulled", feed=feed_id, load=outcome.load_id, **{k: v for k, v in outcome.told().items() if k != "reasons"}
        )


@app.task(name="etl.backfill")
def backfill_turn() -> None:
    """Send a task for each of the first windows of history that wait; who is busy lets its task go by."""
    send_windows(MOST_WINDOWS_SENT)


@app.task(name="etl.window")
def load_window(feed_id: str, from_at: str) -> None:
    """Load one window of history, the named one if it still waits; one at a time in this process.

    A task that is lost costs nothing: the window stands in Postgres, and beat's next turn sends it again.
    """
    if not _one_backfill.acquire(blocking=False):
        return
    try:
        first = (feed_id, datetime.fromisoformat(from_at))
        outcome = backfill.work_once(
            Work.database_url, Work.feeds, Work.settings.secret, datetime.now(UTC), first=first
        )
    finally:
        _one_backfill.release()
    if outcome is not None and outcome.error is None:
        log.info("window_loaded", feed=outcome.feed_id, load=outcome.load_id, read=outcome.counts.read)
        send_windows(1)


def send_windows(most: int) -> None:
    """Send a task for each of the first windows that wait."""
    for feed_id, from_at in backfill.waiting(Work.database_url, datetime.now(UTC), most):
        load_window.apply_async((feed_id, from_at.isoformat()), expires=BACKFILL_EVERY_S)


@app.task(name="etl.senders")
def count_senders() -> None:
    """Count how promptly each unit's software tells of what has happened."""
    conn = database.connect(Work.database_url, "senders")
    try:
        with conn:
            zone = ZoneInfo(city_of(registry.read(conn)).timezone)
        senders.count(conn, datetime.now(UTC), zone)
    finally:
        conn.close()


@app.task(name="etl.attribute")
def attribute_turn() -> None:
    """Explain for a while who made dossiers late."""
    over_at = time.monotonic() + ATTRIBUTE_TURN_S
    if done := explain.turn(Work.database_url, lambda: time.monotonic() > over_at):
        log.info("attributed", dossiers=done)


@app.task(name="etl.housekeeping")
def housekeeping() -> None:
    """Thin old frames, fold rollups and loads, mark interrupted loads; one worker of all hosts at a time."""
    with (
        closing(database.connect(Work.database_url, "housekeeping")) as conn,
        leases.held(conn, Work.database_url, "housekeeping") as lease,
    ):
        if lease is None:
            return
        ledger.mark_interrupted(conn)
        clockwork.settle(conn, datetime.now(UTC))
        thinned = frames.thin(conn, datetime.now(UTC))
        idle = ledger.drop_idle_pulls(conn, datetime.now(UTC))
        pushed = fold_pushed(conn, datetime.now(UTC))
        before, after = folding.compact(conn, datetime.now(UTC))
        dropped = {"frames_dropped": thinned, "idle_pulls_dropped": idle, "push_loads_folded": pushed}
        log.info("housekeeping", **dropped, rollup_rows=after, folded=before - after)


def fold_pushed(conn: Connection, now: datetime) -> int:
    """Make one load of a feed's push loads of a day, once they are two days old; return how many days were folded."""
    with conn, conn.cursor() as cursor:
        return len(queries.run(cursor, "door", "fold_loads", before=now - ledger.IDLE_PULLS_STAY))


@worker_ready.connect
def start_history(**_: object) -> None:
    """Mark what a crash interrupted and plan the history of feeds that are new here."""
    conn = database.connect(Work.database_url, "jobs")
    try:
        ledger.mark_interrupted(conn)
        clockwork.settle(conn, datetime.now(UTC))
    finally:
        conn.close()
    planned = backfill.begin_history(
        Work.database_url, list(Work.feeds.values()), Work.settings.history_days, datetime.now(UTC)
    )
    log.info("ready", feeds=sorted(Work.feeds), windows_planned=planned)
