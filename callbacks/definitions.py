"""What the page of definitions does: show them in the page's language, find one."""

from typing import Any


def register(app: Any, store: Any) -> None:
    """Bind the callbacks of the page."""
