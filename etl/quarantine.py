"""Commands of the quarantine: what is held and why, one row whole, and all of them loaded again."""

from __future__ import annotations

import json
from argparse import Namespace
from contextlib import closing

from etl import ledger, runs
from etl import publish as publishing
from etl.commands import CommandError, feed_named, profile_feeds, tell, uses_valkey
from sql import database, embedded
from sql.settings import Settings

LISTED = ("id", "feed", "load", "row_no", "row", "reason", "detail", "held_at")
SHOWN = (*LISTED[:7], "state", "held_at", "replayed_at", "replay_load", "source")


def listed(settings: Settings, given: Namespace) -> int:
    """Count the held rows by feed and reason, and list the first."""
    asked = {"feed_id": given.feed, "after": 0, "row_limit": given.limit}
    with (
        embedded.prepare(settings, valkey=False) as servers,
        closing(database.connect(servers.database_url)) as conn,
        conn.cursor() as cursor,
    ):
        counts = [one for one in ledger.run(cursor, "held_counts") if given.feed in (None, one[0])]
        rows = [dict(zip(LISTED, row, strict=True)) for row in ledger.run(cursor, "held_rows", **asked)]
    if given.json:
        by_reason = [{"feed": feed, "reason": reason, "rows": held} for feed, reason, held, _, _ in counts]
        said = {"held": sum(one["rows"] for one in by_reason), "by_reason": by_reason, "rows": rows}
        print(json.dumps(said, ensure_ascii=False, default=str))
        return 0
    for feed, reason, held, first, last in counts:
        print(f"{feed}: {held} held, {reason} ({first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M})")
    for row in rows:
        print("  {id}  {feed} load {load} row {row_no}: {reason} ({detail})".format(**row))
    if not counts:
        print("Nothing is held.")
    return 0


def show(settings: Settings, given: Namespace) -> int:
    """Show one row as it was received, and what became of it."""
    with (
        embedded.prepare(settings, valkey=False) as servers,
        closing(database.connect(servers.database_url)) as conn,
        conn.cursor() as cursor,
    ):
        found = ledger.run(cursor, "held_row", id=given.id)
    if not found:
        raise CommandError(f"The quarantine has no row {given.id}.")
    said = dict(zip(SHOWN, found[0], strict=True))
    print(json.dumps(said, ensure_ascii=False, default=str, indent=None if given.json else 2))
    return 0


def replay(settings: Settings, given: Namespace) -> int:
    """Load the held rows again, by today's feed files and profile."""
    with embedded.prepare(settings, valkey=uses_valkey(settings)) as servers:
        chosen = [feed_named(settings, given.feed)] if given.feed else profile_feeds(settings)
        outcomes = [runs.replay(servers.database_url, feed) for feed in chosen]
        publishing.publish_once(servers.database_url, servers.redis_url)
    return tell([one for one in outcomes if one.counts.read or given.feed], given.json)
