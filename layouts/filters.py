"""The filter bar of the pages that look back: what can be chosen, and the part that assets/filters.js fills."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Literal

from dash import html
from dash.development.base_component import Component

from layouts import ids, text


@dataclass(frozen=True)
class Choice:
    """One choice: its key in the address, how it is offered, its options and what holds without one.

    The words of an option are `filters.<key>_<option>` (or `<words>.<option>`), those of the choice `filters.<key>`.
    Units, fields and geographies are offered from the registry. A choice of days may also be two of them, first_last.
    """

    key: str
    kind: Literal["buttons", "list", "geographies", "units", "fields"]
    options: tuple[str, ...] = ()
    default: str = ""
    takes_days: bool = False
    words: str = ""


WINDOW = Choice("win", "buttons", ("7", "30", "90", "365"), "30", takes_days=True)
GEOGRAPHY = Choice("geo", "geographies")
UNIT = Choice("unit", "units")
FIELD = Choice("field", "fields")
SHOW = Choice("show", "buttons", ("rate", "count"), "rate")
SORT = Choice("sort", "list", ("worst", "name", "alike"), "worst")
TOP = Choice("top", "list", ("all", "10", "30", "last"), "all")


def modes(*options: str) -> Choice:
    """Return the switch between what a page can show; the first holds without a choice."""
    return Choice("mode", "buttons", options, options[0])


def bar(language: str, *choices: Choice, is_bare: bool = False) -> Component:
    """Return the bar with these choices; a page has one at most. What is chosen stands in the address.

    A bare one stands in a panel: it has neither names beside the choices nor a way to fold or reset them.
    """
    return html.Div(
        id=ids.FILTERS,
        className="choices" if is_bare else "card filters",
        role="search",
        **{
            "aria-label": text.say(language, "filters.title"),
            "data-choices": json.dumps([asdict(one) for one in choices]),
        },
    )


def chosen(choices: Sequence[Choice], state: Mapping[str, str] | None) -> dict[str, str]:
    """Return what holds by an address, by key; what is no option falls back to what holds without one.

    >>> chosen((WINDOW, FIELD), {"win": "8", "field": "dat-dai", "unit": "784"})
    {'win': '30', 'field': 'dat-dai'}
    >>> chosen((WINDOW,), {"win": "2026-01-01_2026-03-31"})
    {'win': '2026-01-01_2026-03-31'}
    """
    asked = state or {}
    return {one.key: asked[one.key] if _is_option(one, asked.get(one.key)) else one.default for one in choices}


def window(today: date, win: str) -> tuple[date, date]:
    """Return the first and the last day of a window: so many days until today, or the two days that it names.

    >>> [str(day) for day in window(date(2026, 3, 1), "7")]
    ['2026-02-23', '2026-03-01']
    >>> [str(day) for day in window(date(2026, 3, 1), "2026-01-01_2026-03-31")]
    ['2026-01-01', '2026-03-01']
    """
    days = _days(win)
    if days is None:
        return today - timedelta(days=int(win) - 1), today
    last = min(days[1], today)
    return min(days[0], last), last


def _is_option(choice: Choice, asked: str | None) -> bool:
    if not asked:
        return False
    return not choice.options or asked in choice.options or (choice.takes_days and _days(asked) is not None)


def _days(asked: str) -> tuple[date, date] | None:
    """Return the two days of first_last in their order, or None when these are no days."""
    first, parted, last = asked.partition("_")
    try:
        low, high = sorted((date.fromisoformat(first), date.fromisoformat(last))) if parted else (None, None)
    except ValueError:
        return None
    return (low, high) if low and high else None
