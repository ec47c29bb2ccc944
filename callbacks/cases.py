"""What the case list does: the browser asks the API for the rows, page by page."""

from typing import Any

from dash import ClientsideFunction, Input, Output

from layouts import ids


def register(app: Any, store: Any) -> None:
    """Bind the callback of the page; case files go by the API alone, which knows who asks."""
    app.clientside_callback(
        ClientsideFunction("board", "cases"),
        Output(ids.CASES, "data-painted"),
        Input(ids.FRAME, "data"),
        Input(ids.STATE, "data"),
        Input(ids.REGISTRY, "data"),
        Input(ids.WORDS, "data"),
        Input(ids.LINK, "data"),
    )
