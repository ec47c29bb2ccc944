"""Một hồ sơ: one dossier as a timeline against its deadlines."""

from dash import html
from dash.development.base_component import Component

from layouts import ids, text


def body(language: str) -> list[Component]:
    """Return the part that assets/dossier.js fills; it holds no data."""
    return [
        html.Section(
            className="card panel dossier-panel",
            **{"aria-label": text.say(language, "page.dossier")},
            children=[html.Div(id=ids.DOSSIER, className="dossier")],
        )
    ]
