"""What the case list does: the browser asks the API for the rows, page by page."""

from typing import Any

from callbacks.painting import paint
from layouts import ids


def register(app: Any, store: Any) -> None:
    """Bind the callback of the page; case files go by the API alone, which knows who asks."""
    paint(app, ids.CASES, "cases")
