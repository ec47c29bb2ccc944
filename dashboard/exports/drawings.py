"""Charts on paper, drawn from the rows of a table as vectors: heatmaps, bars, and ranges on one scale."""

from collections.abc import Sequence
from typing import Any

from reportlab.lib.colors import Color

from dashboard.exports.cells import clean
from dashboard.exports.sheet import ACCENT, INK, LINE, MARGIN, MUTE, ROOM, SOFT, Sheet
from dashboard.exports.typeface import BOLD, REGULAR, fitted, wrapped
from dashboard.tables import Band, Bars, Column, Heat, Table
from layouts import text

PALE, DEEP = (255, 249, 243), (213, 94, 0)  # as the heatmaps of the screens
LATE = 0.15  # a rate this high is painted in the deepest shade, unless another is higher
NAMES = 128.0
CELL_HIGH, CELL_NARROWEST, CELL_WIDEST, READABLE = 13.0, 11.5, 52.0, 19.0
MOST_BARS, BAR_HIGH, COLUMNS_HIGH = 40, 11.0, 110.0
HUES = (ACCENT, SOFT, MUTE)
Cells = Sequence[Sequence[Any]]


def draw(sheet: Sheet, table: Table, rows: Cells) -> None:
    """Draw a table as its chart says."""
    places = {column.key: place for place, column in enumerate(table.columns)}
    columns = {column.key: column for column in table.columns}
    match table.chart:
        case Heat():
            _heat(sheet, table.chart, rows, places, columns)
        case Bars(label, values) if columns[label].kind in ("int", "date", "time"):
            _columns(sheet, label, values, rows, places, columns)
        case Bars(label, values):
            _bars(sheet, label, values, rows, places, columns)
        case Band():
            _band(sheet, table.chart, rows, places)


def shade(share: float) -> Color:
    """Return the colour of a cell, pale for 0 and deep for 1.

    >>> shade(0).hexval(), shade(1).hexval()
    ('0xfff9f3', '0xd55e00')
    """
    part = min(1.0, max(0.0, share))
    red, green, blue = (low + (high - low) * part for low, high in zip(PALE, DEEP, strict=True))
    return Color(red / 255, green / 255, blue / 255)


def _heat(sheet: Sheet, chart: Heat, rows: Cells, places: dict[str, int], columns: dict[str, Column]) -> None:
    """Draw a grid, its names in the order in which they come first; the names of the columns on each sheet."""
    cells = {(row[places[chart.row]], row[places[chart.column]]): row for row in rows}
    across = list(dict.fromkeys(row[places[chart.column]] for row in rows))
    room = int((ROOM - NAMES) / CELL_NARROWEST)
    shown = across[:room]
    wide = min(CELL_WIDEST, (ROOM - NAMES) / len(shown))
    known = [row[places[chart.value]] for row in rows if row[places[chart.value]] is not None]
    is_rate = columns[chart.value].kind == "rate"
    deepest = max([*known, LATE if is_rate else 1])
    head = _labels([_written(sheet, columns[chart.column], name) for name in shown], wide)
    _heat_head(sheet, head, wide)
    for name in dict.fromkeys(row[places[chart.row]] for row in rows):
        if sheet.need(CELL_HIGH):
            _heat_head(sheet, head, wide)
        sheet.y -= CELL_HIGH
        label = fitted(_written(sheet, columns[chart.row], name), REGULAR, 7.5, NAMES - 6)
        sheet.text(MARGIN + 2, sheet.y + 3.6, label, 7.5)
        for place, column in enumerate(shown):
            row = cells.get((name, column))
            value = row[places[chart.value]] if row else None
            n = row[places[chart.n]] if row and chart.n else None
            _heat_cell(sheet, MARGIN + NAMES + place * wide, wide, value, n, chart.minimum, deepest, is_rate)
    if len(shown) < len(across):
        sheet.y -= 11
        sheet.text(MARGIN, sheet.y, sheet.cover.say("drawn", n=len(shown), of=len(across)), 7.5, REGULAR, MUTE)


