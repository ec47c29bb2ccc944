"""What a page hands out: tables of typed columns, and the stamp that says of when and of what they tell.

The questions of a page (`store.<page>`) implement `Tabled`; `dashboard.exports` writes what they return as Excel, CSV
and PDF. Rows may be a generator: they are read once, row by row, however many there are.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal, Protocol

Kind = Literal["text", "code", "int", "float", "rate", "date", "time"]
Row = Mapping[str, Any]
Rows = Iterable[Row]


@dataclass(frozen=True)
class Column:
    """One column: the key its values stand under, its heading in the page's language, and what its values are.

    text: str · code: str that is never read as a number · int · float · rate: a fraction 0..1, shown as % ·
    date: date or ISO text · time: datetime or ISO text, shown in the city's zone. None is an empty cell everywhere.
    """

    key: str
    label: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Heat:
    """Draw a table as a heatmap: keys of the columns that name a cell's row, its column, and its value.

    `n` names the column with the number of cases behind the value; cells with fewer than `minimum` stay pale.
    """

    row: str
    column: str
    value: str
    n: str | None = None
    minimum: int = 0


@dataclass(frozen=True)
class Bars:
    """Draw a table as bars: the column that names them, and one to three columns with their lengths."""

    label: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Band:
    """Draw a table as ranges on one scale 0..1: the column that names them, their low and high ends, a middle."""

    label: str
    low: str
    high: str
    middle: str | None = None


Chart = Heat | Bars | Band


@dataclass(frozen=True)
class Table:
    """One table of a page, with every row that the page's filters leave.

    `id` names it in addresses (`?table=`), `rows` may be a generator, `note` is a sentence under the title,
    `definitions` are names of indicators that its columns show, `chart` is how the PDF draws it.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: Rows
    note: str = ""
    definitions: tuple[str, ...] = ()
    chart: Chart | None = None

    def __post_init__(self) -> None:
        """Refuse columns that share a key, and a chart of columns that there are not."""
        keys = [column.key for column in self.columns]
        if len(set(keys)) != len(keys):
            raise ValueError(f"table {self.id}: two columns have one key")
        if missing := [key for key in _drawn(self.chart) if key not in keys]:
            raise ValueError(f"table {self.id}: its chart names no column: {', '.join(missing)}")


@dataclass(frozen=True)
class Note:
    """What somebody pinned to a number: the words, the day, and the unit and indicator (None = all)."""

    text: str
    on: date
    unit: str | None = None
    indicator: str | None = None
    author: str = ""


@dataclass(frozen=True)
class Stamp:
    """Of when and of what an export tells: on the first sheet, on each page of paper.

    `as_of` is the frame's instant in the city's zone; `filters` are (name, value) in words; `made_at` is when the
    file was made.
    """

    title: str
    page: str
    version: int | None
    as_of: datetime | None
    made_at: datetime
    filters: tuple[tuple[str, str], ...] = ()
    notes: tuple[Note, ...] = ()
    simulated: bool = False


class Tabled(Protocol):
    """The questions of a page that can be handed out."""

    def tables(self, state: Mapping[str, str], language: str) -> list[Table]:
        """Return the tables of the page as its address filters them; the state is the address's query."""


def value(column: Column, row: Row) -> Any:
    """Return the cell of a column as Python's own type: str, int, float, date, datetime or None.

    >>> value(Column("day", "Day", "date"), {"day": "2026-11-22"})
    datetime.date(2026, 11, 22)
    >>> value(Column("code", "Code", "code"), {"code": 784})
    '784'
    """
    found = row.get(column.key)
    if found is None or found == "":
        return None
    return _READ[column.kind](found)


def named(name_of: Row, language: str) -> str:
    """Return the name of a unit, field or procedure in a language, in the other when there is none."""
    first, second = ("name_en", "name_vi") if language == "en" else ("name_vi", "name_en")
    return str(name_of.get(first) or name_of.get(second) or name_of.get("code") or "")


def _date(found: Any) -> date:
    if isinstance(found, datetime):
        return found.date()
    return found if isinstance(found, date) else date.fromisoformat(str(found)[:10])


def _time(found: Any) -> datetime:
    if isinstance(found, datetime):
        return found
    if isinstance(found, date):
        return datetime.combine(found, time())
    return datetime.fromisoformat(str(found))


_READ: dict[str, Callable[[Any], Any]] = {
    "text": str,
    "code": str,
    "int": int,
    "float": float,
    "rate": float,
    "date": _date,
    "time": _time,
}


def _drawn(chart: Chart | None) -> list[str]:
    match chart:
        case Heat(row, column, shown, n):
            return [row, column, shown, *([n] if n else [])]
        case Bars(label, values):
            return [label, *values]
        case Band(label, low, high, middle):
            return [label, low, high, *([middle] if middle else [])]
    return []
