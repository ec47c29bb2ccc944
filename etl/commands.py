"""What each command of the ETL does; every one returns its exit code."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from etl import backfill as history
from etl import clockwork, feeds, jobs, ledger, runs
from etl import publish as publishing
from etl import verify as verifying
from etl.feeds import Feed
from etl.framing import Framer
from etl.progress import Progress
from etl.runs import Outcome
from sql import database, embedded, embedded_valkey, registry
from sql.embedded import Servers
from sql.settings import Settings


class CommandError(Exception):
    """A command that cannot be done; the message is one sentence."""


def check(settings: Settings, given: Namespace) -> int:
    """Tell what loading a file would do, and write nothing."""
    feed = feeds.read(given.feed)
    with embedded.prepare(settings, valkey=False) as servers, Progress(given.file.name) as progress:
        outcome = runs.load_file(servers.database_url, feed, given.file, progress, is_dry=True)
    return _tell([outcome], given.json)


def load(settings: Settings, given: Namespace) -> int:
    """Load files, then publish a frame."""
    feed = feeds.read(given.feed)
    with embedded.prepare(settings, valkey=_has_valkey(settings)) as servers:
        _settle(servers)
        outcomes = []
        for path in given.files:
            with Progress(path.name) as progress:
                outcomes.append(runs.load_file(servers.database_url, feed, path, progress))
        publishing.publish_once(servers.database_url, servers.redis_url)
    return _tell(outcomes, given.json)


def pull(settings: Settings, given: Namespace) -> int:
    """Pull one feed once, then publish a frame."""
    feed = _feed(settings, given.feed)
    with embedded.prepare(settings, valkey=_has_valkey(settings)) as servers, Progress(feed.id) as progress:
        try:
            outcome = runs.pull(servers.database_url, feed, datetime.now(UTC), settings.secret, told=progress)
        except runs.Busy:
            raise CommandError(f"Another worker is pulling {feed.id} just now.") from None
        publishing.publish_once(servers.database_url, servers.redis_url)
    return _tell([outcome], given.json)


def backfill(settings: Settings, given: Namespace) -> int:
    """Pull a feed's history window by window; what is done already is not asked again."""
    feed = _feed(settings, given.feed)
    with embedded.prepare(settings, valkey=_has_valkey(settings)) as servers:
        zone = _city_zone(servers)
        now = datetime.now(UTC)
        since, until = instant(given.since, zone), instant(given.until, zone) if given.until else now
        with closing(database.connect(servers.database_url)) as conn, conn, conn.cursor() as cursor:
            ledger.keep_feed(cursor, feed)
        planned = history.plan(servers.database_url, feed, since, until)
        print(f"{feed.id}: {planned} windows planned", file=sys.stderr)
        outcomes = history.work(servers.database_url, {feed.id: feed}, settings.secret, now, lambda: False, feed.id)
        publishing.publish_once(servers.database_url, servers.redis_url)
    return _tell(outcomes, given.json)


def recount(settings: Settings, given: Namespace) -> int:
    """Print the indicators of an instant, computed from the facts."""
    with embedded.prepare(settings, valkey=False) as servers, closing(database.connect(servers.database_url)) as conn:
        framer = _framer(conn)
        at = instant(given.at, framer.city.timezone) if given.at else datetime.now(UTC)
        counted = framer.recount(conn, at)
    print(json.dumps(counted, ensure_ascii=False, indent=None if given.json else 2))
    return 0


def verify(settings: Settings, given: Namespace) -> int:
    """Compare rollups and frame with the facts; 1 when they differ."""
    with embedded.prepare(settings, valkey=False) as servers, closing(database.connect(servers.database_url)) as conn:
        differences = verifying.verify(conn, _framer(conn), publishing.to_the_millisecond())
    if given.json:
        print(json.dumps({"differences": len(differences), "first": verifying.told(differences[:50])}, ensure_ascii=False, default=str))
    for one in () if given.json else differences[:50]:
        print(f"{one.where} {one.what}: stored {one.stored}, the facts say {one.counted}")
    print(f"{len(differences)} differences", file=sys.stderr if given.json else sys.stdout)
    return 1 if differences else 0


