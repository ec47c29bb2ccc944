"""JSON files, read as a stream, and files with one JSON record a line."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ijson

from etl.connectors.batch import NO_RECORD, ROWS_PER_BATCH, Batch
from etl.connectors.errors import FeedError
from etl.connectors.feed import Feed
from etl.connectors.records import Gathered, batches
from etl.connectors.source import UNREADABLE_FILE, Source, opened

_LINE_BYTES = 16 << 20
CHUNK_BYTES = 64 << 10
_PLACED_BYTES = 16 << 20  # broken JSON in a file up to this size is told by line and column

Shape = Callable[[Any], Any]


def read(feed: Feed, path: Path, shape: Shape | None = None) -> Iterator[Batch]:
    """Read the records of a JSON file in batches; `shape` may change a record before its columns are taken."""
    records = feed.connector.options.get("records", "") or _only_array(feed, path)
    gathered = Gathered(feed.source_columns)
    with opened(path, feed.connector.encoding, for_json=True) as source:
        items = ijson.items(source, f"{records}.item".lstrip("."), buf_size=CHUNK_BYTES)
        told = told_errors(items, source, gathered, feed, path)
        shaped = map(shape, told) if shape else told
        yield from batches(gathered, shaped, lambda: (source.read_bytes, source.total_bytes))
    if not gathered.read and records not in (arrays := _arrays(feed, path)):
        names = ", ".join(name or "the file itself" for name in arrays) or "none"
        raise FeedError(path, "connector.records", f"there is no list at {records!r}; the file's lists are: {names}")


def told_errors(items: Iterator[Any], source: Source, gathered: Gathered, feed: Feed, path: Path) -> Iterator[Any]:
    """Yield the items; broken JSON ends in a FeedError that says where, and nothing of what stands there."""
    try:
        yield from items
    except ijson.JSONError as error:
        where = _place(feed, path) or f"near byte {source.read_bytes}"
        raise FeedError(path, "", f"is broken JSON after record {gathered.read}, {where}") from error
    except UNREADABLE_FILE as error:
        raise FeedError(path, "", f"breaks off after record {gathered.read}") from error


def _place(feed: Feed, path: Path) -> str | None:
    """Return the line and column where a small file's JSON is broken."""
    if path.stat().st_size > _PLACED_BYTES:
        return None
    try:
        with opened(path, feed.connector.encoding, for_json=True) as source:
            json.loads(io.BufferedReader(source).read(_PLACED_BYTES + 1))
    except json.JSONDecodeError as error:
        return f"line {error.lineno}, column {error.colno}"
    except (ValueError, RecursionError):
        return None
    return None


def _only_array(feed: Feed, path: Path) -> str:
    """Return where the records are when the feed does not say: the file itself, or its one list of objects."""
    arrays = _arrays(feed, path)
    found = [prefix for prefix, holds in arrays.items() if holds] or list(arrays)
    if len(found) != 1:
        names = ", ".join(found) or "none"
        raise FeedError(path, "connector.records", f"say where the records are; the file's lists are: {names}")
    return found[0]


def _arrays(feed: Feed, path: Path) -> dict[str, bool]:
    """Return the lists of a file that lie in no other list, and whether they hold objects."""
    found: dict[str, bool] = {}
    with opened(path, feed.connector.encoding, for_json=True) as source:
        events = told_errors(ijson.parse(source, buf_size=CHUNK_BYTES), source, Gathered(()), feed, path)
        for prefix, event, _ in events:
            if event == "start_array" and not prefix:
                return {"": True}
            if event == "start_array" and "item" not in prefix.split("."):
                found[prefix] = False
            elif event == "start_map" and prefix.endswith(".item") and prefix.removesuffix(".item") in found:
                found[prefix.removesuffix(".item")] = True
    return found


def read_lines(feed: Feed, path: Path) -> Iterator[Batch]:
    """Read a file with one JSON record a line; a line that is none is refused and the rest loads."""
    gathered = Gathered(feed.source_columns)
    with opened(path, feed.connector.encoding, for_json=True) as source:
        for number, line in enumerate(_lines(source, path), 1):
            if line.strip():
                _add_line(gathered, number, line)
            if len(gathered) >= ROWS_PER_BATCH:
                yield gathered.batch(source.read_bytes, source.total_bytes)
        if len(gathered):
            yield gathered.batch(source.read_bytes, source.total_bytes)


def _lines(source: Source, path: Path) -> Iterator[bytes]:
    buffered = io.BufferedReader(source, CHUNK_BYTES)
    number = 0
    try:
        while line := buffered.readline(_LINE_BYTES):
            number += 1
            if len(line) == _LINE_BYTES:
                raise FeedError(path, "", f"line {number} is longer than 16 MB: is this one record a line?")
            yield line
    except UNREADABLE_FILE as error:
        raise FeedError(path, "", f"breaks off after line {number}") from error


def _add_line(gathered: Gathered, number: int, line: bytes) -> None:
    """Take one line; numbers keep the digits that they have in the file."""
    try:
        record = json.loads(line.decode("utf-8").rstrip(), parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        gathered.read += 1
        gathered.refuse(NO_RECORD, f"line {number}: broken JSON at column {error.colno}")
    except RecursionError:
        gathered.read += 1
        gathered.refuse(NO_RECORD, f"line {number}: nested too deeply")
    else:
        gathered.add(record)
