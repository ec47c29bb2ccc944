"""The jobs: what Celery's worker runs. Any number of hosts; a feed is pulled by one of them at a time."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import structlog
from celery import Celery
from celery.signals import worker_ready

from etl import backfill, clockwork, explain, ledger, runs, senders, verify
from etl.feeds import Feed
from etl.schedule import app, configure, pulled_feeds
from sql import database, frames, registry
from sql.registry_rows import city_of
from sql.settings import Settings

log = structlog.get_logger("jobs")
BACKFILL_TURN_S = 30.0
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
    return configure(settings, broker, Work.feeds)


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
    """Load history for a while, then let others have a turn; one at a time in this process."""
    if not _one_backfill.acquire(blocking=False):
        return
    try:
        over_at = time.monotonic() + BACKFILL_TURN_S
        backfill.work(
            Work.database_url, Work.feeds, Work.settings.secret, datetime.now(UTC), lambda: time.monotonic() > over_at
        )
    finally:
        _one_backfill.release()


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
    """Thin old frames, fold rollups, mark interrupted loads."""
    conn = database.connect(Work.database_url, "housekeeping")
    try:
        ledger.mark_interrupted(conn)
        clockwork.settle(conn, datetime.now(UTC))
        thinned = frames.thin(conn, datetime.now(UTC))
        idle = ledger.drop_idle_pulls(conn, datetime.now(UTC))
        before, after = verify.compact(conn)
        dropped = {"frames_dropped": thinned, "idle_pulls_dropped": idle}
        log.info("housekeeping", **dropped, rollup_rows=after, folded=before - after)
    finally:
        conn.close()


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
