"""What the page of one dossier does: read it from the API as the address changes, paint in the browser."""

from typing import Any

from dash import ClientsideFunction, Input, Output

from layouts import ids


def register(app: Any, store: Any) -> None:
    """Bind the callback of the page; the dossier itself comes by GET /api/v1/dossiers/<code>, to whom may see it."""
    app.clientside_callback(
        ClientsideFunction("board", "dossier"),
        Output(ids.DOSSIER, "data-painted"),
        Input(ids.FRAME, "data"),
        Input(ids.STATE, "data"),
        Input(ids.REGISTRY, "data"),
        Input(ids.WORDS, "data"),
        Input(ids.LINK, "data"),
    )
