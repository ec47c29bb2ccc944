"""A file of the national portal's envelopes: one of them, a list of them, or named ones in an object."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ijson

from etl.connectors.batch import Batch
from etl.connectors.errors import FeedError
from etl.connectors.feed import Feed
from etl.connectors.json_file import CHUNK_BYTES, told_errors
from etl.connectors.portal import service
from etl.connectors.records import Gathered, batches
from etl.connectors.source import Source, opened

_SERVICE, _DATA, _PART, _LAST_PART = "service", "data", "part", "last part"
Sign = tuple[int, str, str, Any]  # envelope, what of it, JSON event, its value


@dataclass
class _Envelope:
    """Hold what a first reading tells of an envelope; without `service` it is an answer that was saved."""

    service: str = ""
    holds_data: bool = False
    keys: set[str] = field(default_factory=set)


def read(feed: Feed, path: Path) -> Iterator[Batch]:
    """Read the records of the envelopes that belong to the feed's service; FeedError if there is none.

    The file is read twice, as a service may be named after its data; optional columns that no record has are left out.
    """
    envelopes = _envelopes(feed, path)
    wanted = {n for n, each in enumerate(envelopes) if each.holds_data and each.service in ("", service(feed))}
    if not wanted:
        known = ", ".join(sorted({each.service for each in envelopes if each.service})) or "none"
        raise FeedError(path, "connector.service", f"no envelope of {service(feed)}; services in the file: {known}")
    keys = set().union(*(envelopes[n].keys for n in wanted))
    feed = feed.without(name for name in feed.optional if name not in keys)
    gathered = Gathered(feed.source_columns)
    with opened(path, feed.connector.encoding, for_json=True) as source:
        signs = told_errors(_signs(source), source, gathered, feed, path)
        yield from batches(gathered, _records(signs, wanted), lambda: (source.read_bytes, source.total_bytes))


def _envelopes(feed: Feed, path: Path) -> list[_Envelope]:
    """Return the envelopes of a file, in order: their services, and the keys of their records."""
    found: defaultdict[int, _Envelope] = defaultdict(_Envelope)
    with opened(path, feed.connector.encoding, for_json=True) as source:
        for number, sign, event, value in told_errors(_signs(source), source, Gathered(()), feed, path):
            if sign == _SERVICE:
                found[number].service = str(value)
            elif sign == _DATA:
                found[number].holds_data = True
            elif event == "map_key" and value in feed.optional:
                found[number].keys.add(value)
    return [found[number] for number in range(max(found, default=-1) + 1)]


def _records(signs: Iterator[Sign], wanted: set[int]) -> Iterator[Any]:
    """Yield the records of the wanted envelopes."""
    builder = ijson.ObjectBuilder()
    for number, sign, event, value in signs:
        if number in wanted and sign in (_PART, _LAST_PART):
            builder.event(event, value)
            if sign == _LAST_PART:
                yield builder.value
                builder = ijson.ObjectBuilder()


def _signs(source: Source) -> Iterator[Sign]:
    """Yield what a file's JSON tells of its envelopes, numbered from 0.

    An envelope is the outermost object or one right below what is outermost; its records are the elements of `data`.
    """
    keys: list[str | None] = []  # of the containers that are open: the key at which an object stands, None in a list
    numbers: list[int] = []  # of the outermost container and of the envelope below it
    count, data_depth = 0, 0
    for event, value in ijson.basic_parse(source, buf_size=CHUNK_BYTES):
        if event.startswith("end_"):
            keys.pop()
        if event == "map_key":
            keys[-1] = value
        depth = len(keys)
        if data_depth and depth < data_depth:
            data_depth = 0  # the list of records has ended
        elif data_depth:
            whole = depth == data_depth and event not in ("map_key", "start_map", "start_array")
            yield numbers[-1], _LAST_PART if whole else _PART, event, value
        elif (event == "start_map" and depth < 2) or (event == "start_array" and depth == 0):
            numbers[depth:] = [count]
            count += 1
        elif keys[depth - 1 :] == ["data"] and event == "start_array" and depth < 3:
            data_depth = depth + 1
            numbers[depth:] = []
            yield numbers[-1], _DATA, event, None
        elif keys[depth - 1 :] == ["service"] and event == "string" and depth < 3:
            yield numbers[depth - 1], _SERVICE, event, value
        if event.startswith("start_"):
            keys.append(None)
