"""CSV files, read in blocks by pyarrow: no Python on the rows that are good."""

import csv
import io
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from etl.connectors.batch import ROWS_PER_BATCH, WRONG_FIELDS, Batch, Rejected, screen
from etl.connectors.errors import FeedError
from etl.connectors.feed import Feed
from etl.connectors.source import UNREADABLE_FILE, Source, opened

BLOCK_BYTES = 1 << 20  # pyarrow reads up to 32 blocks ahead: larger ones only cost memory
GATHERED_ROWS = 25_000
_LAST_LINE = "end-of-file-9f3c61"


def read(feed: Feed, path: Path) -> Iterator[Batch]:
    """Read a CSV file in batches; FeedError if it has no header, lacks a mapped column or breaks off in a quote."""
    header = _header(feed, path)
    places, feed = placed(feed, header, path)
    with opened(path, feed.connector.encoding, f"\n{_probe(feed, len(header))}\n".encode()) as source:
        yield from _Reading(feed, path, source, len(header), places).batches()


def placed(feed: Feed, header: Sequence[str], path: Path) -> tuple[list[int], Feed]:
    """Return where the feed's columns stand in a header, and the feed without optional ones that are not there."""
    header = [unicodedata.normalize("NFC", name.strip()) for name in header]
    wanted = {name: unicodedata.normalize("NFC", name.strip()) for name in feed.source_columns}
    absent = [name for name, plain in wanted.items() if plain not in header]
    lacking = [name for name in absent if name not in feed.optional]
    if lacking:
        raise FeedError(path, "columns", _lacks(lacking, header, len(absent) == len(wanted)))
    feed = feed.without(absent)
    for name in feed.source_columns:
        if header.count(wanted[name]) > 1:
            raise FeedError(
                path,
                "columns",
                f"the column {name!r} stands in the file more than once",
            )
    return [header.index(wanted[name]) for name in feed.source_columns], feed


def _lacks(lacking: Sequence[str], header: Sequence[str], none_known: bool) -> str:
    names = ", ".join(repr(name) for name in lacking)
    if none_known:  # then the first line may be a record, and records are not for messages
        return f"the first line has {len(header)} fields and none of {names}: no header, another file or delimiter?"
    return f"no column {names} in the file; it has {', '.join(repr(name) for name in header)}"


