"""What every page does: take the stream's frames in, show how old they are, pause, change theme and language."""

from functools import partial
from typing import Any

from dash import ClientsideFunction, Input, Output, State

from layouts import ids


def show_registry(store: Any, _ticks: int | None) -> dict[str, Any]:
    """Return what names the numbers: units, geographies, fields, and the profile's rules and thresholds."""
    return {
        "units": store.units(),
        "geographies": store.geographies(),
        "fields": store.fields(),
        "profile": store.profile(),
    }


def show_history(store: Any, _ticks: int | None) -> dict[str, Any]:
    """Return the daily series behind the trend lines."""
    return store.history()


def register(app: Any, store: Any) -> None:
    """Bind the callbacks of the shell."""
    app.callback(Output(ids.REGISTRY, "data"), Input(ids.REFRESH, "n_intervals"))(partial(show_registry, store))
    app.callback(Output(ids.HISTORY, "data"), Input(ids.REFRESH, "n_intervals"))(partial(show_history, store))
    _client(app, "start", Output(ids.BOARD, "data-started"), Input(ids.BOARD, "id"))
    _client(
        app,
        "shell",
        Output(ids.HEADER, "data-painted"),
        Input(ids.FRAME, "data"),
        Input(ids.STATE, "data"),
        Input(ids.REGISTRY, "data"),
        Input(ids.WORDS, "data"),
        Input(ids.LINK, "data"),
    )
    _client(app, "pace", Output(ids.REFRESH, "interval"), Input(ids.REGISTRY, "data"))
    buttons = {ids.PAUSE: "togglePause", ids.THEME: "switchTheme", ids.LANGUAGE: "switchLanguage"}
    for button, function in buttons.items():
        _client(app, function, Output(button, "data-clicked"), Input(button, "n_clicks"), prevent_initial_call=True)


def _client(app: Any, function: str, *wires: Input | Output | State, **options: Any) -> None:
    app.clientside_callback(ClientsideFunction("board", function), *wires, **options)
