"""Excel files, read row by row."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from etl.connectors.batch import Batch
from etl.connectors.csv_file import placed
from etl.connectors.errors import FeedError
from etl.connectors.feed import Feed
from etl.connectors.records import Gathered, batches

_BROKEN = (BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError)


def read(feed: Feed, path: Path) -> Iterator[Batch]:
    """Read one sheet of an Excel file in batches; FeedError if it has no header or lacks a mapped column."""
    if not path.is_file():
        raise FeedError(path, "", "cannot be read: no such file")
    size = path.stat().st_size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of styles and extensions, which are not read
        rows = _rows(feed, path)
        header = next(rows, None)
        if header is None:
            raise FeedError(path, "", "the sheet is empty: it has no header")
        places, feed = placed(feed, ["" if cell is None else str(cell) for cell in header], path)
        gathered = Gathered(feed.source_columns)
        records = _records(rows, feed, places)
        yield from batches(gathered, records, lambda: (size, size))


def _rows(feed: Feed, path: Path) -> Iterator[Sequence[Any]]:
    """Yield the rows from the header down; FeedError for a file that is no workbook."""
    with path.open("rb") as stream:  # a stream, as by name only some endings are taken
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        except _BROKEN as error:
            raise FeedError(path, "", "is not an Excel file (.xlsx) that can be read") from error
        try:
            sheet = _sheet(book, feed, path)
            sheet.reset_dimensions()  # some writers tell a size that is too small
            yield from sheet.iter_rows(min_row=max(1, feed.connector.options["header_row"]), values_only=True)
        except _BROKEN as error:
            raise FeedError(path, "", "breaks off or is broken inside") from error
        finally:
            book.close()


def _sheet(book: openpyxl.Workbook, feed: Feed, path: Path) -> Any:
    wanted = feed.connector.options["sheet"]
    if wanted and wanted not in book.sheetnames:
        names = ", ".join(repr(name) for name in book.sheetnames)
        raise FeedError(path, "connector.sheet", f"there is no sheet {wanted!r}; the file has {names}")
    return book[wanted] if wanted else book.worksheets[0]


def _records(rows: Iterable[Sequence[Any]], feed: Feed, places: Sequence[int]) -> Iterator[dict[str, str | None]]:
    """Yield rows as records of mapped columns; rows without any content are none."""
    columns = list(zip(feed.source_columns, places, strict=True))
    for row in rows:
        if any(cell not in (None, "") for cell in row):
            yield {name: cell_text(row[at], feed.times.format) if at < len(row) else None for name, at in columns}


def cell_text(value: Any, form: str) -> str | None:
    """Return a cell as text: times in the feed's format, whole numbers without a decimal point.

    >>> cell_text(101001240734.0, "iso8601"), cell_text(datetime(2026, 1, 5, 8, 30), "%Y%m%d%H%M%S")
    ('101001240734', '20260105083000')
    """
    if isinstance(value, datetime | date):
        return value.isoformat() if form == "iso8601" else value.strftime(form)
    if isinstance(value, time | timedelta):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return None if value is None else str(value)
