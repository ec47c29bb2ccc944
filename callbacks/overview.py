"""What the overview does: paint each frame in the browser, keep what is chosen in the address."""

from typing import Any

from dash import ClientsideFunction, Input, Output, State

from callbacks.painting import LOOK, paint
from layouts import ids


def register(app: Any, store: Any) -> None:
    """Bind the callbacks of the overview; they ask the store nothing, the frame has it all."""
    paint(app, ids.TILES, "overview", ids.HISTORY)
    _client(app, "hours", Output(ids.HOURS, "figure"), *LOOK, State(ids.HOURS, "figure"))


def _client(app: Any, function: str, *wires: Input | Output | State, **options: Any) -> None:
    app.clientside_callback(ClientsideFunction("board", function), *wires, **options)
