"""What a call asks Postgres before its records are stored: who calls, and what the portal's clients look up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg2
from psycopg2.extensions import connection as Connection

from etl.door.senders import Doorman, Sender
from etl.door.writer import Unavailable
from sql import database, queries

Found = TypeVar("Found")
THREADS = 2


class Access:
    """Ask Postgres from a few threads, each with a connection of its own; proving passwords has threads apart."""

    def __init__(self, database_url: str, doorman: Doorman | None = None) -> None:
        self.url = database_url
        self.doorman = doorman or Doorman()
        self._own = threading.local()
        self._threads = {name: ThreadPoolExecutor(THREADS, name) for name in ("login", "look-up")}

    async def login(self, name: str, password: str, address: str) -> str:
        """Return a new session; raise Refused, TooManyTries or Unavailable."""
        return await self._ask("login", lambda conn: self.doorman.login(conn, name, password, address))

    async def by_session(self, session: str) -> Sender:
        """Return who opened a session; raise Refused or Unavailable."""
        return await self._ask("look-up", lambda conn: self.doorman.by_session(conn, session))

    async def by_key(self, key: str) -> Sender:
        """Return whose api_key it is; raise Refused or Unavailable."""
        return await self._ask("look-up", lambda conn: self.doorman.by_key(conn, key))

    async def rows(self, query: str, /, **parameters: Any) -> list[tuple]:
        """Return the rows of a query of sql/queries/door.sql; raise Unavailable."""

        def find(conn: Connection) -> list[tuple]:
            with conn, conn.cursor() as cursor:
                return queries.run(cursor, "door", query, **parameters)

        return await self._ask("look-up", find)

    def close(self) -> None:
        """Let the threads end."""
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, threads: str, question: Callable[[Connection], Found]) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._threads[threads], self._answer, question)

    def _answer(self, question: Callable[[Connection], Found]) -> Found:
        """Ask on this thread's connection; once more on a new one when the old one had died meanwhile."""
        for attempt in (1, 2):
            conn = getattr(self._own, "conn", None)
            try:
                if conn is None or conn.closed:
                    conn = self._own.conn = database.connect(self.url, "door")
                return question(conn)
            except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
                is_new = conn is None
                if conn is not None:
                    conn.close()
                self._own.conn = None
                if attempt == 2 or is_new:
                    raise Unavailable(str(error).strip()) from error
        raise AssertionError("two attempts end in an answer or an error")