def _labels(names: Sequence[str], wide: float) -> list[list[str]]:
    """Return the names of columns in lines; upright ones (in columns too narrow to read across) in one."""
    return [wrapped(name, REGULAR, 6.5, wide - 3, 3) if wide >= 34 else [name] for name in names]


def _heat_head(sheet: Sheet, head: Sequence[Sequence[str]], wide: float) -> None:
    upright = wide < 34
    high = 58.0 if upright else 8.0 * max(len(lines) for lines in head) + 3
    sheet.need(high + 3 * CELL_HIGH)
    sheet.y -= high
    for place, lines in enumerate(head):
        x = MARGIN + NAMES + place * wide
        if upright:
            sheet.canvas.saveState()
            sheet.canvas.translate(x + wide / 2 + 2.3, sheet.y + 2)
            sheet.canvas.rotate(90)
            sheet.text(0, 0, fitted(lines[0], REGULAR, 6.5, high - 4), 6.5, REGULAR, MUTE)
            sheet.canvas.restoreState()
            continue
        for number, said in enumerate(reversed(lines)):
            sheet.text(x + wide / 2, sheet.y + 3 + 8 * number, said, 6.5, REGULAR, MUTE, "middle")


def _heat_cell(
    sheet: Sheet, x: float, wide: float, value: Any, n: Any, minimum: int, deepest: float, is_rate: bool
) -> None:
    """Paint one cell: its value in the shade of it, its n when that is too few, hatched when there is nothing."""
    y, size = sheet.y, 6.6
    if value is None:
        _hatch(sheet, x + 0.5, y + 0.5, wide - 1, CELL_HIGH - 1)
        return
    few = n is not None and n < minimum
    share = 0.0 if few else value / deepest
    sheet.box(x + 0.4, y + 0.4, wide - 0.8, CELL_HIGH - 0.8, shade(share))
    if wide < READABLE:
        return
    language = sheet.cover.language
    said = text.number(language, 100 * value, 1) if is_rate else text.number(language, value)
    if few:
        said = f"n {text.number(language, n)}"
    sheet.text(x + wide / 2, y + 3.8, said, size, REGULAR, MUTE if few else INK, "middle")


def _hatch(sheet: Sheet, x: float, y: float, wide: float, high: float) -> None:
    canvas = sheet.canvas
    canvas.saveState()
    path = canvas.beginPath()
    path.rect(x, y, wide, high)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.6)
    for start in range(int(-high), int(wide) + 1, 5):
        canvas.line(x + start, y, x + start + high, y + high)
    canvas.restoreState()


def _bars(
    sheet: Sheet, label: str, values: Sequence[str], rows: Cells, places: dict[str, int], columns: dict[str, Column]
) -> None:
    """Draw a bar a row, longest unit of measure = the widest value; several values lie under each other."""
    some = rows[:MOST_BARS]
    longest = _longest(some, values, places)
    _legend(sheet, values, columns)
    room, high = ROOM - NAMES - 70, BAR_HIGH / len(values)
    for row in some:
        sheet.need(BAR_HIGH + 3)
        sheet.y -= BAR_HIGH + 2
        said = fitted(_written(sheet, columns[label], row[places[label]]), REGULAR, 7.5, NAMES - 6)
        sheet.text(MARGIN + 2, sheet.y + 2.6, said, 7.5)
        for number, key in enumerate(values):
            value = row[places[key]]
            y = sheet.y + BAR_HIGH - high * (number + 1)
            long = room * (value or 0) / longest
            sheet.box(MARGIN + NAMES, y, long, high - 0.6, HUES[number])
            if value is not None and len(values) == 1:
                written = _written(sheet, columns[key], value)
                sheet.text(MARGIN + NAMES + long + 4, sheet.y + 2.6, written, 7.5, REGULAR, INK)
    if len(rows) > len(some):
        sheet.y -= 11
        sheet.text(MARGIN, sheet.y, sheet.cover.say("drawn", n=len(some), of=len(rows)), 7.5, REGULAR, MUTE)
    sheet.y -= 6


