"""Commands of the push door: run it, and keep the senders that may call it."""

from __future__ import annotations

import json
import secrets
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager

from psycopg2.extensions import connection as Connection

from etl.connectors.options import duration
from etl.door import senders, server
from etl.door.records import Row, templates
from etl.door.senders import ENDINGS, New, Sender, SenderError
from etl.door.writer import Writer
from sql import database, embedded, queries
from sql.settings import Settings


def door(settings: Settings, given: Namespace) -> int:
    """Run the push door until it is stopped."""
    return server.run(settings)


def add(settings: Settings, given: Namespace) -> int:
    """Add a sender, and print once what it proves itself with."""
    password = given.password or secrets.token_urlsafe(18)
    units = [unit(text) for text in given.units]
    try:
        late_after_s = max(1, round(duration(given.late_after)))
    except ValueError as error:
        raise SenderError(f"--late-after {error}.") from None
    new = New(given.name, given.title or given.name, units, given.datasets, late_after_s, given.ok, password)
    with _connected(settings) as conn:
        key = senders.add(conn, new)
    feeds = [senders.feed_id(given.name, dataset) for dataset in given.datasets]
    if given.json:
        print(json.dumps({"name": given.name, "password": password, "api_key": key, "feeds": feeds}))
        return 0
    print(f"{given.name} may send; its feeds are {', '.join(feeds)}. Shown once, kept nowhere:")
    print(f"  username {given.name}\n  password {password}\n  api_key  {key}")
    return 0


def listed(settings: Settings, given: Namespace) -> int:
    """List every sender."""
    with _connected(settings) as conn:
        found = senders.listed(conn)
    if given.json:
        print(json.dumps(found, ensure_ascii=False, default=str))
        return 0
    for one in found:
        state = "disabled" if one["disabled_at"] else "enabled"
        called = f"{one['last_call_at']:%Y-%m-%d %H:%M}" if one["last_call_at"] else "never"
        print(f"{one['name']} ({one['title']}): {state}; units {' '.join(one['units'])}; "
              f"{', '.join(one['datasets'])}; last call {called}")  # fmt: skip
    if not found:
        print("There is no sender.")
    return 0


def disable(settings: Settings, given: Namespace) -> int:
    """Shut a sender out."""
    with _connected(settings) as conn:
        senders.disable(conn, given.name)
    print(f"{given.name} may no longer send; what it sent stays")
    return 0


def replay(settings: Settings, given: Namespace) -> int:
    """Store the held records of a sender again, by today's profile and by the sender's units of today."""
    with embedded.prepare(settings, valkey=False) as servers, closing(database.connect(servers.database_url)) as conn:
        sender = senders.by_name(conn, given.name)
        writer = Writer(servers.database_url, templates(settings.profile))
        with closing(writer):
            outcomes = _replay(conn, sender, writer)
    if given.json:
        print(json.dumps(outcomes))
    else:
        print(", ".join(f"{name} {count:,}" for name, count in sorted(outcomes.items())) or "Nothing is held.")
    return 0


def _replay(conn: Connection, sender: Sender, writer: Writer) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    datasets = {sender.feed_id(dataset): dataset for dataset in ENDINGS}
    after = 0
    while True:
        with conn, conn.cursor() as cursor:
            held = queries.run(cursor, "door", "held", feed_ids=list(datasets), after=after)
        if not held:
            return outcomes
        after = held[-1][0]
        rows = [
            Row(sender, datasets[feed_id], number, record, sender.unit_of(None), told_at)
            for number, (_, feed_id, record, told_at) in enumerate(held, 1)
        ]
        writer.write(rows)
        with conn, conn.cursor() as cursor:
            for (held_id, *_), row in zip(held, rows, strict=True):
                outcomes[row.outcome] += 1
                if row.outcome != "refused":
                    queries.run(cursor, "door", "release", id=held_id, load_id=row.load_id)


def unit(text: str) -> tuple[str, str]:
    """Return (unit code, madonvi) of `CODE` or `MADONVI=CODE`.

    >>> unit("760"), unit("H29.36=26734")
    (('760', ''), ('26734', 'H29.36'))
    """
    agency, _, code = text.rpartition("=")
    return code, agency


@contextmanager
def _connected(settings: Settings) -> Iterator[Connection]:
    with embedded.prepare(settings, valkey=False) as servers, closing(database.connect(servers.database_url)) as conn:
        yield conn
