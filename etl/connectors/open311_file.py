"""A saved answer of an Open311 server, in JSON or XML."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from defusedxml import DefusedXmlException, ElementTree

from etl.connectors import json_file
from etl.connectors.batch import Batch
from etl.connectors.errors import FeedError
from etl.connectors.feed import Feed
from etl.connectors.geo_report import of_element, shaped
from etl.connectors.records import Gathered, batches
from etl.connectors.source import UNREADABLE_FILE, Source, opened


def read(feed: Feed, path: Path) -> Iterator[Batch]:
    """Read the requests of a file; whether it is XML is seen from its first sign."""
    with opened(path, feed.connector.encoding) as source:
        try:
            first = source.read(64).lstrip()[:1]
        except UNREADABLE_FILE as error:
            raise FeedError(path, "", "cannot be read") from error
    if first != b"<":
        yield from json_file.read(feed, path, shaped)
        return
    gathered = Gathered(feed.source_columns)
    with opened(path, "utf-8") as source:  # an XML file names its encoding itself
        records = map(shaped, _requests(source, gathered, path))
        yield from batches(gathered, records, lambda: (source.read_bytes, source.total_bytes))


def _requests(source: Source, gathered: Gathered, path: Path) -> Iterator[Any]:
    """Yield each request of an XML file; those that were read are let go."""
    depth = 0
    try:
        for event, element in ElementTree.iterparse(source, events=("start", "end")):
            depth += 1 if event == "start" else -1
            if event == "end" and depth == 1:
                yield of_element(element)
                element.clear()
    except (ElementTree.ParseError, DefusedXmlException, *UNREADABLE_FILE) as error:
        raise FeedError(path, "", f"is broken XML after record {gathered.read}") from error
