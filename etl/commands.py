"""What each command of the ETL does; every one returns its exit code."""

from __future__ import annotations

import json
import sys
import threading
from argparse import Namespace
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from etl import backfill as history
from etl import beat, clockwork, feeds, folding, jobs, ledger, logs, publisher, runs
from etl import publish as publishing
from etl import retention as retiring
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
    return tell([outcome], given.json)


def load(settings: Settings, given: Namespace) -> int:
    """Load files, then publish a frame."""
    feed = feeds.read(given.feed)
    with embedded.prepare(settings, valkey=uses_valkey(settings)) as servers:
        _settle(servers)
        outcomes = []
        for path in given.files:
            with Progress(path.name) as progress:
                outcomes.append(runs.load_file(servers.database_url, feed, path, progress))
        with closing(database.connect(servers.database_url)) as conn:
            folding.compact_when_large(conn, datetime.now(UTC))
        publishing.publish_once(servers.database_url, servers.redis_url)
    return tell(outcomes, given.json)


def pull(settings: Settings, given: Namespace) -> int:
    """Pull one feed once, then publish a frame."""
    feed = feed_named(settings, given.feed)
    with embedded.prepare(settings, valkey=uses_valkey(settings)) as servers, Progress(feed.id) as progress:
        try:
            outcome = runs.pull(servers.database_url, feed, datetime.now(UTC), settings.secret, told=progress)
        except runs.Busy:
            raise CommandError(f"Another worker is pulling {feed.id} just now.") from None
        publishing.publish_once(servers.database_url, servers.redis_url)
    return tell([outcome], given.json)


def backfill(settings: Settings, given: Namespace) -> int:
    """Pull a feed's history window by window; what is done already is not asked again."""
    feed = feed_named(settings, given.feed)
    with embedded.prepare(settings, valkey=uses_valkey(settings)) as servers:
        zone = _city_zone(servers)
        now = datetime.now(UTC)
        since, until = instant(given.since, zone), instant(given.until, zone) if given.until else now
        with closing(database.connect(servers.database_url)) as conn, conn, conn.cursor() as cursor:
            ledger.keep_feed(cursor, feed)
        planned = history.plan(servers.database_url, feed, since, until)
        print(f"{feed.id}: {planned} windows planned", file=sys.stderr)
        outcomes = history.work(servers.database_url, {feed.id: feed}, settings.secret, now, lambda: False, feed.id)
        publishing.publish_once(servers.database_url, servers.redis_url)
    return tell(outcomes, given.json)


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
        print(
            json.dumps(
                {"differences": len(differences), "first": verifying.told(differences[:50])},
                ensure_ascii=False,
                default=str,
            )
        )
    for one in () if given.json else differences[:50]:
        print(f"{one.where} {one.what}: stored {one.stored}, the facts say {one.counted}")
    print(f"{len(differences)} differences", file=sys.stderr if given.json else sys.stdout)
    return 1 if differences else 0


def rebuild(settings: Settings, given: Namespace) -> int:
    """Recompute what a changed profile left to do, and make every rollup anew from the facts."""
    with embedded.prepare(settings, valkey=uses_valkey(settings)) as servers:
        with closing(database.connect(servers.database_url)) as conn:
            changed, rows = clockwork.redo(conn, datetime.now(UTC))
        publishing.publish_once(servers.database_url, servers.redis_url)
    print(
        json.dumps(
            {"rollups": rows, "due_times": asdict(changed)}, ensure_ascii=False, indent=None if given.json else 2
        )
    )
    return 0


def compact(settings: Settings, given: Namespace) -> int:
    """Fold rollup rows."""
    with embedded.prepare(settings, valkey=False) as servers, closing(database.connect(servers.database_url)) as conn:
        before, after = folding.compact(conn, datetime.now(UTC))
    print(f"{before} rows folded into {after}")
    return 0


def retention(settings: Settings, given: Namespace) -> int:
    """Take the dossiers of old months out."""
    if given.keep_months < retiring.LEAST_MONTHS:
        raise CommandError(f"At least {retiring.LEAST_MONTHS} months are kept.")
    with embedded.prepare(settings, valkey=False) as servers, closing(database.connect(servers.database_url)) as conn:
        found = retiring.retire(conn, given.keep_months, datetime.now(UTC), given.dry_run)
    if given.json:
        print(json.dumps([one.told() for one in found]))
        return 0
    for one in found:
        said = "would go" if given.dry_run else "taken out"
        held = f"stays: {one.open:,} open, {one.ended_since:,} ended since"
        print(f"{one.month:%Y-%m}: {one.dossiers:,} dossiers, {said if one.goes else held}")
    print(f"{sum(one.goes for one in found)} of {len(found)} months before the cut")
    return 0


