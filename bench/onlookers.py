"""Streams that stay open and are read: `python -m bench.onlookers PORT COUNT`. Prints "open" once all have begun."""

from __future__ import annotations

import asyncio
import sys

import uvloop

from bench.program import raise_files

REQUEST = b"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"
AT_ONCE = 50


class Onlooker(asyncio.Protocol):
    """One stream; what it says is dropped."""

    def __init__(self, begun: asyncio.Future[None]) -> None:
        self._begun = begun

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        transport.write(REQUEST)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Note that it has begun."""
        if not self._begun.done():
            self._begun.set_result(None)


async def look(port: int, count: int) -> None:
    """Open the streams and keep them until killed."""
    loop = asyncio.get_running_loop()
    kept = []
    for first in range(0, count, AT_ONCE):
        begun = [loop.create_future() for _ in range(first, min(first + AT_ONCE, count))]
        opened = [loop.create_connection(lambda one=one: Onlooker(one), "127.0.0.1", port) for one in begun]
        kept += await asyncio.gather(*opened)
        await asyncio.gather(*begun)
    print("open", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    raise_files()
    uvloop.run(look(*map(int, sys.argv[1:])))
