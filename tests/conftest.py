"""Real servers for the tests: one embedded Postgres and one Valkey a session, a fresh database a test."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import psycopg2
import psycopg2.extensions
import pytest

from sql import database, embedded, embedded_postgres, embedded_valkey, migrate
from sql.settings import Settings

hypothesis.settings.register_profile("any machine", deadline=None)  # a slow machine is no failure
hypothesis.settings.load_profile("any machine")

ROOT = Path(__file__).resolve().parents[1]
SMALL_PROFILE = ROOT / "tests" / "profiles" / "small"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of an embedded server with a migrated database called `empty_city`; not durable, therefore quick."""
    with short_folder() as folder:
        url = embedded_postgres.start(folder / "postgres", durable=False)
        try:
            create_database(url, "empty_city", "template0")
            migrate.upgrade(named(url, "empty_city"))
            yield url
        finally:
            embedded_postgres.stop(folder / "postgres")


@pytest.fixture
def database_url(postgres: str) -> Iterator[str]:
    """URL of a fresh, migrated, empty database."""
    yield from fresh_database(postgres, "empty_city")


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg2.extensions.connection]:
    """A psycopg2 connection to the database of `database_url`."""
    opened = database.connect(database_url, "tests")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """URL of an embedded Valkey of this session."""
    with short_folder() as folder:
        url = embedded_valkey.start(folder)
        assert url, "Valkey did not start"
        yield url
        embedded_valkey.stop(folder)


@pytest.fixture(scope="session")
def city_template(postgres: str) -> str:
    """Name of a migrated database with the small profile loaded."""
    create_database(postgres, "small_city", "empty_city")
    embedded.load_profile(named(postgres, "small_city"), SMALL_PROFILE)
    return "small_city"


@pytest.fixture
def city(postgres: str, city_template: str) -> Iterator[str]:
    """URL of a fresh database with the small profile loaded."""
    yield from fresh_database(postgres, city_template)


@pytest.fixture
def settings() -> Iterator[Settings]:
    """Settings of a program that runs alone in an empty DATA_DIR on the small profile."""
    with short_folder() as folder:
        yield Settings(
            database_url="", redis_url="", data_dir=folder, profile=SMALL_PROFILE, secret_key="only for tests"
        )


@contextmanager
def short_folder() -> Iterator[Path]:
    """A temporary folder with a short path (sockets) that PostgreSQL's own user may pass through when root tests."""
    folder = Path(tempfile.mkdtemp(prefix="leadership-")).resolve()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def fresh_database(server_url: str, template: str) -> Iterator[str]:
    """Yield the URL of a copy of `template`, dropped afterwards."""
    name = f"test_{os.getpid()}_{next(NUMBERS)}"
    create_database(server_url, name, template)
    yield named(server_url, name)
    administer(server_url, f"drop database {name} with (force)")


def create_database(server_url: str, name: str, template: str) -> None:
    """Copy the database `template`, which nobody may be connected to."""
    administer(server_url, f"create database {name} template {template} strategy file_copy")


def administer(server_url: str, statement: str) -> None:
    """Run a statement that cannot stand in a transaction."""
    opened = psycopg2.connect(database.dsn(server_url))
    opened.autocommit = True
    try:
        with opened.cursor() as cursor:
            cursor.execute(statement)
    finally:
        opened.close()


def named(server_url: str, name: str) -> str:
    """Return the URL of another database of the same server."""
    return server_url.replace("/postgres?", f"/{name}?", 1)
