"""What the filter bar does: show what the address says, and write there what is chosen."""

from typing import Any

from dash import ClientsideFunction, Input, Output

from layouts import ids


def register(app: Any, store: Any) -> None:
    """Bind the bar of every page that has one; it asks the store nothing."""
    app.clientside_callback(
        ClientsideFunction("board", "filters"),
        Output(ids.FILTERS, "data-painted"),
        Input(ids.FRAME, "data"),
        Input(ids.STATE, "data"),
        Input(ids.REGISTRY, "data"),
        Input(ids.WORDS, "data"),
    )
