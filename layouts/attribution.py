"""Ai làm trễ: whose step and whose handover made dossiers late, and what moved appointments hide."""

from dash import dcc, html
from dash.development.base_component import Component

from layouts import filters, ids, text
from layouts.panels import headed
from layouts.sums import sums

MODES = filters.modes("days", "dossiers", "alone")
CHOICES = (MODES, filters.WINDOW, filters.GEOGRAPHY, filters.UNIT, filters.FIELD)

SUMS = (
    ("late", "attribution.late", "two_clocks"),
    ("attributed", "attribution.attributed", "lateness_parts"),
    ("none", "attribution.no_steps_sum", "lateness_parts"),
)


def body(language: str) -> list[Component]:
    """Return the parts of the page, without any number in them."""
    return [
        dcc.Store(id=ids.ATTRIBUTION),
        filters.bar(language, *CHOICES),
        sums(language, ids.ATTRIBUTION_SUMS, *SUMS),
        _panel(language, "stops", ids.ATTRIBUTION_STOPS, "lateness_parts", "matrix"),
        _panel(language, "ledger", ids.ATTRIBUTION_LEDGER, "redated_rate", "ledger"),
    ]


def _panel(language: str, name: str, id_: str, definition: str, kind: str) -> Component:
    how = html.P(text.say(language, f"attribution.{name}_how"), className="note how")
    part = html.Div(id=id_, className=kind)
    table = {"stops": "stops", "ledger": "redated"}[name]
    title = text.say(language, f"attribution.{name}")
    return headed(language, "attribution", title, definition, f"{name}-part", table, how, part)