def rebuild(settings: Settings, given: Namespace) -> int:
    """Recompute what a changed profile left to do, and make every rollup anew from the facts."""
    with embedded.prepare(settings, valkey=_has_valkey(settings)) as servers:
        with closing(database.connect(servers.database_url)) as conn:
            changed = clockwork.recompute(conn, datetime.now(UTC))
            rows = verifying.rebuild(conn, _framer(conn).city.timezone)
            with conn:
                registry.settle(conn, datetime.now(UTC))
        publishing.publish_once(servers.database_url, servers.redis_url)
    print(json.dumps({"rollups": rows, "due_times": asdict(changed)}, ensure_ascii=False, indent=None if given.json else 2))
    return 0


def compact(settings: Settings, given: Namespace) -> int:
    """Fold rollup rows."""
    with embedded.prepare(settings, valkey=False) as servers, closing(database.connect(servers.database_url)) as conn:
        before, after = verifying.compact(conn)
    print(f"{before} rows folded into {after}")
    return 0


def quarantine_list(settings: Settings, given: Namespace) -> int:
    """List the held rows and count them by reason."""
    with embedded.prepare(settings, valkey=False) as servers, closing(database.connect(servers.database_url)) as conn:
        with conn, conn.cursor() as cursor:
            counts = ledger.run(cursor, "held_counts")
            rows = ledger.run(cursor, "held_rows", feed_id=given.feed, after=0, row_limit=given.limit)
    counts = [one for one in counts if given.feed in (None, one[0])]
    if given.json:
        names = ("id", "feed", "load", "row_no", "row", "reason", "detail", "held_at")
        by_reason = [{"feed": f, "reason": r, "rows": n} for f, r, n, _, _ in counts]
        print(json.dumps({"held": sum(one[2] for one in counts), "by_reason": by_reason,
                          "rows": [dict(zip(names, row, strict=True)) for row in rows]}, ensure_ascii=False, default=str))  # fmt: skip
        return 0
    for feed, reason, held, first, last in counts:
        print(f"{feed}: {held} held, {reason} ({first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M})")
    for row_id, feed, load_id, row_no, _, reason, detail, _ in rows:
        print(f"  {row_id}  {feed} load {load_id} row {row_no}: {reason} ({detail})")
    if not counts:
        print("Nothing is held.")
    return 0


def quarantine_show(settings: Settings, given: Namespace) -> int:
    """Show one row of the quarantine."""
    with embedded.prepare(settings, valkey=False) as servers, closing(database.connect(servers.database_url)) as conn:
        with conn, conn.cursor() as cursor:
            found = ledger.run(cursor, "held_row", id=given.id)
    if not found:
        raise CommandError(f"The quarantine has no row {given.id}.")
    names = ("id", "feed", "load", "row_no", "row", "reason", "detail", "state", "held_at", "replayed_at", "replay_load", "source")
    said = dict(zip(names, found[0], strict=True))
    print(json.dumps(said, ensure_ascii=False, default=str, indent=None if given.json else 2))
    return 0


def quarantine_replay(settings: Settings, given: Namespace) -> int:
    """Load held rows again."""
    with embedded.prepare(settings, valkey=_has_valkey(settings)) as servers:
        chosen = [_feed(settings, given.feed)] if given.feed else _profile_feeds(settings)
        outcomes = [runs.replay(servers.database_url, feed) for feed in chosen]
        publishing.publish_once(servers.database_url, servers.redis_url)
    return _tell([one for one in outcomes if one.counts.read or given.feed], given.json)


def worker(settings: Settings, given: Namespace, *more: str) -> int:
    """Run the Celery worker until it is stopped; one process, a thread a pull."""
    _log(settings)
    with embedded.prepare(settings) as servers:
        app = jobs.configure(settings, servers, embedded.valkey_url(settings))
        app.worker_main(["worker", "--pool=threads", f"--concurrency={settings.worker_concurrency + 1}", "--loglevel=warning",
                         "--without-gossip", "--without-mingle", "--queues=etl", *more])  # fmt: skip
    return 0


def beat(settings: Settings, given: Namespace) -> int:
    """Run Celery beat until it is stopped."""
    _log(settings)
    with embedded.prepare(settings) as servers:
        app = jobs.configure(settings, servers, embedded.valkey_url(settings))
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        app.Beat(loglevel="warning").run()
    return 0


