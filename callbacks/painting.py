"""What the painters of a page look at: frame, address, names, words and link; and what the store told."""

from collections.abc import Mapping
from typing import Any

from dash import ClientsideFunction, Input, Output

from layouts import ids

LOOK = (
    Input(ids.FRAME, "data"),
    Input(ids.STATE, "data"),
    Input(ids.REGISTRY, "data"),
    Input(ids.WORDS, "data"),
    Input(ids.LINK, "data"),
)


def answered(state: Mapping[str, str] | None, answer: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return an answer with what was asked, by which the browser tells it from that to an earlier question.

    >>> answered({"win": "7"}, {"late": 3}), answered(None, None)
    ({'late': 3, 'asked': {'win': '7'}}, None)
    """
    return None if answer is None else answer | {"asked": dict(state or {})}


def paint(app: Any, part: str, painter: str, *told: str) -> None:
    """Bind a painter (its name in assets) that tells a part (id) what it painted to what all look at, and to the
    stores `told` (ids).
    """
    inputs = (*LOOK, *(Input(store, "data") for store in told))
    app.clientside_callback(ClientsideFunction("board", painter), Output(part, "data-painted"), *inputs)