def worker(settings: Settings, given: Namespace, *more: str) -> int:
    """Run the Celery worker until it is stopped; one process, a thread a pull."""
    logs.begin(settings)
    with embedded.prepare(settings) as servers:
        app = jobs.prepare(settings, servers.database_url, embedded.valkey_url(settings))
        threads = settings.worker_concurrency + 1  # one of them for history, beside the live pulls
        quiet = ("--loglevel=warning", "--without-gossip", "--without-mingle", "--queues=etl")
        app.worker_main(["worker", "--pool=threads", f"--concurrency={threads}", *quiet, *more])
    return 0


def beat_on(settings: Settings, given: Namespace) -> int:
    """Run Celery beat until it is stopped."""
    return beat.run(settings)


def publish(settings: Settings, given: Namespace) -> int:
    """Run the publisher until it is stopped."""
    return publisher.run(settings)


def run(settings: Settings, given: Namespace) -> int:
    """Run worker, beat and publisher in one process until it is stopped."""
    logs.begin(settings)
    stopped = threading.Event()
    with embedded.prepare(settings) as servers:
        told = (servers.database_url, embedded.valkey_url(settings), stopped.is_set)
        beside = threading.Thread(target=publishing.run, args=told, name="publisher")
        beside.start()
        try:
            return worker(settings, given, "--beat")
        finally:
            stopped.set()
            beside.join(timeout=15)


def instant(text: str, zone: str) -> datetime:
    """Return the instant of an ISO text; without an offset it is local to the zone. CommandError when it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text} is not a time (ISO 8601, for example 2026-11-22T07:30:00+07:00).") from None
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _framer(conn) -> Framer:
    with conn:
        return Framer(registry.read(conn), datetime.now(UTC))


def _settle(servers: Servers) -> None:
    """Mark what a crash interrupted and do what a changed profile left undone, before new rows come in."""
    with closing(database.connect(servers.database_url)) as conn:
        ledger.mark_interrupted(conn)
        moved = clockwork.settle(conn, datetime.now(UTC))
    if moved:
        late, in_time = len(moved.became_late), len(moved.no_longer_late)
        said = f"{moved.moved} due times moved, {late} became late, {in_time} no longer late"
        print(f"The profile's clocks changed: {said}.", file=sys.stderr)


def _city_zone(servers: Servers) -> str:
    with closing(database.connect(servers.database_url)) as conn, conn, conn.cursor() as cursor:
        cursor.execute("select city_zone()")
        return cursor.fetchone()[0]


def uses_valkey(settings: Settings) -> bool:
    """Tell whether a short command should join Valkey: not when it would have to start one that nobody listens to."""
    return bool(settings.redis_url) or embedded_valkey.answers(embedded.data_dir(settings) / "valkey")


def feed_named(settings: Settings, name: str) -> Feed:
    """Return a feed of the profile by id, or a feed file by path; CommandError when there is none."""
    path = Path(name)
    if path.suffix == ".toml" and path.is_file():
        return feeds.read(path)
    known = {feed.id: feed for feed in profile_feeds(settings)}
    if name not in known:
        raise CommandError(
            f"The profile {settings.profile} has no feed {name}; it has {', '.join(sorted(known)) or 'none'}."
        )
    return known[name]


def profile_feeds(settings: Settings) -> list[Feed]:
    """Return every feed of the profile; FeedError for one that is broken."""
    return [feeds.read(path) for path in sorted((settings.profile / "feeds").glob("*.toml"))]


def tell(outcomes: list[Outcome], is_json: bool) -> int:
    """Print what became of each run, then the sum; 1 when a run failed."""
    for one in outcomes:
        said, where = one.told(), sys.stderr if is_json else sys.stdout
        parts = " + ".join(f"{name} {said[name]:,}" for name in ("merged", "unchanged", "refused"))
        print(f"{one.source}: read {said['read']:,} = {parts} · {said['rows_per_s']:,} rows/s", file=where)
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
