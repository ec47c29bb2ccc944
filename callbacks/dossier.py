"""What the page of one dossier does: read it from the API as the address changes, paint in the browser."""

from typing import Any

from callbacks.painting import paint
from layouts import ids


def register(app: Any, store: Any) -> None:
    """Bind the callback of the page; the dossier itself comes by GET /api/v1/dossiers/<code>, to whom may see it."""
    paint(app, ids.DOSSIER, "dossier")
