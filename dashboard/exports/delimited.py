"""One table as CSV: UTF-8 with a byte order mark (Excel reads Vietnamese then), row by row."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

from dashboard.exports.cells import clean, rows
from dashboard.tables import Table

MEDIA_TYPE = "text/csv; charset=utf-8"
BOM = "\ufeff"
PIECE_CHARACTERS = 64 * 1024
# A spreadsheet takes a text that begins so for a formula; the apostrophe says that it is none.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(table: Table, zone: tzinfo) -> Iterator[bytes]:
    """Write a table in pieces: a heading, then its rows; rates as fractions, days and times as ISO 8601 texts."""
    piece = io.StringIO()
    piece.write(BOM)
    sheet = csv.writer(piece)
    sheet.writerow([_harmless(clean(column.label)) for column in table.columns])
    for row in rows(table, zone):
        sheet.writerow([_written(cell) for cell in row])
        if piece.tell() >= PIECE_CHARACTERS:
            yield piece.getvalue().encode()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue().encode()


def _written(cell: Any) -> Any:
    if isinstance(cell, str):
        return _harmless(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    return "" if cell is None else cell


def _harmless(text: str) -> str:
    """Return a text that no spreadsheet computes.

    >>> _harmless("=1+1"), _harmless("Gò Vấp")
    ("'=1+1", 'Gò Vấp')
    """
    return f"'{text}" if text.startswith(FORMULA) else text
