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

    The words of an option are `filters.<key>_<option>`, those of the choice `filters.<key>`. Units, fields and
    geographies are offered from the registry.
    """

    key: str
    kind: Literal["buttons", "list", "geographies", "units", "fields"]
    options: tuple[str, ...] = ()
    default: str = ""


WINDOW = Choice("win", "buttons", ("7", "30", "90", "365"), "30")
GEOGRAPHY = Choice("geo", "geographies")
UNIT = Choice("unit", "units")
FIELD = Choice("field", "fields")
SHOW = Choice("show", "buttons", ("rate", "count"), "rate")
SORT = Choice("sort", "list", ("worst", "name", "alike"), "worst")
TOP = Choice("top", "list", ("all", "10", "30", "last"), "all")


def modes(*options: str) -> Choice:
    """Return the switch between what a page can show; the first holds without a choice."""
    return Choice("mode", "buttons", options, options[0])


def bar(language: str, *choices: Choice) -> Component:
    """Return the bar with these choices; a page has one at most. What is chosen stands in the address."""
    return html.Div(
        id=ids.FILTERS,
        className="card filters",
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
    """
    asked = state or {}
    return {
        one.key: asked.get(one.key) or one.default
        if not one.options or asked.get(one.key) in one.options
        else one.default
        for one in choices
    }


def window(today: date, days: int) -> tuple[date, date]:
    """Return the first and the last day of a window that ends today.

    >>> [str(day) for day in window(date(2026, 3, 1), 7)]
    ['2026-02-23', '2026-03-01']
    """
    return today - timedelta(days=days - 1), today
