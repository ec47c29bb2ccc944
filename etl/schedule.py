"""When jobs run: Celery's app and beat's schedule. The jobs themselves are in etl/jobs.py, and known here by name.

Beat imports no more than this: a clock need not weigh as much as what it wakes.
"""

from __future__ import annotations

from pathlib import Path

import structlog
from celery import Celery
from kombu.transport.redis import Channel

from etl import feeds
from etl.connectors.errors import FeedError
from etl.feeds import Feed
from sql import valkey
from sql.settings import Settings

log = structlog.get_logger("schedule")
app = Celery("etl")
BACKFILL_EVERY_S = 3.0
HOUSEKEEPING_EVERY_S = 600.0
SENDERS_EVERY_S = 60.0
ATTRIBUTE_EVERY_S = 10.0


def configure(settings: Settings, broker: str, pulled: dict[str, Feed]) -> Celery:
    """Make the Celery app speak through a broker, and beat the pace of these feeds."""
    # A job that a lost connection held is not given back: over that very connection kombu fails to, and Celery's worker
    # ends for it. Beat sends the next one in a moment anyway.
    Channel.do_restore = False
    broker_url, options = valkey.broker(settings.broker_url or broker)
    app.conf.update(
        broker_url=broker_url,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={"visibility_timeout": 3600, "socket_timeout": 10, **options},
        task_ignore_result=True,
        task_default_queue="etl",
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        timezone="UTC",
        beat_schedule=schedule(pulled),
        beat_max_loop_interval=1,
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
    entries["senders"] = {"task": "etl.senders", "schedule": SENDERS_EVERY_S, "options": {"expires": SENDERS_EVERY_S}}
    entries["attribute"] = {
        "task": "etl.attribute",
        "schedule": ATTRIBUTE_EVERY_S,
        "options": {"expires": ATTRIBUTE_EVERY_S},
    }
    entries["housekeeping"] = {"task": "etl.housekeeping", "schedule": HOUSEKEEPING_EVERY_S, "options": {"expires": 60}}
    return entries
