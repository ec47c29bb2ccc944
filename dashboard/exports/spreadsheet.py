"""Tables as an Excel workbook that leaves while it is written: real types, as many rows as there are, memory flat.

Office Open XML (ECMA-376): a zip of XML parts. The parts are compressed as they come, so that the first bytes are on
their way at once and a million rows need neither the disk nor the memory.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import chain, islice
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from dashboard.exports import workbook
from dashboard.exports.cells import clean, rows
from dashboard.exports.cover import Cover
from dashboard.tables import Table

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_576  # of one sheet, its heading included
MOST_BYTES = 1_800_000_000  # of one part: from 2 GiB on the zip would need what Excel does not read from a stream
PIECE_BYTES = 64 * 1024
CELL_BYTES = 100  # what a cell takes, amply
ROWS_AT_ONCE = 500


class Pipe:
    """A file to write into and to take from; it has no place to go back to, so the zip is written straight on."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, piece: bytes) -> int:
        """Hold what was written."""
        self._held += piece
        return len(piece)

    def flush(self) -> None:
        """Do nothing: what is held is taken."""

    def take(self, least: int = 0) -> bytes:
        """Return what is held, or nothing when it is less than worth sending."""
        if len(self._held) < least:
            return b""
        taken = bytes(self._held)
        self._held.clear()
        return taken


@dataclass
class Book:
    """A workbook on its way: its zip, and the names of the sheets that are in it."""

    pipe: Pipe
    zip: ZipFile
    zone: tzinfo
    most_rows: int
    names: list[str] = field(default_factory=list)
    counts: list[tuple[Table, int, list[str]]] = field(default_factory=list)


def write(tables: list[Table], cover: Cover, zone: tzinfo, most_rows: int = MOST_ROWS) -> Iterator[bytes]:
    """Write a workbook in pieces: a sheet a table (one with too many rows goes on in further sheets), and the cover."""
    pipe = Pipe()
    with ZipFile(pipe, "w", ZIP_DEFLATED, compresslevel=4) as zipped:  # type: ignore[call-overload]
        book = Book(pipe, zipped, zone, most_rows, [workbook.sheet_name(cover.heading, [])])
        for name, part in workbook.FIXED.items():
            _part(book, name, part)
        for table in tables:
            yield from _table(book, table)
        _part(book, "xl/worksheets/sheet1.xml", workbook.cover_sheet(cover, book.counts))
        _part(book, "xl/workbook.xml", workbook.contents(book.names))
        _part(book, "xl/_rels/workbook.xml.rels", workbook.relations(len(book.names)))
        _part(book, "[Content_Types].xml", workbook.types(len(book.names)))
    yield pipe.take()


def _part(book: Book, name: str, text: str) -> None:
    book.zip.writestr(_info(name), text.encode())


def _info(name: str) -> ZipInfo:
    info = ZipInfo(name)
    info.compress_type = ZIP_DEFLATED
    return info


def _table(book: Book, table: Table) -> Iterator[bytes]:
    """Write the sheets of one table."""
    source = rows(table, book.zone)
    most = rows_a_sheet(len(table.columns), book.most_rows)
    first, count = next(source, None), 0
    names: list[str] = []
    while not names or first is not None:
        names.append(workbook.sheet_name(table.title, book.names))
        book.names.append(names[-1])
        begun = [] if first is None else [first]
        count += yield from _sheet(book, table, chain(begun, islice(source, most - len(begun))))
        first = next(source, None)
    book.counts.append((table, count, names))


def _sheet(book: Book, table: Table, lines: Iterable[list]) -> Generator[bytes, None, int]:
    """Write one sheet; return how many rows it has."""
    letters, kinds = workbook.letters(len(table.columns)), [column.kind for column in table.columns]
    count = 0
    with book.zip.open(_info(f"xl/worksheets/sheet{len(book.names)}.xml"), "w") as part:
        part.write(workbook.sheet_start(table.columns).encode())
        part.write(workbook.heading([clean(column.label) for column in table.columns]).encode())
        for some in batched(lines, ROWS_AT_ONCE):
            text = (workbook.line(place, letters, kinds, line) for place, line in enumerate(some, count + 2))
            part.write("".join(text).encode())
            count += len(some)
            if piece := book.pipe.take(PIECE_BYTES):
                yield piece
        part.write(workbook.sheet_end(len(table.columns), count + 1).encode())
    return count


def rows_a_sheet(columns: int, most_rows: int = MOST_ROWS) -> int:
    """Return how many rows one sheet takes beside its heading: Excel's limit, or what a part of the zip can hold.

    >>> rows_a_sheet(10), rows_a_sheet(30)
    (1048575, 600000)
    """
    return max(1, min(most_rows - 1, MOST_BYTES // (CELL_BYTES * columns)))


def batched(lines: Iterable[list], most: int) -> Iterator[list[list]]:
    """Return lists of at most `most` lines."""
    source = iter(lines)
    while some := list(islice(source, most)):
        yield some
