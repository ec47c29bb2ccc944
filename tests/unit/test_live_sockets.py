"""The fan-out over real sockets: readers that do not read, as a suspended laptop does."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator

import psutil
import uvicorn

from dashboard.edition import Edition
from dashboard.fanout import Fanout
from dashboard.live import PATH, Live
from tests.unit.screens import frame

PAD = 64 * 1024
FRAMES = 400
SLEEPERS = 20


@contextlib.asynccontextmanager
async def served(fanout: Fanout) -> AsyncIterator[int]:
    """Serve the endpoint on a port of loopback, as gunicorn's worker does."""
    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(Live(fanout), lifespan="off", log_level="error", ws="none"))
    tasks = [asyncio.create_task(work) for work in (server.serve(sockets=[door]), fanout.run())]
    try:
        yield door.getsockname()[1]
    finally:
        fanout.close()
        server.should_exit = server.force_exit = True
        await asyncio.wait_for(tasks[0], 10)
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def publish(fanout: Fanout, version: int) -> None:
    new = frame(version, version) | {"title": "x" * PAD}
    delta = {"version": version, "base": version - 1, "title": "x" * PAD}
    fanout.publish(Edition(new), json.dumps(delta).encode(), version - 1 if version > 1 else None)


async def connect(port: int, buffer_bytes: int | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    raw = socket.socket()
    if buffer_bytes:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=raw, limit=2 * PAD if buffer_bytes is None else 1024)
    writer.write(f"GET {PATH} HTTP/1.1\r\nHost: city\r\n\r\n".encode())
    return reader, writer


async def read_until(reader: asyncio.StreamReader, version: int) -> list[int]:
    """Read the stream to a version; return the versions read."""
    seen: list[int] = []
    async with asyncio.timeout(60):
        while not seen or seen[-1] != version:
            line = await reader.readline()
            assert line, "the stream has ended"
            if line.startswith(b"id: "):
                seen.append(int(line[4:]))
    return seen


def test_readers_that_do_not_read_take_no_memory_delay_nobody_and_wake_at_the_newest_frame() -> None:
    async def scene() -> None:
        fanout = Fanout(ring_messages=4)
        publish(fanout, 1)
        async with served(fanout) as port:
            sleepers = [await connect(port, 4096) for _ in range(SLEEPERS)]
            reader, writer = await connect(port)
            assert await read_until(reader, 1) == [1]
            before = psutil.Process().memory_info().rss
            delays = []
            for version in range(2, FRAMES):
                began = asyncio.get_running_loop().time()
                publish(fanout, version)
                assert await read_until(reader, version) == [version]
                delays.append(asyncio.get_running_loop().time() - began)
            grown = psutil.Process().memory_info().rss - before
            assert fanout.slow_total == SLEEPERS  # each waits for its own socket, with one message, since it stopped
            assert grown < SLEEPERS * 4 * PAD  # and not the 26 MB that each has missed
            assert sorted(delays)[len(delays) // 2] < 0.5
            seen = await read_long(sleepers[0][0], FRAMES - 1)
            assert len(seen) < FRAMES / 3  # what the kernel held, then the newest
            for _, one in [*sleepers, (reader, writer)]:
                one.transport.abort()
            async with asyncio.timeout(30):
                while fanout.viewers:
                    await asyncio.sleep(0.05)

    asyncio.run(scene())


async def read_long(reader: asyncio.StreamReader, version: int) -> list[int]:
    """Read a stream with small buffers to the frame of a version; return the versions read."""
    held, seen = b"", [0]
    async with asyncio.timeout(60):
        while seen[-1] != version:
            held += await reader.read(65_536)
            *lines, held = held.split(b"\n")
            seen += [int(line[4:]) for line in lines if line.startswith(b"id: ")]
    return seen
