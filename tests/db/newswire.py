"""What the publisher does to Postgres and Valkey, and a process that listens to both."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dashboard.archive import Archive
from dashboard.supply import Supply
from indicators import frame as changes
from sql import database, embedded_valkey, frames, valkey

PATIENCE_S = 20.0


class Clock:
    """The clock of a test: real time, and what the test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + self.ahead


class Publisher:
    """Stores frames and streams them, each where it can."""

    def __init__(self, database_url: str, folder: Path, redis_url: str = "") -> None:
        self.connection = database.connect(database_url, "publisher of a test")
        self.redis_url = redis_url or embedded_valkey.url(folder)
        self.frame: dict[str, Any] | None = None

    def publish(self, version: int, stored: bool = True, streamed: bool = True, **more: Any) -> dict[str, Any]:
        """Publish a frame and return it."""
        as_of = datetime.now(UTC).isoformat()
        new = {"version": version, "as_of": as_of, "data_version": version, "city": {"dossiers_late": version}, **more}
        delta = changes.diff(self.frame, new) if self.frame else None
        if stored:
            with self.connection:
                frames.store(self.connection, new, delta)
        if streamed:
            self._stream(new, delta or changes.diff(new, new))
        self.frame = new
        return new

    def valkey(self) -> Any:
        """Return a client of the stream's server."""
        return valkey.client(self.redis_url)

    def _stream(self, new: dict[str, Any], delta: dict[str, Any]) -> None:
        keys = valkey.keys(self.redis_url)
        with self.valkey() as client:
            client.set(keys.snapshot, json.dumps(new))
            client.xadd(keys.stream, {"delta": json.dumps(delta)}, id=f"{new['version']}-0", maxlen=1000)

    def kill_valkey(self) -> None:
        """End Valkey as kill -9 does: nothing is saved, nobody is told."""
        with self.valkey() as client:
            pid = client.info("server")["process_id"]
        os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        """Give the connection back."""
        self.connection.close()


class Listener:
    """A supply that runs, with everything it has told."""

    def __init__(self, database_url: str | None, redis_url: str | None, clock: Clock) -> None:
        archive = Archive(database_url) if database_url else None
        self.supply = Supply(archive, redis_url, clock, look_s=0.05)
        self.frames: list[tuple[int | None, int]] = []
        self.states: list[tuple[str, str]] = []
        self.shown: dict[str, Any] | None = None

    async def __aenter__(self) -> "Listener":
        self.supply.subscribe(self._published, self._told)
        self.task = asyncio.create_task(self.supply.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        failed = self.task.done()
        self.task.cancel()
        ended = await asyncio.gather(self.task, return_exceptions=True)
        assert not failed, ended

    def _published(self, edition: Any, delta: bytes, base: int | None) -> None:
        self.frames.append((base, edition.version))
        self.shown = edition.frame if base is None else changes.apply(self.shown or {}, json.loads(delta))
        assert self.shown == edition.frame == json.loads(edition.body)

    def _told(self, status: bytes) -> None:
        said = json.loads(status)
        self.states.append((said["state"], said["reason"]))

    async def has(self, version: int) -> None:
        """Wait for a version."""
        await until(lambda: self.supply.edition is not None and self.supply.edition.version == version)

    async def says(self, state: str, reason: str) -> None:
        """Wait for a state."""
        await until(lambda: (self.supply.status.state, self.supply.status.reason) == (state, reason))


async def until(so: Callable[[], bool]) -> None:
    """Let the event loop work until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not so():
            await asyncio.sleep(0.01)
