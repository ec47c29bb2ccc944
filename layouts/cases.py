"""Danh sách hồ sơ: the case files behind a number."""

from dash import html
from dash.development.base_component import Component

from layouts import filters, ids, text

MODES = filters.modes("late", "finished", "accepted", "open")
SORT = filters.Choice("sort", "list", ("worst", "new"), "worst")
CHOICES = (MODES, filters.WINDOW, filters.GEOGRAPHY, filters.UNIT, filters.FIELD, SORT)


def body(language: str) -> list[Component]:
    """Return the parts of the page, without any row in them."""
    return [
        filters.bar(language, *CHOICES),
        html.Section(
            className="card panel cases-panel",
            **{"aria-label": text.say(language, "page.cases")},
            children=[html.Div(id=ids.CASES, className="cases")],
        ),
    ]
