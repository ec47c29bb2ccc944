"""Values on their way into a file: text that every reader can take, instants in the city's zone."""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date, datetime, tzinfo
from typing import Any

from dashboard.tables import Column, Row, Table, value

# XML 1.0 allows no other control characters; nothing that is not a character may be in a file.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    r"""Return a text in one spelling of its Vietnamese letters (NFC), without control characters.

    >>> clean("Go\u0300 Va\u0302\u0301p\x00")
    'Gò Vấp'
    """
    return unicodedata.normalize("NFC", UNPRINTABLE.sub("", text))


def cells(columns: Sequence[Column], row: Row, zone: tzinfo) -> list[Any]:
    """Return the values of a row in the order of the columns; instants become the city's wall time."""
    return [_plain(value(column, row), zone) for column in columns]


def rows(table: Table, zone: tzinfo) -> Iterator[list[Any]]:
    """Return the rows of a table one by one, as `cells` gives them."""
    return (cells(table.columns, row, zone) for row in table.rows)


def _plain(found: Any, zone: tzinfo) -> Any:
    if isinstance(found, str):
        return clean(found) or None
    if isinstance(found, float):
        return found if math.isfinite(found) else None
    if isinstance(found, datetime):
        return found.astimezone(zone).replace(tzinfo=None) if found.tzinfo else found
    return found


def days_since_1899(on: date) -> float:
    """Return a day or an instant as Excel counts it.

    >>> days_since_1899(date(1900, 3, 1)), days_since_1899(datetime(2026, 11, 22, 12))
    (61, 46348.5)
    """
    if isinstance(on, datetime):
        passed = on - datetime(1899, 12, 30)  # noqa: DTZ001  (wall time on both sides)
        return passed.days + passed.seconds / 86_400
    return (on - date(1899, 12, 30)).days
