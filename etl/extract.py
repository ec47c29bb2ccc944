"""Read a source in batches of mapped columns: the step where everything that a feed does not map is left behind."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from etl.connectors import csv_file, http_json, json_file, open311, open311_file, portal, portal_file, xlsx_file
from etl.connectors.batch import ROWS_PER_BATCH, Batch, Rejected
from etl.connectors.client import Client
from etl.connectors.errors import FeedError
from etl.connectors.feed import Feed, expand
from etl.connectors.pull import Pull
from etl.connectors.watch import UNWATCHED, Watch

__all__ = ["ROWS_PER_BATCH", "Batch", "FeedError", "Rejected", "from_file", "from_source"]

_FILES: dict[str, Callable[[Feed, Path], Iterator[Batch]]] = {
    "csv": csv_file.read,
    "xlsx": xlsx_file.read,
    "json": json_file.read,
    "ndjson": json_file.read_lines,
    "http_json": json_file.read,
    "portal": portal_file.read,
    "open311": open311_file.read,
}

_SERVERS: dict[str, Callable[[Pull, Client], Iterator[Batch]]] = {
    "http_json": http_json.pull,
    "portal": portal.pull,
    "open311": open311.pull,
}


def from_file(feed: Feed, path: Path | str) -> Iterator[Batch]:
    """Yield the records of a file in batches; FeedError if it cannot be read as the feed says.

    For a feed that is pulled the file is an answer of its server that was saved.
    """
    return _FILES[feed.connector.kind](feed, Path(path))


def from_source(
    feed: Feed,
    cursor: dict[str, Any] | None,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
    secret: Callable[[str], str | None],
    sleep: Callable[[float], None] = time.sleep,
    watch: Watch = UNWATCHED,
) -> Iterator[Batch]:
    """Yield the records of a feed's server in batches, at least one; FeedError if it does not answer as it should.

    Without `since` the pull begins before the cursor, by the feed's overlap, or at the feed's `start` when there is no
    cursor yet. `until` makes it a backfill of [since, until), which leaves the cursor as it is. A batch's cursor may be
    stored once the batch is committed: only the last one moves. `secret` gives the value of a ${NAME} of the feed file;
    `watch` is told of every question that is not answered well at once.
    """
    if feed.connector.kind not in _SERVERS:
        raise FeedError(feed.path, "connector.kind", f"{feed.connector.kind} is a file: load it, it cannot be pulled")
    feed = expand(feed, secret)
    with Client(feed, now, sleep, watch) as client:
        yield from _SERVERS[feed.connector.kind](Pull(feed, cursor, since, until, now), client)
