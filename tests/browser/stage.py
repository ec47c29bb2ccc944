"""The real web program on a made-up city: what comes over the stream is said by the test."""

import asyncio
import copy
import socket
import threading
from datetime import UTC, datetime
from typing import Any

import orjson
import uvicorn

from dashboard.app import create_app
from dashboard.supply import Status, Supply
from indicators import frame as frames
from sql.settings import Settings
from tests.browser.fake_store import FakeStore

Json = dict[str, Any]
NOTHING = "(?!)"


class StageSupply(Supply):
    """A supply that brings what it is given, and is in the state it is told to be in."""

    def __init__(self) -> None:
        super().__init__(None, None, lambda: datetime.now(UTC))
        self.said = ("live", "ok")

    async def run(self) -> None:
        await asyncio.Event().wait()

    def show(self, frame: Json) -> None:
        """Publish a frame: whole at first, then what changed."""
        if self.edition is None or frame["as_of"] < self.edition.frame["as_of"]:
            self.edition = None
            self._adopt(frame)
        else:
            delta = frames.diff(self.edition.frame, frame)
            self._step(delta, orjson.dumps(delta))

    def say(self, state: str, reason: str) -> None:
        """Tell viewers of another state of the supply."""
        self.said = (state, reason)
        self._judge()

    def _state(self) -> tuple[str, str]:
        return self.said


class Stage:
    """A running web program with a fake store; its frames and faults are the test's."""

    def __init__(self, now: datetime) -> None:
        self.store = FakeStore(now)
        self.version = 48_212
        self.forgives = NOTHING
        self.supply = StageSupply()
        self.supply.status = Status("live", "ok", now)
        self.app = create_app(Settings(database_url=""), self.store, self.supply)
        self.port = free_port()
        self._start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def show(self, frame: Json) -> None:
        """Publish a frame to everybody who looks."""
        self.store.shown = frame
        self._call(self.supply.show, frame)

    def say(self, state: str, reason: str) -> None:
        """Change the state of the supply."""
        self._call(self.supply.say, state, reason)

    def reset(self, now: datetime) -> None:
        """Begin anew: a healthy supply and a whole frame of this moment."""
        self.store.now = now
        self.forgives = NOTHING
        self.say("live", "ok")
        self.frame = self.store.frame() | {"version": self._next()}
        self.show(self.frame)

    def change(self, **parts: Any) -> None:
        """Publish the newest frame with some parts changed, a moment later."""
        now = datetime.now(self.store.now.tzinfo).isoformat()
        self.frame = copy.deepcopy(self.frame) | {"version": self._next(), "as_of": now}
        for name, part in parts.items():
            self.frame[name] = self.frame[name] | part if isinstance(part, dict) else part
        self.show(self.frame)

    def _next(self) -> int:
        self.version += 1
        return self.version

    def stop(self) -> None:
        """End the program: every connection breaks, and browsers may say so in their console."""
        self.forgives = r"net::ERR_|did not respond|Failed to fetch|status of 5\d\d|Callback (error|failed)"
        self.server.should_exit = True
        self.server.force_exit = True
        self.thread.join(10)

    def restart(self) -> None:
        """Start again on the same port."""
        edition = self.supply.edition
        self.supply = StageSupply()
        self.app = create_app(Settings(database_url=""), self.store, self.supply)
        self._start()
        if edition is not None:
            self.show(edition.frame)

    def _start(self) -> None:
        config = uvicorn.Config(self.app, host="127.0.0.1", port=self.port, log_level="critical", ws="none")
        self.server = uvicorn.Server(config)
        self.server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait(20)

    def _run(self, ready: threading.Event) -> None:
        async def serve() -> None:
            self.loop = asyncio.get_running_loop()
            started = asyncio.create_task(self._told(ready))
            await self.server.serve()
            started.cancel()

        asyncio.run(serve())

    async def _told(self, ready: threading.Event) -> None:
        while not self.server.started:
            await asyncio.sleep(0.01)
        ready.set()

    def _call(self, function: Any, *arguments: Any) -> None:
        async def run() -> None:
            function(*arguments)

        asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
