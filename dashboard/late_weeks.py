"""Lateness by week: what was late as each week ended, and what was finished or accepted late in it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

WEEKS = 52
NOTHING: Mapping[str, int] = {}
Row = Mapping[str, Any]
Cell = list[int]


def mondays(today: date, count: int = WEEKS) -> list[date]:
    """Return the Mondays of the last weeks, this one last.

    >>> [str(day) for day in mondays(date(2026, 11, 22), 2)]
    ['2026-11-09', '2026-11-16']
    """
    this = today - timedelta(days=today.weekday())
    return [this - timedelta(weeks=back) for back in range(count - 1, -1, -1)]


def by_tile(rows: Iterable[Row], key_of: Mapping[int, str], other: str) -> dict[str, dict[date, dict[str, int]]]:
    """Return the sums of weekly rows by tile and week."""
    tiles: dict[str, dict[date, dict[str, int]]] = {}
    for row in rows:
        week = tiles.setdefault(key_of.get(row["unit_id"], other), {}).setdefault(row["week"], {})
        for name, value in row.items():
            if name not in ("unit_id", "week"):
                week[name] = week.get(name, 0) + (value or 0)
    return tiles


def late_at_ends(weeks: Sequence[date], sums: Mapping[date, Row], open_: int, due: int) -> list[Cell]:
    """Return [late, open] as each week ended, counted back from what is open, and of that due, at the end of all days.

    >>> weeks = mondays(date(2026, 11, 22), 2)
    >>> late_at_ends(weeks, {weeks[1]: {"open": 2, "late": 1}}, 10, 4)
    [[3, 8], [4, 10]]
    """
    late, still = due, open_
    for week, row in sums.items():
        if week > weeks[-1]:
            late, still = late - int(row["late"]), still - int(row["open"])
    cells: list[Cell] = []
    for week in reversed(weeks):
        cells.append([late, still])
        if week in sums:
            late, still = late - int(sums[week]["late"]), still - int(sums[week]["open"])
    return cells[::-1]


def in_weeks(weeks: Sequence[date], sums: Mapping[date, Row], part: str, whole: str) -> list[Cell]:
    """Return [part, whole] of each week."""
    return [[sums.get(week, NOTHING).get(part, 0), sums.get(week, NOTHING).get(whole, 0)] for week in weeks]
