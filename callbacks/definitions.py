"""What the page of definitions does: show them in the page's language, find one."""

from functools import partial
from typing import Any

from dash import ClientsideFunction, Input, Output
from dash.development.base_component import Component

from layouts import definitions, ids, text


def show_definitions(store: Any, words: dict[str, str]) -> list[Component]:
    """Return a card for each definition, in the language whose words the page has."""
    language = text.language(words["format.locale"].split("-")[0])
    thresholds = store.profile().get("thresholds", {})
    return [definitions.card(language, row, thresholds) for row in store.definitions()]


def register(app: Any, store: Any) -> None:
    """Bind the callbacks of the page."""
    app.callback(Output(ids.DEFINITION_CARDS, "data"), Input(ids.WORDS, "data"))(partial(show_definitions, store))
    app.clientside_callback(
        ClientsideFunction("board", "find"),
        Output(ids.DEFINITIONS_FOUND, "children"),
        Input(ids.DEFINITION_SEARCH, "value"),
        Input(ids.DEFINITION_CARDS, "data"),
        Input(ids.WORDS, "data"),
    )
