"""What the page of the hotline does: ask what is open as frames come, and the past when another one is chosen."""

from functools import partial
from typing import Any

from dash import Input, Output

from callbacks.painting import answered, paint
from layouts import ids

Json = dict[str, Any]


def show_now(store: Any, _version: int | None, state: Json | None) -> Json | None:
    """Return what is open by unit and category, at the newest frame's instant."""
    return answered(state, store.hotline.now(state or {}))


def show_past(store: Any, state: Json | None, _registry: Any) -> Json | None:
    """Return what the weeks of the window tell of the chosen unit and category."""
    return answered(state, store.hotline.past(state or {}))


def show_calls(store: Any, state: Json | None, _version: int | None) -> Json | None:
    """Return the calls behind the number that was asked about."""
    return answered(state, store.hotline.calls(state or {}))


def register(app: Any, store: Any) -> None:
    """Bind the callbacks of the page."""
    app.callback(Output(ids.CALLS_NOW, "data"), Input(ids.FRAME_VERSION, "data"), Input(ids.STATE, "data"))(
        partial(show_now, store)
    )
    app.callback(Output(ids.CALLS_PAST, "data"), Input(ids.STATE, "data"), Input(ids.REGISTRY, "data"))(
        partial(show_past, store)
    )
    app.callback(Output(ids.CALLS_LISTED, "data"), Input(ids.STATE, "data"), Input(ids.FRAME_VERSION, "data"))(
        partial(show_calls, store)
    )
    paint(app, ids.CALLS, "calls", ids.HISTORY, ids.CALLS_NOW, ids.CALLS_PAST)
    paint(app, ids.CALLS_LIST, "callsList", ids.CALLS_LISTED, ids.CALLS_NOW)
