"""Leases: one worker of all hosts works on a thing at a time, and one that freezes does not hold it for ever.

A lease is an advisory lock of the session that does the writing, so that a worker that dies gives it up at once. While
it works its program gives a sign of life every few seconds. Who finds none for too long ends the session that holds the
lock: Postgres undoes what that session had begun, and whatever its worker does when it wakes, it cannot write.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import structlog
from psycopg2.extensions import connection as Connection

from sql import database, queries

log = structlog.get_logger("leases")
BREATH_S = 30.0
STALLED_S = 1200.0  # no batch for so long: the work hangs, though its program lives


class Lease:
    """Hold the right to work on `name`; `token` grows with every bearer."""

    def __init__(self, name: str, token: int, now: Callable[[], float] = time.monotonic) -> None:
        self.name, self.token = name, token
        self._now = now
        self._progress_at = now()
        self.over = threading.Event()

    def progressed(self) -> None:
        """Note that the work goes on."""
        self._progress_at = self._now()

    def is_stalled(self) -> bool:
        """Tell whether nothing has come of the work for too long."""
        return self._now() - self._progress_at > STALLED_S

    def is_ours(self, conn: Connection) -> bool:
        """Tell, over any connection, whether nobody has taken the lease over."""
        with conn, conn.cursor() as cursor:
            found = queries.run(cursor, "lease", "bearer", name=self.name)
        return found == [(self.token,)]


@contextmanager
def held(conn: Connection, database_url: str, name: str, breath_s: float = BREATH_S) -> Iterator[Lease | None]:
    """Hold the lease of `name` on this session for the block; None when another session holds it and is alive."""
    token = take(conn, name, breath_s)
    if token is None:
        yield None
        return
    lease = Lease(name, token)
    breathing = threading.Thread(target=_breathe, args=(database_url, lease, breath_s), name="lease", daemon=True)
    breathing.start()
    try:
        yield lease
    finally:
        lease.over.set()
        breathing.join()
        give_up(conn, name, token)


def take(conn: Connection, name: str, breath_s: float = BREATH_S) -> int | None:
    """Take a lease on this session and return its token; None when another session holds it and is alive."""
    with conn, conn.cursor() as cursor:

        def ask(query: str, **parameters: Any) -> Any:
            rows = queries.run(cursor, "lease", query, **parameters)
            return rows[0][0] if rows else None

        if not ask("guard", name=name):
            return None
        if not ask("lock", name=name):
            pid = ask("overdue", name=name)
            if pid is None:
                return None
            log.warning("lease_taken_over", lease=name, pid=pid)
            ask("end_session", pid=pid)
            if not ask("lock", name=name):
                return None
        return ask("take", name=name, seconds=breath_s)


def breathe(conn: Connection, name: str, token: int, breath_s: float = BREATH_S) -> bool:
    """Give a sign of life; return False when another has taken the lease over."""
    with conn, conn.cursor() as cursor:
        return bool(queries.run(cursor, "lease", "breathe", name=name, token=token, seconds=breath_s))


def give_up(conn: Connection, name: str, token: int) -> None:
    """Give a lease up; of a session that was ended there is nothing left to give."""
    if conn.closed:
        return
    try:
        conn.rollback()
        with conn, conn.cursor() as cursor:
            queries.run(cursor, "lease", "drop", name=name, token=token)
            queries.run(cursor, "lease", "unlock", name=name)
    except (psycopg2.OperationalError, psycopg2.InterfaceError):
        conn.close()


def _breathe(database_url: str, lease: Lease, breath_s: float) -> None:
    """Give signs of life until the work is over, hangs, or belongs to another."""
    while not lease.over.wait(breath_s / 3):
        if lease.is_stalled():
            log.warning("work_stalled", lease=lease.name)
            return
        try:
            with closing(database.connect(database_url, "lease")) as conn:
                if not breathe(conn, lease.name, lease.token, breath_s):
                    log.warning("lease_lost", lease=lease.name)
                    return
        except psycopg2.Error:
            continue  # Postgres is away: so is the lock, and so are those who might take over
