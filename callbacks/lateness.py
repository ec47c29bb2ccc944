"""What the page of late dossiers does: ask the store as the address and the frame change, paint in the browser."""

from functools import partial
from typing import Any

from dash import ClientsideFunction, Input, Output

from callbacks.painting import answered, paint
from layouts import ids


def show_lateness(store: Any, state: dict[str, str] | None, _version: int | None) -> dict[str, Any] | None:
    """Return what the address asks of the page; None before the first frame."""
    return answered(state, store.lateness.page(state or {}))


def register(app: Any, store: Any) -> None:
    """Bind the callbacks of the page."""
    app.callback(
        Output(ids.LATENESS, "data"),
        Input(ids.STATE, "data"),
        Input(ids.FRAME_VERSION, "data"),
    )(partial(show_lateness, store))
    # Painters do not wait for the store: what it says is passed on beside the graph of callbacks.
    app.clientside_callback(
        ClientsideFunction("board", "lateTold"),
        Output(ids.LATE_SUMS, "data-told"),
        Input(ids.LATENESS, "data"),
    )
    paint(app, ids.LATE_SUMS, "latePage", ids.LATENESS_TOLD, ids.HISTORY)
