"""The questions of the pages: one module a page, each a class that the store holds one of."""

from collections.abc import Callable, Hashable
from typing import Any, Protocol

from sqlalchemy import Connection

from dashboard.tables import named

Rows = list[dict[str, Any]]


class Asker(Protocol):
    """What the store lends to the questions of a page: answers kept in the process, each asked once."""

    def frame(self) -> dict[str, Any] | None:
        """Return the newest frame of this process, or None before the first."""

    def units(self) -> Rows:
        """Return every unit of every era."""

    def by_minute(self, question: Hashable, ask: Callable[[Connection], Any]) -> Any:
        """Return the answer of this minute; `ask` reads in one read-only snapshot of the database."""

    def by_frame(self, question: Hashable, ask: Callable[[Connection], Any]) -> Any:
        """Return the answer of the newest frame; `ask` reads in one read-only snapshot of the database."""

    def once(self, ask: Callable[[Connection], Any]) -> Any:
        """Return an answer that is not kept: a part of something too large to keep."""


def names_of(units: Rows, language: str) -> dict[str, str]:
    """Return the names of units in a language by key.

    >>> names_of([{"key": "10", "name_vi": "Quận An", "name_en": "An District"}], "en")
    {'10': 'An District'}
    """
    return {unit["key"]: named(unit, language) for unit in units}