def publish(settings: Settings, given: Namespace) -> int:
    """Run the publisher until it is stopped."""
    _log(settings)
    with embedded.prepare(settings) as servers:
        publishing.run(servers.database_url, embedded.valkey_url(settings), until_stopped())
    return 0


def run(settings: Settings, given: Namespace) -> int:
    """Run worker, beat and publisher in one process until it is stopped."""
    _log(settings)
    stopped = threading.Event()
    with embedded.prepare(settings) as servers:
        told = (servers.database_url, embedded.valkey_url(settings), stopped.is_set)
        publisher = threading.Thread(target=publishing.run, args=told, name="publisher")
        publisher.start()
        try:
            return worker(settings, given, "--beat", f"--schedule={settings.data_dir / 'celerybeat'}")
        finally:
            stopped.set()
            publisher.join(timeout=15)


def instant(text: str, zone: str) -> datetime:
    """Return the instant of an ISO text; without an offset it is local to the zone. CommandError when it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text} is not a time (ISO 8601, for example 2026-11-22T07:30:00+07:00).") from None
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def until_stopped() -> Callable[[], bool]:
    """Return a question that is answered True once SIGTERM or SIGINT has come."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped.is_set


def _framer(conn) -> Framer:
    with conn:
        return Framer(registry.read(conn), datetime.now(UTC))


def _settle(servers: Servers) -> None:
    """Do what a changed profile left undone before new rows come in."""
    with closing(database.connect(servers.database_url)) as conn:
        moved = clockwork.settle(conn, datetime.now(UTC))
    if moved:
        said = f"{moved.moved} due times moved, {len(moved.became_late)} became late, {len(moved.no_longer_late)} no longer late"
        print(f"The profile's clocks changed: {said}.", file=sys.stderr)


def _city_zone(servers: Servers) -> str:
    with closing(database.connect(servers.database_url)) as conn, conn, conn.cursor() as cursor:
        cursor.execute("select city_zone()")
        return cursor.fetchone()[0]


def _has_valkey(settings: Settings) -> bool:
    """Tell whether a short command should join Valkey: not when it would have to start one that nobody listens to."""
    return bool(settings.redis_url) or embedded_valkey.answers(embedded.data_dir(settings) / "valkey")


def _feed(settings: Settings, name: str) -> Feed:
    path = Path(name)
    if path.suffix == ".toml" and path.is_file():
        return feeds.read(path)
    known = {feed.id: feed for feed in _profile_feeds(settings)}
    if name not in known:
        raise CommandError(f"The profile {settings.profile} has no feed {name}; it has {', '.join(sorted(known)) or 'none'}.")
    return known[name]


def _profile_feeds(settings: Settings) -> list[Feed]:
    return [feeds.read(path) for path in sorted((settings.profile / "feeds").glob("*.toml"))]


def _tell(outcomes: list[Outcome], is_json: bool) -> int:
    """Print what became of each run, then the sum; 1 when a run failed."""
    for one in outcomes:
        said, where = one.told(), sys.stderr if is_json else sys.stdout
        line = "{source}: read {read:,} = merged {merged:,} + unchanged {unchanged:,} + refused {refused:,} · {rows_per_s:,} rows/s"
        print(line.format(source=one.source, **said), file=where)
        for reason, rows in sorted(one.counts.reasons.items(), key=lambda pair: -pair[1]):
            print(f"  refused {rows:,}: {reason}", file=where)
        if one.error:
            print(f"{one.source}: {one.error}", file=sys.stderr)
    if is_json:
        print(json.dumps(_sum(outcomes), ensure_ascii=False))
    return 1 if any(one.error for one in outcomes) else 0


def _sum(outcomes: list[Outcome]) -> dict:
    total = Outcome("", "", ledger.Counts(), sum(one.seconds for one in outcomes))
    for one in outcomes:
        total.counts.add(one.counts)
    errors = [one.error for one in outcomes if one.error]
    return total.told() | ({"errors": errors} if errors else {})


def _log(settings: Settings) -> None:
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso"), structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
