"""Postgres as a source of frames, asked in a thread of its own so that the event loop never waits for it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg2.extensions

from sql import database, frames

PATIENCE_S = 6.0


class ArchiveError(Exception):
    """Postgres did not answer, or not in time."""


@dataclass(frozen=True)
class News:
    """What Postgres has beyond a version: the deltas that lead on from it, else the whole newest frame."""

    version: int | None
    deltas: tuple[dict[str, Any], ...] = ()
    frame: dict[str, Any] | None = None


class Archive:
    """One connection and one thread; a question while the last one still hangs fails at once."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="archive")
        self._connection: psycopg2.extensions.connection | None = None
        self._asking: asyncio.Future[News] | None = None

    async def news(self, version: int | None, fetch: bool) -> News:
        """Return the newest version stored and, with `fetch`, what leads to it from `version`.

        Raises ArchiveError.
        """
        if self._asking is not None and not self._asking.done():
            raise ArchiveError("Postgres still owes the last answer")
        loop = asyncio.get_running_loop()
        self._asking = loop.run_in_executor(self._thread, partial(self._news, version, fetch))
        done, _ = await asyncio.wait([self._asking], timeout=PATIENCE_S)
        if not done:
            self._asking.add_done_callback(lambda late: late.exception())
            raise ArchiveError(f"Postgres did not answer within {PATIENCE_S:.0f} s")
        return self._asking.result()

    def close(self) -> None:
        """Let the thread end; a question that hangs is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _news(self, version: int | None, fetch: bool) -> News:
        try:
            return self._read(version, fetch)
        except Exception as error:  # a stored frame that cannot be read is no reason to stop supplying
            self._forget()
            raise ArchiveError(f"{type(error).__name__}: {error}".strip()) from error

    def _read(self, version: int | None, fetch: bool) -> News:
        connection = self._open()
        newest = frames.newest_version(connection)
        if newest is None or newest == version or not fetch:
            return News(newest)
        deltas = frames.since(connection, version) if version is not None else None
        if deltas:
            return News(newest, tuple(deltas))
        return News(newest, frame=frames.latest(connection))

    def _open(self) -> psycopg2.extensions.connection:
        if self._connection is None or self._connection.closed:
            self._connection = database.connect(self._url, "dashboard frames")
            self._connection.autocommit = True
        return self._connection

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
