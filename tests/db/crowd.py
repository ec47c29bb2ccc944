"""Many browsers in one process: each reads its stream, waits as it was told when that ends, and comes back."""

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence

LOST_MS = 1_000


class Browser:
    """An EventSource on one of several hosts: moves on to the next when one cannot be reached."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = list(ports)
        self.version: int | None = None
        self.versions: list[int] = []
        self.snapshots = 0
        self.gaps = 0
        self.asked_at: list[float] = []
        self.came_at: list[float] = []
        self.refused = 0
        self._retry_ms = LOST_MS

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._read()
            self.ports.append(self.ports.pop(0))
            await asyncio.sleep(self._retry_ms / 1000)

    async def _read(self) -> None:
        self.asked_at.append(time.monotonic())
        reader, writer = await asyncio.open_connection("127.0.0.1", self.ports[0])
        try:
            last = "" if self.version is None else f"Last-Event-ID: {self.version}\r\n"
            writer.write(f"GET /api/v1/live HTTP/1.1\r\nHost: city\r\n{last}\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                self.refused += 1
                return
            self.came_at.append(time.monotonic())
            held = b""
            while size := int(await reader.readline() or b"0", 16):
                held += (await reader.readexactly(size + 2))[:-2]
                *events, held = held.split(b"\n\n")
                for event in events:
                    self._take(event.decode())
        finally:
            writer.close()

    def _take(self, event: str) -> None:
        fields = dict(line.partition(": ")[::2] for line in event.splitlines() if not line.startswith(":"))
        if "retry" in fields:
            self._retry_ms = int(fields["retry"])
        if fields.get("event") == "snapshot":
            self.snapshots += 1
            self._show(int(fields["id"]))
        elif fields.get("event") == "frame":
            self.gaps += json.loads(fields["data"])["base"] != self.version
            self._show(int(fields["id"]))

    def _show(self, version: int) -> None:
        self.version = version
        self.versions.append(version)


@contextlib.asynccontextmanager
async def crowd(count: int, *ports: int):
    """Open browsers and give them; close them afterwards."""
    browsers = [Browser(ports) for _ in range(count)]
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one.run()) for one in browsers]
        try:
            yield browsers
        finally:
            for task in running:
                task.cancel()
