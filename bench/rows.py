"""What a measurement says: a row with ours beside the limit and the peers, and the table of all rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

HEADS = ("what", "ours", "limit", "ratio", "need", "ok", "peers")


@dataclass(frozen=True)
class Row:
    """Hold one measurement; the unit stands in the name. `ratio` is ours against the limit, greater is better.

    `need` None = told, not judged.
    """

    name: str
    ours: float
    limit: float | None = None
    peer: dict[str, float] = field(default_factory=dict)
    ratio: float | None = None
    need: float | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the need is met."""
        return self.need is None or (self.ratio is not None and self.ratio >= self.need)

    def as_json(self) -> dict:
        """Return the row as --json writes it."""
        return asdict(self) | {"ok": self.ok}


def faster(name: str, ours: float, limit: float, need: float | None, peer: dict[str, float] | None = None) -> Row:
    """Return a row of rates: the ratio is ours / limit."""
    return Row(name, ours, limit, peer or {}, ours / limit, need)


def smaller(name: str, ours: float, limit: float, need: float | None, peer: dict[str, float] | None = None) -> Row:
    """Return a row of costs: the ratio is limit / ours."""
    return Row(name, ours, limit, peer or {}, limit / ours if ours else float("inf"), need)


def table(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table."""
    cells = [HEADS, *(_cells(row) for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(HEADS))]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def _cells(row: Row) -> tuple[str, ...]:
    peers = " · ".join(f"{name} {number(value)}" for name, value in row.peer.items())
    told = (number(row.ours), number(row.limit), number(row.ratio), number(row.need))
    return (row.name, *told, "" if row.need is None else "yes" if row.ok else "NO", peers)


def number(value: float | None) -> str:
    """Return a number with three significant digits, or none.

    >>> number(123456.7), number(0.6123), number(None)
    ('123,457', '0.61', '')
    """
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
