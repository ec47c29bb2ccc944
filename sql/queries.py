"""The queries: SQL files of named statements, read once."""

import re
from functools import cache
from pathlib import Path

from psycopg2.extensions import cursor as Cursor
from sqlalchemy import TextClause
from sqlalchemy import text as sql_text

FOLDER = Path(__file__).with_name("queries")
PARAMETER = re.compile(r"(?<![:\w]):([a-z]\w*)")
NAME = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)


@cache
def load(stem: str) -> dict[str, str]:
    """Return the statements of sql/queries/`stem`.sql by name; parameters stand as `:name`."""
    return split((FOLDER / f"{stem}.sql").read_text(encoding="utf-8"))


def split(source: str) -> dict[str, str]:
    """Return the statements of one file by name; raise ValueError when two bear the same.

    >>> split("-- name: one\\nselect 1;\\n\\n-- name: two\\nselect 2;\\n")
    {'one': 'select 1', 'two': 'select 2'}
    """
    parts = NAME.split(source)[1:]
    names, bodies = parts[::2], parts[1::2]
    if len(set(names)) != len(names):
        raise ValueError(f"a name stands twice: {sorted(n for n in set(names) if names.count(n) > 1)}")
    return {name: body.strip().removesuffix(";") for name, body in zip(names, bodies, strict=True)}


@cache
def text(stem: str, name: str) -> TextClause:
    """Return one statement of sql/queries/`stem`.sql, ready for a SQLAlchemy connection."""
    return sql_text(load(stem)[name])


@cache
def raw(stem: str, name: str) -> str:
    """Return one statement with psycopg2's parameters (`%(name)s` for `:name`)."""
    return PARAMETER.sub(r"%(\1)s", load(stem)[name].replace("%", "%%"))


def run(cursor: Cursor, stem: str, name: str, /, **parameters: object) -> list[tuple]:
    """Run one statement on a psycopg2 cursor; return its rows, none when it yields none."""
    cursor.execute(raw(stem, name), parameters)
    return cursor.fetchall() if cursor.description else []


def stems() -> list[str]:
    """Return the stem of every query file, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.sql"))
