"""A viewer of the event stream without a socket: what an ASGI server would hand to the endpoint."""

import asyncio
import json
from collections.abc import Callable, MutableMapping
from typing import Any

from dashboard.door import Limits
from dashboard.edition import Edition
from dashboard.fanout import Fanout
from dashboard.live import PATH, Live
from indicators import frame as frames

Event = dict[str, Any]


def frame(version: int, late: int = 0) -> dict[str, Any]:
    """Return a small frame."""
    return {
        "version": version,
        "as_of": f"2026-11-22T10:00:{version % 60:02}+07:00",
        "data_version": version,
        "city": {"dossiers_late": late, "dossiers_open": 40},
        "units": {"10": {"dossiers_late": late}},
    }


class Screen:
    """One connection to the endpoint: reads at once, or only while `reads` is set."""

    def __init__(
        self, live: Live, query: str = "", last_event_id: str | None = None, address: str = "10.0.0.1", **more: str
    ) -> None:
        headers = [] if last_event_id is None else [(b"last-event-id", last_event_id.encode())]
        headers += [(name.encode(), value.encode()) for name, value in more.items() if name != "method"]
        self.scope = {
            "type": "http",
            "method": more.get("method", "GET"),
            "path": PATH,
            "query_string": query.encode(),
            "headers": headers,
            "client": (address, 5000),
        }
        self.live = live
        self.status: int | None = None
        self.headers: dict[bytes, bytes] = {}
        self.received = b""
        self.ended = False
        self.reads = asyncio.Event()
        self.reads.set()
        self.writes_waiting = 0
        self._gone = asyncio.Event()
        self.task = asyncio.create_task(live(self.scope, self.receive, self.send))

    async def receive(self) -> Event:
        """Wait for the disconnect."""
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Take a message, waiting while this screen does not read."""
        if not self.reads.is_set():
            self.writes_waiting += 1
            await self.reads.wait()
            self.writes_waiting -= 1
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = dict(message["headers"])
        else:
            self.received += message["body"]
            self.ended = not message.get("more_body", False)

    async def leave(self) -> None:
        """Disconnect."""
        self._gone.set()
        self.reads.set()
        await self.task

    def events(self) -> list[tuple[str, Any]]:
        """Return (event, data) of everything received; snapshots and frames also checked for their id."""
        found = []
        for block in self.received.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if "event" in lines:
                data = json.loads(lines["data"])
                assert lines["event"] == "status" or lines["id"] == str(data["version"])
                found.append((lines["event"], data))
        return found

    def versions(self) -> list[tuple[str, int]]:
        """Return (event, version) of the frames received."""
        return [(event, data["version"]) for event, data in self.events() if event != "status"]

    def frame(self) -> dict[str, Any] | None:
        """Return the frame that this screen shows: deltas applied, each to its own base."""
        shown = None
        for event, data in self.events():
            if event == "snapshot":
                shown = data
            elif event == "frame":
                assert shown is not None
                shown = frames.apply(shown, data)
        return shown


class Newsroom:
    """A fan-out that runs, with a frame to go on from."""

    def __init__(self, limits: Limits = Limits(), ring_messages: int = 600, heartbeat_s: float = 15) -> None:  # noqa: B008
        self.fanout = Fanout(limits, ring_messages, heartbeat_s)
        self.live = Live(self.fanout)
        self.edition: Edition | None = None

    async def __aenter__(self) -> "Newsroom":
        self.task = asyncio.create_task(self.fanout.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    def publish(self, *versions: int, pad: int = 0) -> None:
        """Publish frames; `pad` makes each of them that many bytes larger."""
        for version in versions:
            new = frame(version, version) | ({"title": "x" * pad + str(version)} if pad else {})
            delta, base = b"", None
            if self.edition is not None:
                delta, base = json.dumps(frames.diff(self.edition.frame, new)).encode(), self.edition.version
            self.edition = Edition(new)
            self.fanout.publish(self.edition, delta, base)

    def screen(self, **wanted: Any) -> Screen:
        """Open a connection."""
        return Screen(self.live, **wanted)


async def settle(until: Callable[[], bool]) -> None:
    """Let the event loop work until something is so."""
    for _ in range(10_000):
        if until():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not become so")


async def idle() -> None:
    """Let the event loop work until nothing that is ready is left."""
    for _ in range(50):
        await asyncio.sleep(0)
