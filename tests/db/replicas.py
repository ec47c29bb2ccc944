"""A primary with a real streaming replica, both embedded, and what a test does to them."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from sql import database, embedded, embedded_postgres, migrate
from tests.conftest import SMALL_PROFILE, administer, short_folder

PATIENCE_S = 30.0
REPLICATING = ("wal_level = replica", "max_wal_senders = 4", "max_replication_slots = 4")


class Pair:
    """Two servers; the second follows the first."""

    def __init__(self, folder: Path) -> None:
        self.first, self.second = folder / "first", folder / "second"
        self.primary_url = embedded_postgres.start(self.first, durable=False)
        migrate.upgrade(self.primary_url)
        embedded.load_profile(self.primary_url, SMALL_PROFILE)
        for setting in REPLICATING:
            administer(self.primary_url, f"alter system set {setting}")
        embedded_postgres.stop(self.first)
        embedded_postgres.start(self.first, durable=False)
        self._copy()
        self.replica_url = embedded_postgres.start(self.second, durable=False)
        self.until(lambda: embedded_postgres.answers(self.second))

    def _copy(self) -> None:
        self.second.mkdir()
        if os.geteuid() == 0:
            embedded_postgres._let_system_user_in(self.second)
        source = ("-h", str(embedded_postgres._socket_folder(self.first)), "-U", "postgres")
        embedded_postgres._run("pg_basebackup", "-D", str(self.second), *source, "-R", "-X", "stream", "-c", "fast")
        self.second.chmod(0o700)

    def change(self, statement: str) -> int:
        """Change something on the primary, as a loader does, and return the data_version after it."""
        with closing(database.connect(self.primary_url, "tests")) as opened, opened, opened.cursor() as cursor:
            cursor.execute(statement)
            cursor.execute("update data_version set version = version + 1 returning version")
            return cursor.fetchone()[0]

    def pause(self) -> None:
        """Let the replica receive, but not show, what the primary does."""
        administer(self.replica_url, "select pg_wal_replay_pause()")
        self.until(lambda: self._of_replica("select pg_get_wal_replay_pause_state()") == "paused")

    def go_on(self) -> None:
        """Let the replica show everything again."""
        administer(self.replica_url, "select pg_wal_replay_resume()")

    def caught_up(self, version: int) -> None:
        """Wait until the replica has a data_version."""
        self.until(lambda: self._of_replica("select version from data_version") >= version)

    def kill_replica(self) -> None:
        """End the replica as kill -9 does."""
        process = embedded_postgres.postmaster(self.second)
        assert process is not None
        process.kill()
        process.wait(10)

    def _of_replica(self, question: str) -> Any:
        with closing(psycopg2.connect(database.dsn(self.replica_url))) as opened, opened.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0]

    def until(self, so: Callable[[], bool]) -> None:
        """Wait for something."""
        end = time.monotonic() + PATIENCE_S
        while not so():
            assert time.monotonic() < end
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop both."""
        embedded_postgres.stop(self.second)
        embedded_postgres.stop(self.first)


@contextmanager
def pair() -> Iterator[Pair]:
    """Two servers for a test."""
    with short_folder() as folder:
        made = Pair(folder)
        try:
            yield made
        finally:
            made.stop()