def _header(feed: Feed, path: Path) -> list[str]:
    """Return the first record of the file."""
    quote = feed.connector.options["quote"]
    quoting = {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
    with opened(path, feed.connector.encoding) as source:
        text = io.TextIOWrapper(io.BufferedReader(source), "utf-8-sig", errors="replace", newline="")
        lines = csv.reader(text, delimiter=feed.connector.options["delimiter"], **quoting)
        try:
            for record in lines:
                if record:
                    return record
        except csv.Error as error:
            raise FeedError(path, "", "the first line is no header: a field is longer than 128 KB") from error
        except UNREADABLE_FILE as error:
            raise FeedError(path, "", f"cannot be read: {error}") from error
    raise FeedError(path, "", "the file is empty: it has no header")


def _probe(feed: Feed, fields: int) -> str:
    """Return a last line that is refused for its fields, unless a quote that never ends swallows it."""
    return feed.connector.options["delimiter"].join([_LAST_LINE, *[""] * fields])


class _Reading:
    """Read one file: keep count of good and refused records, so that each batch knows its row numbers."""

    def __init__(self, feed: Feed, path: Path, source: Source, fields: int, places: Sequence[int]):
        self.feed, self.path, self.source = feed, path, source
        self.fields, self.places, self.names = fields, places, feed.source_columns
        self.probe = _probe(feed, fields)
        self.next_no = 1
        self.ragged_no, self.ragged_fields = (
            array("q"),
            array("q"),
        )  # refused and not handed on yet
        self.complete = False

    def batches(self) -> Iterator[Batch]:
        """Yield what the file holds; the newest rows are held back until what follows them was read."""
        held: list[pa.RecordBatch] = []
        for block in self._blocks():
            if sum(each.num_rows for each in held) >= GATHERED_ROWS or len(self.ragged_no) >= GATHERED_ROWS:
                yield from self._numbered(held, last=False)
                held = []
            held.append(block)
        if not self.complete:
            raise FeedError(self.path, "", f"a quote is opened after record {self.next_no - 1} and never closed")
        yield from self._numbered(held, last=True)

    def _blocks(self) -> Iterator[pa.RecordBatch]:
        """Yield the blocks of mapped columns as bytes; FeedError if the file breaks off."""
        try:
            stream = pa.PythonFile(self.source, mode="r")
            yield from pacsv.open_csv(
                stream,
                self._read_options(),
                self._parse_options(),
                self._convert_options(),
            )
        except pa.ArrowInvalid as error:
            reason = f"after record {self.next_no - 1} comes one longer than 1 MB, or with a quote that is never closed"
            raise FeedError(self.path, "", reason) from error
        except UNREADABLE_FILE as error:
            raise FeedError(
                self.path,
                "",
                f"breaks off or is broken after record {self.next_no - 1}",
            ) from error

    def _read_options(self) -> pacsv.ReadOptions:
        names = [str(place) for place in range(self.fields)]
        return pacsv.ReadOptions(
            block_size=BLOCK_BYTES,
            column_names=names,
            skip_rows_after_names=1,
            use_threads=False,
        )

    def _parse_options(self) -> pacsv.ParseOptions:
        options = self.feed.connector.options
        return pacsv.ParseOptions(
            delimiter=options["delimiter"],
            quote_char=options["quote"] or False,
            newlines_in_values=bool(options["quote"]),
            invalid_row_handler=self._refuse,
        )

    def _convert_options(self) -> pacsv.ConvertOptions:
        wanted = [str(place) for place in self.places]
        return pacsv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(wanted, pa.binary()),
            include_columns=wanted,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        )

    def _refuse(self, row: pacsv.InvalidRow) -> str:
        """Note a record with too many or too few fields; pyarrow counts records from 1, the header included."""
        if row.text == self.probe:
            self.complete = True
        else:
            self.ragged_no.append(row.number - 1)
            self.ragged_fields.append(row.actual_columns)
        return "skip"

    def _numbered(self, blocks: Sequence[pa.RecordBatch], last: bool) -> Iterator[Batch]:
        """Yield blocks in batches, each good and each refused record with its number in the file."""
        rows = pa.Table.from_batches(blocks).combine_chunks() if blocks else None
        size = rows.num_rows if rows is not None else 0
        numbers = np.array(self.ragged_no, dtype=np.int64)
        before = numbers - self.next_no - np.arange(len(numbers))  # good records of these blocks before a refused one
        due = len(numbers) if last else int(np.searchsorted(before, size, side="right"))
        row_no = self.next_no + np.arange(size)
        if due:
            row_no += np.searchsorted(before[:due], np.arange(size), side="right")
        refused = list(zip(self.ragged_no[:due], self.ragged_fields[:due], strict=True))
        del self.ragged_no[:due], self.ragged_fields[:due]
        self.next_no += size + due
        for start in range(0, max(size, due), ROWS_PER_BATCH):
            stop = start + ROWS_PER_BATCH
            yield self._batch(rows, row_no[start:stop], start, refused[start:stop])

    def _batch(
        self, rows: pa.Table | None, row_no: np.ndarray, start: int, refused: Sequence[tuple[int, int]]
    ) -> Batch:
        columns = [pa.array([], pa.binary())] * len(self.names)
        if len(row_no) and rows is not None:
            columns = [column.chunk(0).slice(start, len(row_no)) for column in rows.columns]
        table, rejected = screen(self.names, columns, row_no)
        rejected += [Rejected(no, {}, WRONG_FIELDS, f"{fields} instead of {self.fields}") for no, fields in refused]
        return Batch(table, rejected, self.source.read_bytes, self.source.total_bytes, None)
