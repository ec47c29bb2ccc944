"""A city to measure in: an embedded Postgres of its own in a temporary folder, migrated, with the profile loaded."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2

from sql import database, embedded, embedded_postgres, migrate, profile
from sql.profile_parts import Profile

ROOT = Path(__file__).parents[1]
PROFILE = ROOT / "profiles" / "hcmc"
TEMPLATE = "city"
NUMBERS = itertools.count(1)


class Server:
    """An embedded server that is gone, with all its data, when the measurement ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = embedded_postgres.start(folder / "postgres")
        self._administer(f"create database {TEMPLATE}")
        migrate.upgrade(self._named(TEMPLATE))
        embedded.load_profile(self._named(TEMPLATE), PROFILE)

    @contextmanager
    def city(self) -> Iterator[str]:
        """Give the URL of a database without facts; it is dropped afterwards."""
        name = f"bench_{next(NUMBERS)}"
        self._administer(f"create database {name} template {TEMPLATE}")
        try:
            yield self._named(name)
        finally:
            self._administer(f"drop database {name} with (force)")

    def settle(self) -> None:
        """Write what is dirty now, so that one measurement does not pay for the one before."""
        self._administer("checkpoint")

    def _named(self, name: str) -> str:
        return self.url.replace("/postgres?", f"/{name}?", 1)

    def _administer(self, statement: str) -> None:
        with closing(psycopg2.connect(database.dsn(self.url))) as conn:
            conn.autocommit = True
            with conn.cursor() as cursor:
                cursor.execute(statement)


@contextmanager
def server() -> Iterator[Server]:
    """Start a server in a new temporary folder (a short path, as its socket stands in it), and remove both."""
    with folder() as place:
        try:
            yield Server(place)
        finally:
            embedded_postgres.stop(place / "postgres")


@contextmanager
def folder() -> Iterator[Path]:
    """Give a temporary folder with a short path that Postgres's own user may pass through."""
    place = Path(tempfile.mkdtemp(prefix="bench-")).resolve()
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def read_profile() -> Profile:
    """Return the profile that measurements are made with."""
    return profile.read(PROFILE)