def _columns(
    sheet: Sheet, label: str, values: Sequence[str], rows: Cells, places: dict[str, int], columns: dict[str, Column]
) -> None:
    """Draw upright columns over hours, days or numbers."""
    longest = _longest(rows, values, places)
    _legend(sheet, values, columns)
    sheet.need(COLUMNS_HIGH + 16)
    base = sheet.y - COLUMNS_HIGH
    wide = ROOM / len(rows)
    for part in (0.0, 0.5, 1.0):
        y = base + (COLUMNS_HIGH - 8) * part
        sheet.rule(MARGIN, y, MARGIN + ROOM)
        sheet.text(MARGIN, y + 1.5, _written(sheet, columns[values[0]], longest * part), 6, REGULAR, MUTE)
    step = max(1, round(24 / wide))
    for place, row in enumerate(rows):
        x = MARGIN + place * wide
        for number, key in enumerate(values):
            thick = wide * 0.8 / len(values)
            high = (COLUMNS_HIGH - 8) * (row[places[key]] or 0) / longest
            sheet.box(x + wide * 0.1 + number * thick, base, thick * 0.94, high, HUES[number])
        if place % step == 0:
            said = _written(sheet, columns[label], row[places[label]])
            sheet.text(x + wide / 2, base - 8, said, 6.5, REGULAR, MUTE, "middle")
    sheet.y = base - 16


def _band(sheet: Sheet, chart: Band, rows: Cells, places: dict[str, int]) -> None:
    """Draw from low to high on a scale of 0 to 100 %, the middle as a dot."""
    room = ROOM - NAMES - 110
    for row in rows[:MOST_BARS]:
        sheet.need(BAR_HIGH + 3)
        sheet.y -= BAR_HIGH + 2
        x, y = MARGIN + NAMES, sheet.y + 4
        sheet.text(
            MARGIN + 2, sheet.y + 2.6, fitted(clean(str(row[places[chart.label]])), REGULAR, 7.5, NAMES - 6), 7.5
        )
        sheet.rule(x, y, x + room)
        low, high = row[places[chart.low]], row[places[chart.high]]
        if low is None or high is None:
            continue
        sheet.box(x + room * low, y - 2.5, max(0.8, room * (high - low)), 5, SOFT)
        middle = row[places[chart.middle]] if chart.middle else None
        if middle is not None:
            sheet.canvas.setFillColor(ACCENT)
            sheet.canvas.circle(x + room * middle, y, 2.6, stroke=0, fill=1)
        language = sheet.cover.language
        said = f"{text.number(language, 100 * low, 1)} – {text.percent(language, high)}"
        sheet.text(MARGIN + ROOM, sheet.y + 2.6, said, 7.5, REGULAR, INK, "right")
    sheet.y -= 6


def _longest(rows: Cells, values: Sequence[str], places: dict[str, int]) -> float:
    known = [row[places[key]] for row in rows for key in values if row[places[key]] is not None]
    return max([*known, 0]) or 1


def _legend(sheet: Sheet, values: Sequence[str], columns: dict[str, Column]) -> None:
    sheet.need(60)
    sheet.y -= 12
    x = MARGIN
    for number, key in enumerate(values):
        sheet.box(x, sheet.y, 7, 7, HUES[number])
        said = clean(columns[key].label)
        sheet.text(x + 10, sheet.y + 0.5, said, 7.5, BOLD if number == 0 else REGULAR)
        x += 10 + len(said) * 4.6 + 14
    sheet.y -= 3


def _written(sheet: Sheet, column: Column, value: Any) -> str:
    """Return a name or a value on a chart, short: a day without its year."""
    if value is None:
        return "–"
    if column.kind == "rate":
        return text.percent(sheet.cover.language, value)
    if column.kind in ("int", "float"):
        return text.number(sheet.cover.language, value)
    if column.kind in ("date", "time"):
        return f"{value:%d/%m}"
    return clean(str(value))
