"""The past as lines: what stood open or late at the end of each day, and rates over thirty days, from daily sums."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

WINDOW_DAYS = 30
Row = Mapping[str, Any]
Line = list[float | int | None]


def last_days(today: date, count: int) -> list[date]:
    """Return the last days up to today.

    >>> [str(day) for day in last_days(date(2026, 3, 1), 2)]
    ['2026-02-28', '2026-03-01']
    """
    return [today - timedelta(days=back) for back in range(count - 1, -1, -1)]


def at_day_ends(days: Sequence[date], stock: int, changes: Mapping[date, int]) -> list[int]:
    """Return a stock at the end of each day, counted back from what it is at the end of all days.

    >>> days = last_days(date(2026, 3, 2), 3)
    >>> at_day_ends(days, 10, {date(2026, 3, 1): 2, date(2026, 3, 2): -1, date(2026, 3, 9): 4})
    [5, 7, 6]
    """
    after = sum(change for day, change in changes.items() if day > days[-1])
    values = []
    for day in reversed(days):
        values.append(stock - after)
        after += changes.get(day, 0)
    return values[::-1]


def rates(days: Sequence[date], parts: Mapping[date, int], wholes: Mapping[date, int]) -> list[float | None]:
    """Return Σ part / Σ whole over each day and the 29 before it; None where nothing was counted."""
    values: list[float | None] = []
    for day in days:
        window = last_days(day, WINDOW_DAYS)
        whole = sum(wholes.get(one, 0) for one in window)
        values.append(sum(parts.get(one, 0) for one in window) / whole if whole else None)
    return values


def dossier_lines(days: Sequence[date], rows: Iterable[Row], first: date | None, stock: Row) -> dict[str, Line]:
    """Return the city's lines of dossiers; a day before the first that is known of is None, not 0.

    `stock` = what is open, and of that due, at the end of all days.
    """
    files = {row["day"]: row for row in rows}
    return {name: _known(days, line, first) for name, line in _dossiers(days, files, stock).items()}


def ticket_lines(days: Sequence[date], rows: Iterable[Row], first: date | None, stock: Row) -> dict[str, Line]:
    """Return the city's lines of tickets, as `dossier_lines` does."""
    calls = {row["day"]: row for row in rows}
    opened = at_day_ends(days, stock["open"], _net(calls, "opened", "ended"))
    late = at_day_ends(days, stock["due"], _net(calls, "late_in", "late_out"))
    return {"tickets_open": _known(days, opened, first), "tickets_late": _known(days, late, first)}


def on_days(days: Sequence[str], lines: Mapping[str, Any]) -> dict[str, Line]:
    """Return lines that were read for days of their own on other days; None where they do not reach.

    >>> on_days(["2026-03-02", "2026-03-03"], {"days": ["2026-03-01", "2026-03-02"], "city": {"open": [4, 5]}})
    {'open': [5, None]}
    """
    if days == lines["days"]:
        return dict(lines["city"])
    by_day = {name: dict(zip(lines["days"], line, strict=True)) for name, line in lines["city"].items()}
    return {name: [line.get(day) for day in days] for name, line in by_day.items()}


def late_lines(days: Sequence[date], changes: Mapping[int, Mapping[date, int]], stock: Mapping[int, int]) -> dict:
    """Return the late dossiers of each unit, by id, at the end of each day."""
    return {unit: at_day_ends(days, stock.get(unit, 0), changes.get(unit, {})) for unit in {*changes, *stock}}


def with_today(lines: dict[str, Line], now: Mapping[str, Any]) -> dict[str, Line]:
    """Return the lines with today's point as the live tile shows it, so that both tell of one moment."""
    return {name: [*line[:-1], _live(name, line[-1], now)] for name, line in lines.items()}


def _dossiers(days: Sequence[date], files: Mapping[date, Row], stock: Row) -> dict[str, Line]:
    def share(part: str, whole: str) -> Line:
        return [*rates(days, _column(files, part), _column(files, whole))]

    best_case = {day: row["content"] + row["finished"] - row["rated"] for day, row in files.items()}
    answered = rates(days, _column(files, "rated"), _column(files, "finished"))
    return {
        "dossiers_open": [*at_day_ends(days, stock["open"], _net(files, "received", "ended"))],
        "dossiers_late": [*at_day_ends(days, stock["due"], _net(files, "late_in", "late_out"))],
        "received": [files[day]["received"] if day in files else 0 for day in days],
        "finished": [files[day]["finished"] if day in files else 0 for day in days],
        "on_time_rate_30d": share("on_time", "judged"),
        "accepted_late_rate_30d": share("accepted_late", "accept_judged"),
        "online_rate_30d": share("online", "channel_known"),
        "satisfaction_low_30d": _where(answered, share("content", "finished")),
        "satisfaction_high_30d": _where(answered, [*rates(days, best_case, _column(files, "finished"))]),
    }


def _column(rows: Mapping[date, Row], name: str) -> dict[date, int]:
    return {day: row[name] for day, row in rows.items()}


def _net(rows: Mapping[date, Row], more: str, less: str) -> dict[date, int]:
    return {day: row[more] - row[less] for day, row in rows.items()}


def _known(days: Sequence[date], line: Sequence[float | int | None], first: date | None) -> Line:
    return [value if first is not None and day >= first else None for day, value in zip(days, line, strict=True)]


def _where(answered: Sequence[float | None], line: Line) -> Line:
    """Return the line where anybody answered: without one answer there is no satisfaction to speak of."""
    return [value if share else None for share, value in zip(answered, line, strict=True)]


LIVE = {"received": "received_today", "finished": "resolved_today"}


def _live(name: str, counted: float | int | None, now: Mapping[str, Any]) -> float | int | None:
    key = LIVE.get(name, name)
    if key not in now:
        return counted
    value = now[key]
    return value["value"] if isinstance(value, Mapping) else value
