"""Định nghĩa: what does this number mean?"""

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from layouts import ids, text


def body(language: str) -> list[Component]:
    """Return the parts of the page, without any definition in them."""
    words = text.words(language)
    return [
        html.Div(className="intro", children=[html.H1(words["page.definitions"]), html.P(words["definition.intro"])]),
        dmc.TextInput(
            id=ids.DEFINITION_SEARCH,
            className="definition-search",
            placeholder=words["definition.search"],
            **{"aria-label": words["definition.search"]},
        ),
        html.P(id=ids.DEFINITIONS_FOUND, className="note", role="status"),
        html.Div(id=ids.DEFINITIONS, className="definitions-list"),
    ]
