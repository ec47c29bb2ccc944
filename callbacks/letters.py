"""What the page of letters of apology does: ask the store as the address changes, paint in the browser."""

from functools import partial
from typing import Any

from dash import Input, Output

from callbacks.painting import answered, paint
from layouts import ids


def show_letters(store: Any, state: dict[str, str] | None, _version: int | None) -> dict[str, Any] | None:
    """Return what the address asks of the page; None before the first frame."""
    return answered(state, store.letters.page(state or {}))


def register(app: Any, store: Any) -> None:
    """Bind the callbacks of the page."""
    app.callback(
        Output(ids.LETTERS, "data"),
        Input(ids.STATE, "data"),
        Input(ids.FRAME_VERSION, "data"),
    )(partial(show_letters, store))
    paint(app, ids.LETTERS_SUMS, "letterPage", ids.LETTERS)
