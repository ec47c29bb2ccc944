"""What the page of satisfaction does: ask what can be said when something else is chosen."""

from functools import partial
from typing import Any

from dash import Input, Output

from callbacks.painting import answered, paint
from layouts import ids


def show_past(store: Any, state: dict[str, Any] | None, _registry: Any) -> dict[str, Any] | None:
    """Return what can be said of satisfaction in the window."""
    return answered(state, store.satisfaction.past(state or {}))


def register(app: Any, store: Any) -> None:
    """Bind the callbacks of the page."""
    app.callback(Output(ids.CONTENT_PAST, "data"), Input(ids.STATE, "data"), Input(ids.REGISTRY, "data"))(
        partial(show_past, store)
    )
    paint(app, ids.CONTENT, "content", ids.CONTENT_PAST)
