"""Read a source in batches of mapped columns: the step where everything that a feed does not map is left behind."""

from collections.abc import Callable, Iterator
from pathlib import Path

from etl.connectors import csv_file
from etl.connectors.batch import ROWS_PER_BATCH, Batch, Rejected
from etl.connectors.errors import FeedError
from etl.connectors.feed import Feed

__all__ = ["ROWS_PER_BATCH", "Batch", "FeedError", "Rejected", "from_file"]

_READERS: dict[str, Callable[[Feed, Path], Iterator[Batch]]] = {
    "csv": csv_file.read,
}


def from_file(feed: Feed, path: Path | str) -> Iterator[Batch]:
    """Yield the records of a file; FeedError if it cannot be read as the feed says."""
    return _READERS[feed.connector.kind](feed, Path(path))
