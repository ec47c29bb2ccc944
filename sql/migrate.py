"""Bring the schema up to date: forward only, one process at a time."""

from pathlib import Path

import psycopg2.errors
import psycopg2.extensions
from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool, create_engine, text

from sql import database

VERSIONS = Path(__file__).with_name("migrations") / "versions"
LOCK = 7662026  # advisory lock of whoever migrates


def upgrade(url: str) -> bool:
    """Migrate the database to the newest revision; return whether anything had to be done.

    Costs one query when the schema is up to date. Waits while another process migrates.
    """
    connection = database.connect(url, "migrate")
    try:
        if current(connection) == head():
            return False
    finally:
        connection.close()
    _upgrade_alone(url)
    return True


def current(connection: psycopg2.extensions.connection) -> str | None:
    """Return the revision the database stands at, or None for an empty one."""
    with connection, connection.cursor() as cursor:
        cursor.execute("select to_regclass('alembic_version') is not null")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("select version_num from alembic_version")
        row = cursor.fetchone()
        return row[0] if row else None


def head() -> str:
    """Return the newest revision: the last of the numbered files."""
    return max(path.stem for path in VERSIONS.glob("[0-9]*.py"))


def _upgrade_alone(url: str) -> None:
    engine = create_engine(url, poolclass=NullPool, connect_args={"application_name": "migrate"})
    with engine.connect() as guard, engine.connect() as connection:
        guard.execute(text("select pg_advisory_lock(:key)"), {"key": LOCK})
        config = Config()
        config.set_main_option("script_location", str(VERSIONS.parent).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
