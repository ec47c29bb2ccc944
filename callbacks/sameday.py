"""What the page of results within the day does: ask for the campaign's course when something else is chosen."""

from functools import partial
from typing import Any

from dash import Input, Output

from callbacks.painting import answered, paint
from layouts import ids


def show_past(store: Any, state: dict[str, Any] | None, _registry: Any) -> dict[str, Any] | None:
    """Return the campaign so far."""
    return answered(state, store.same_day.past(state or {}))


def register(app: Any, store: Any) -> None:
    """Bind the callbacks of the page."""
    app.callback(Output(ids.SAME_DAY_PAST, "data"), Input(ids.STATE, "data"), Input(ids.REGISTRY, "data"))(
        partial(show_past, store)
    )
    paint(app, ids.SAME_DAY, "sameDay", ids.SAME_DAY_PAST)
