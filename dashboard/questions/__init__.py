"""The questions of the pages: one module a page, each a class that the store holds one of."""

from collections.abc import Callable, Hashable
from typing import Any, Protocol

from sqlalchemy import Connection

Rows = list[dict[str, Any]]


class Asker(Protocol):
    """What the store lends to the questions of a page: answers kept in the process, each asked once."""

    def frame(self) -> dict[str, Any] | None:
        """Return the newest frame of this process, or None before the first."""

    def by_minute(self, question: Hashable, ask: Callable[[Connection], Any]) -> Any:
        """Return the answer of this minute; `ask` reads in one read-only snapshot of the database."""

    def by_frame(self, question: Hashable, ask: Callable[[Connection], Any]) -> Any:
        """Return the answer of the newest frame; `ask` reads in one read-only snapshot of the database."""
