"""A page on paper for the meeting: A4 landscape, charts as vectors, tables as text that can be searched and copied."""

from collections.abc import Iterator, Sequence, Sized
from datetime import date, datetime, tzinfo
from itertools import islice
from typing import Any

from dashboard.exports import drawings
from dashboard.exports.cells import clean, rows
from dashboard.exports.cover import Cover
from dashboard.exports.sheet import INK, MARGIN, MUTE, PALE, ROOM, TOP, WIDTH, Sheet
from dashboard.exports.typeface import BOLD, REGULAR, fitted, width, wrapped
from dashboard.tables import Column, Heat, Table
from layouts import text

MEDIA_TYPE = "application/pdf"
MOST_ROWS = 600  # of one table: the meeting reads no more, the Excel file has all
SIZE, LEADING, GAP = 7.5, 12.5, 7.0
NARROWEST, WIDEST = 30.0, 210.0
NUMBERS = frozenset({"int", "float", "rate"})
Cells = Sequence[Sequence[Any]]


def write(tables: Sequence[Table], cover: Cover, margin_line: str, zone: tzinfo) -> Iterator[bytes]:
    """Write a page's tables on paper, with what they are of and the frame they are from on every sheet."""
    sheet = Sheet(cover, margin_line)
    for day, said in cover.notes:
        sheet.need(LEADING)
        sheet.y -= LEADING
        sheet.text(MARGIN, sheet.y, fitted(f"{day}: {said}", REGULAR, 8.5, ROOM), 8.5)
    for table in tables:
        _table(sheet, table, zone)
    yield sheet.done()


def _table(sheet: Sheet, table: Table, zone: tzinfo) -> None:
    """Write one table: its title, its chart, its rows; a heatmap has its numbers in the cells."""
    some = list(islice(rows(table, zone), MOST_ROWS if not isinstance(table.chart, Heat) else None))
    _title(sheet, table, len(some))
    if not some:
        sheet.text(MARGIN, sheet.y - LEADING, sheet.cover.say("no_rows"), 8.5, REGULAR, MUTE)
        sheet.y -= 2 * LEADING
        return
    if table.chart is not None:
        drawings.draw(sheet, table, some)
    if not isinstance(table.chart, Heat):
        written = [_written(table.columns, row, sheet.cover.language) for row in some]
        for part in _bands(table.columns, written):
            _rows(sheet, [table.columns[place] for place, _ in part], [wide for _, wide in part],
                  [[row[place] for place, _ in part] for row in written])  # fmt: skip
    sheet.y -= 10


def _title(sheet: Sheet, table: Table, shown: int) -> None:
    if sheet.y < TOP:
        sheet.y -= 6
    sheet.need(120)
    sheet.y -= 14
    title = fitted(clean(table.title), BOLD, 11, ROOM)
    sheet.text(MARGIN, sheet.y, title, 11, BOLD)
    of = len(table.rows) if isinstance(table.rows, Sized) else None
    cut = ""
    if shown == MOST_ROWS and of != MOST_ROWS:
        cut = sheet.cover.say("cut", n=shown, of=of) if of else sheet.cover.say("cut_first", n=shown)
    about = " · ".join(filter(None, (clean(table.note), cut)))
    x = MARGIN + width(title, BOLD, 11) + 10
    sheet.text(x, sheet.y, fitted(about, REGULAR, 8, max(0.0, WIDTH - MARGIN - x)), 8, REGULAR, MUTE)
    sheet.y -= 6


def written_cell(column: Column, cell: Any, language: str) -> str:
    r"""Return a cell as the language writes it.

    >>> written_cell(Column("a", "A", "rate"), 0.9534, "vi"), written_cell(Column("a", "A", "int"), 1234, "en")
    ('95,3\xa0%', '1,234')
    """
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%H:%M:%S} {text.day(language, cell)}"
    if isinstance(cell, date):
        return text.day(language, cell)
    if column.kind == "rate":
        return text.percent(language, cell)
    if column.kind in NUMBERS:
        return text.number(language, cell, 0 if column.kind == "int" else 1)
    return " ".join(str(cell).split())


def _written(columns: Sequence[Column], row: Sequence[Any], language: str) -> list[str]:
    return [written_cell(column, cell, language) for column, cell in zip(columns, row, strict=True)]


def _bands(columns: Sequence[Column], written: Cells) -> list[list[tuple[int, float]]]:
    """Return the columns with their widths in bands that fit on a sheet; each begins with the first column."""
    wide = [_width(column, [row[place] for row in written]) for place, column in enumerate(columns)]
    bands: list[list[tuple[int, float]]] = [[(0, wide[0])]]
    for place in range(1, len(columns)):
        if sum(width_ for _, width_ in bands[-1]) + wide[place] > ROOM and len(bands[-1]) > 1:
            bands.append([(0, wide[0])])
        bands[-1].append((place, wide[place]))
    return bands


def _width(column: Column, cells: Sequence[str]) -> float:
    longest = sorted(cells, key=len)[-8:]
    need = max((width(cell, REGULAR, SIZE) for cell in longest), default=0.0)
    word = max((width(part, BOLD, SIZE) for part in column.label.split()), default=0.0)
    label = width(column.label, BOLD, SIZE) / 2
    return min(WIDEST, max(NARROWEST, need, word, label)) + GAP


def _rows(sheet: Sheet, columns: Sequence[Column], widths: Sequence[float], written: Cells) -> None:
    """Write the rows of one band under their heading, which is said again on each sheet."""
    sheet.need(70)
    _heading(sheet, columns, widths)
    for number, row in enumerate(written):
        if sheet.need(LEADING):
            _heading(sheet, columns, widths)
        sheet.y -= LEADING
        if number % 2:
            sheet.box(MARGIN, sheet.y - 3, sum(widths), LEADING, PALE)
        x = MARGIN
        for column, wide, cell in zip(columns, widths, row, strict=True):
            _cell(sheet, column, x, wide, cell)
            x += wide
    sheet.y -= 8


def _cell(sheet: Sheet, column: Column, x: float, wide: float, cell: str) -> None:
    said = fitted(cell, REGULAR, SIZE, wide - GAP + 3)
    if column.kind in NUMBERS:
        sheet.text(x + wide - GAP, sheet.y, said, SIZE, REGULAR, INK, "right")
    else:
        sheet.text(x + 2, sheet.y, said, SIZE)


def _heading(sheet: Sheet, columns: Sequence[Column], widths: Sequence[float]) -> None:
    labels = [wrapped(clean(c.label), BOLD, SIZE, wide - GAP + 3, 4) for c, wide in zip(columns, widths, strict=True)]
    high = 9.0 * max(len(lines) for lines in labels)
    sheet.y -= high + 4
    x = MARGIN
    for column, wide, lines in zip(columns, widths, labels, strict=True):
        for place, said in enumerate(reversed(lines)):
            y = sheet.y + 9.0 * place + 2
            if column.kind in NUMBERS:
                sheet.text(x + wide - GAP, y, said, SIZE, BOLD, INK, "right")
            else:
                sheet.text(x + 2, y, said, SIZE, BOLD)
        x += wide
    sheet.rule(MARGIN, sheet.y - 2, MARGIN + sum(widths), INK, 0.6)
    sheet.y -= 2
