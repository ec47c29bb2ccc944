"""Named queries over one connection, as rows that pages can be made of."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sql import queries, registry
from sql.registry_rows import Registry

Rows = list[dict[str, Any]]


def ask(db: Connection, stem: str, name: str, **parameters: Any) -> Rows:
    """Return the rows of one named query as dicts; instants are ISO 8601 texts."""
    found = db.execute(queries.text(stem, name), parameters)
    names = tuple(found.keys())
    return [dict(zip(names, map(_plain, row), strict=True)) for row in found]


def raw(db: Connection) -> Any:
    """Return the psycopg2 connection below, for the readers that the load path shares."""
    return db.connection.dbapi_connection


class Known:
    """The registry in memory: one small question tells whether it must be read again."""

    def __init__(self) -> None:
        self._kept: tuple[str, Registry] | None = None

    def read(self, db: Connection) -> Registry:
        """Return the registry as the connection's snapshot has it, with what pages need: city, units, fields."""
        mark = ask(db, "registry", "mark")[0]["mark"]
        kept = self._kept
        if kept is None or kept[0] != mark:
            kept = self._kept = mark, registry.read(raw(db))
        return kept[1]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
