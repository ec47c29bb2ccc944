"""A program that loads one file in small batches, and may die at a point: `URL FEED FILE ROWS_A_BATCH [POINT BATCH]`.

POINT is `before` (the ledger has its row, nothing else), `inside` (facts and counts are written, not committed) or
`after` (the batch is committed). The program kills itself as `kill -9` does; it prints each batch that is committed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from etl import extract, feeds, ledger
from etl.connectors.batch import Batch
from etl.load import Loader
from etl.mapping import Mapper
from sql import database, registry


def main(url: str, feed_file: str, file: str, size: str, point: str = "", at: str = "0") -> None:
    feed = feeds.read(feed_file)
    conn = database.connect(url, "loading")
    with conn:
        known = registry.read(conn)
    load = ledger.begin(conn, feed, "file", Path(file).name)
    if point == "before":
        die()
    loader = Loader(conn, load, Mapper(feed, known, load.started_at))
    begun = iter(range(1, sys.maxsize))

    whole = ledger.add

    def add(*told) -> None:
        whole(*told)
        if next(begun) == int(at) and point == "inside":
            die()

    def told(counts, batch) -> None:
        print(counts.read, flush=True)
        if point == "after" and counts.read >= int(at) * int(size):
            die()

    ledger.add = add
    counts = loader.run(small(extract.from_file(feed, file), int(size)), told)
    ledger.end(conn, load)
    print(f"merged {counts.merged} of {counts.read}", flush=True)


def small(batches: Iterator[Batch], size: int) -> Iterator[Batch]:
    """Cut batches into smaller ones."""
    for batch in batches:
        for first in range(0, batch.table.num_rows, size):
            yield Batch(batch.table.slice(first, size), batch.rejected if first == 0 else [], 0, None, None)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
