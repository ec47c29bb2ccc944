"""The jobs: what Celery's worker and beat run. Any number of hosts; a feed is pulled by one of them at a time."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import structlog
from celery import Celery
from celery.signals import worker_ready

from etl import backfill, clockwork, feeds, ledger, runs, verify
from etl.connectors.errors import FeedError
from etl.feeds import Feed
from sql import database, frames
from sql.embedded import Servers
from sql.settings import Settings

log = structlog.get_logger("jobs")
app = Celery("etl")
BACKFILL_TURN_S = 30.0
BACKFILL_EVERY_S = 3.0
HOUSEKEEPING_EVERY_S = 600.0
_one_backfill = threading.Lock()


class Work:
    """What the jobs of this process work on; set by `configure`."""

    settings: Settings
    database_url: str
    feeds: dict[str, Feed]


def configure(settings: Settings, servers: Servers, broker: str) -> Celery:
    """Make the Celery app work on these servers and the feeds of the profile."""
    Work.settings, Work.database_url = settings, servers.database_url
    Work.feeds = pulled_feeds(settings.profile)
    app.conf.update(
        broker_url=broker.replace("unix://", "redis+socket://"),
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={"visibility_timeout": 3600, "socket_timeout": 10},
        task_ignore_result=True,
        task_default_queue="etl",
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        timezone="UTC",
        beat_schedule=schedule(Work.feeds),
        beat_max_loop_interval=1,
        beat_schedule_filename=str(settings.data_dir / "celerybeat"),
    )
    return app


def pulled_feeds(profile: Path) -> dict[str, Feed]:
    """Return the feeds of a profile that are pulled, by id; a broken feed file is told and left out."""
    found = {}
    for path in sorted((profile / "feeds").glob("*.toml")):
        try:
            feed = feeds.read(path)
        except FeedError as error:
            log.error("feed_file_broken", error=str(error))
            continue
        if feed.pulled:
            found[feed.id] = feed
    return found


def schedule(pulled: dict[str, Feed]) -> dict:
    """Return beat's schedule: each feed at its pace; a turn that could not begin in time is dropped, not queued."""
    entries = {
        f"pull {feed.id}": {
            "task": "etl.pull",
            "schedule": feed.every_s,
            "args": (feed.id,),
            "options": {"expires": max(feed.every_s, 1.0)},
        }
        for feed in pulled.values()
        if feed.every_s
    }
    entries["backfill"] = {
        "task": "etl.backfill",
        "schedule": BACKFILL_EVERY_S,
        "options": {"expires": BACKFILL_EVERY_S},
    }
    entries["housekeeping"] = {"task": "etl.housekeeping", "schedule": HOUSEKEEPING_EVERY_S, "options": {"expires": 60}}
    return entries


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


@app.task(name="etl.housekeeping")
def housekeeping() -> None:
    """Thin old frames, fold rollups, mark interrupted loads."""
    conn = database.connect(Work.database_url, "housekeeping")
    try:
        ledger.mark_interrupted(conn)
        clockwork.settle(conn, datetime.now(UTC))
        thinned = frames.thin(conn, datetime.now(UTC))
        before, after = verify.compact(conn)
        log.info("housekeeping", frames_dropped=thinned, rollup_rows=after, folded=before - after)
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
