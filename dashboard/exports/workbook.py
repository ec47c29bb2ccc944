"""The XML of an Excel workbook (ECMA-376, SpreadsheetML): its parts as text, nothing of files."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from dashboard.exports.cells import clean, days_since_1899
from dashboard.exports.cover import Cover
from dashboard.tables import Column, Table

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
LONGEST_TEXT = 32_767  # characters of a cell
LONGEST_NAME = 31  # characters of a sheet's name
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")

# Places of the cell formats in `styles`.
PLAIN, HEADING, INT, FLOAT, RATE, DATE, TIME, CODE, TITLE, WRAPPED = range(10)
STYLE = {"text": PLAIN, "code": CODE, "int": INT, "float": FLOAT, "rate": RATE, "date": DATE, "time": TIME}
WIDTH = {"text": 32, "code": 24, "int": 12, "float": 12, "rate": 12, "date": 13, "time": 20}

_FORMATS = (0, 0, 3, 4, 164, 165, 166, 49, 0, 0)
_FONTS = {HEADING: 1, TITLE: 2}
_FILLS = {HEADING: 2}
_ALIGNED = {HEADING: '<alignment vertical="top" wrapText="1"/>', WRAPPED: '<alignment vertical="top" wrapText="1"/>'}


def _styles() -> str:
    def cell(place: int) -> str:
        inside = _ALIGNED.get(place, "")
        head = f'<xf numFmtId="{_FORMATS[place]}" fontId="{_FONTS.get(place, 0)}" fillId="{_FILLS.get(place, 0)}"'
        return (
            f'{head} borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyAlignment="1">'
            f"{inside}</xf>"
        )

    font = '<name val="Calibri"/><family val="2"/>'
    return (
        f'{XML}<styleSheet xmlns="{MAIN}">'
        '<numFmts count="3"><numFmt numFmtId="164" formatCode="0.0%"/><numFmt numFmtId="165" formatCode="dd/mm/yyyy"/>'
        '<numFmt numFmtId="166" formatCode="dd/mm/yyyy\\ hh:mm:ss"/></numFmts>'
        f'<fonts count="3"><font><sz val="11"/>{font}</font><font><b/><sz val="11"/>{font}</font>'
        f'<font><b/><sz val="15"/>{font}</font></fonts>'
        '<fills count="3"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid">'
        '<fgColor rgb="FFE8EEF4"/><bgColor indexed="64"/></patternFill></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="10">{"".join(cell(place) for place in range(10))}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


FIXED = {
    "_rels/.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/styles.xml": _styles(),
}


def types(sheets: int) -> str:
    """Return the part that says what the other parts are."""
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{place}.xml" ContentType="{OFFICE}.worksheet+xml"/>'
        for place in range(1, sheets + 1)
    )
    return (
        f'{XML}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{OFFICE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{OFFICE}.styles+xml"/>{parts}</Types>'
    )


def contents(names: Sequence[str]) -> str:
    """Return the part that lists the sheets."""
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{place}" r:id="rId{place}"/>' for place, name in enumerate(names, 1)
    )
    return f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>{sheets}</sheets></workbook>'


def relations(sheets: int) -> str:
    """Return the part that says where the sheets and the styles are."""
    links = "".join(
        f'<Relationship Id="rId{place}" Type="{LINKS}/worksheet" Target="worksheets/sheet{place}.xml"/>'
        for place in range(1, sheets + 1)
    )
    styles = f'<Relationship Id="rId{sheets + 1}" Type="{LINKS}/styles" Target="styles.xml"/>'
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{links}{styles}</Relationships>'


def sheet_name(title: str, taken: Sequence[str]) -> str:
    """Return a name that Excel takes and no other sheet has.

    >>> sheet_name("Trễ hẹn: đơn vị × lĩnh vực", ["x"]), sheet_name("a", ["A"])
    ('Trễ hẹn đơn vị × lĩnh vực', 'a (2)')
    """
    base = " ".join(FORBIDDEN.sub(" ", clean(title)).split()).strip("'") or "–"
    used = {name.casefold() for name in taken} | {"history"}
    name, number = base[:LONGEST_NAME].rstrip(), 1
    while name.casefold() in used:
        number += 1
        more = f" ({number})"
        name = base[: LONGEST_NAME - len(more)].rstrip() + more
    return name


def letters(count: int) -> list[str]:
    """Return the letters of the first columns.

    >>> letters(28)[-3:]
    ['Z', 'AA', 'AB']
    """
    return [_letter(place) for place in range(count)]


def _letter(place: int) -> str:
    before, last = divmod(place, 26)
    return (_letter(before - 1) if before else "") + chr(ord("A") + last)


def sheet_start(columns: Sequence[Column]) -> str:
    """Return what stands before the rows of a table: its heading stays on screen."""
    return _start([max(WIDTH[column.kind], min(40, len(column.label) + 3)) for column in columns], frozen=True)


def _start(widths: Sequence[float], frozen: bool) -> str:
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' if frozen else ""
    cols = "".join(
        f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>' for place, width in enumerate(widths, 1)
    )
    return (
        f'{XML}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        f"<cols>{cols}</cols><sheetData>"
    )


def sheet_end(columns: int, last_row: int) -> str:
    """Return what stands after the rows: a filter over all of them."""
    ends = f'<autoFilter ref="A1:{_letter(columns - 1)}{last_row}"/>' if columns else ""
    return f"</sheetData>{ends}</worksheet>"


def heading(labels: Sequence[str]) -> str:
    """Return the first row of a table."""
    return _row(
        1, [_text(f"{letter}1", label, HEADING) for letter, label in zip(letters(len(labels)), labels, strict=True)]
    )


def line(place: int, letters: Sequence[str], kinds: Sequence[str], row: Sequence[Any]) -> str:
    """Return one row of a table; an empty cell is left out."""
    found = (
        _cell(f"{letter}{place}", kind, cell)
        for letter, kind, cell in zip(letters, kinds, row, strict=True)
        if cell is not None
    )
    return _row(place, found)


def _row(place: int, found: Any) -> str:
    return f'<row r="{place}">{"".join(found)}</row>'


def _cell(place: str, kind: str, cell: Any) -> str:
    if isinstance(cell, str):
        return _text(place, cell, STYLE[kind])
    if isinstance(cell, date):
        cell = days_since_1899(cell)
    return f'<c r="{place}" s="{STYLE[kind]}"><v>{cell!r}</v></c>'


def _text(place: str, text: str, style: int) -> str:
    shown = escape(text[:LONGEST_TEXT])
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def cover_sheet(cover: Cover, counts: Sequence[tuple[Table, int, Sequence[str]]]) -> str:
    """Return the first sheet: of what and of when, how many rows each table has and where, what the words mean."""
    lines: list[list[tuple[Any, int]]] = [[(cover.title, TITLE)], []]
    lines += [[(name, HEADING), (value, WRAPPED)] for name, value in cover.facts]
    lines += [[], [(cover.say(name), HEADING) for name in ("table", "rows", "sheets", "note")]]
    for table, count, names in counts:
        more = cover.say("further") if len(names) > 1 else ""
        about = " ".join(filter(None, (table.note, more)))
        lines.append([(table.title, WRAPPED), (count, INT), (", ".join(names), WRAPPED), (about, WRAPPED)])
    if cover.notes:
        lines += [[], [(cover.say("notes"), HEADING)], *([(day, PLAIN), (said, WRAPPED)] for day, said in cover.notes)]
    if cover.meanings:
        heads = [(cover.say(name), HEADING) for name in ("indicator", "meaning", "formula")]
        lines += [[], heads, *([(part, WRAPPED) for part in meaning] for meaning in cover.meanings)]
    rows = "".join(_cover_row(place, cells) for place, cells in enumerate(lines, 1))
    return f"{_start([34, 60, 44, 60], frozen=False)}{rows}</sheetData></worksheet>"


def _cover_row(place: int, cells: Sequence[tuple[Any, int]]) -> str:
    places = [f"{letter}{place}" for letter in letters(len(cells))]
    return _row(
        place,
        [
            _text(at, clean(cell), style) if isinstance(cell, str) else f'<c r="{at}" s="{style}"><v>{cell}</v></c>'
            for at, (cell, style) in zip(places, cells, strict=True)
        ],
    )
