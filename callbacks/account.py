"""What every page does about people: who is signed in, and the notes that are pinned."""

from typing import Any

from dash import ClientsideFunction, Input, Output

from layouts import ids


def register(app: Any, store: Any) -> None:
    """Bind the callbacks of accounts and notes; the browser asks the API itself."""
    app.clientside_callback(
        ClientsideFunction("board", "account"), Output(ids.ACCOUNT, "data-painted"), Input(ids.WORDS, "data")
    )
    app.clientside_callback(
        ClientsideFunction("board", "notes"),
        Output(ids.NOTES, "data-painted"),
        Input(ids.FRAME, "data"),
        Input(ids.STATE, "data"),
        Input(ids.REGISTRY, "data"),
        Input(ids.WORDS, "data"),
    )
