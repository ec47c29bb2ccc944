"""A server that sends 4 kB a second to all who listen: `python -m bench.broadcaster MODE VIEWERS`.

Prints its port, then runs until it is killed. `bare` is the least that ASGI needs: a list of open connections and a
loop. `ours` is the product's fan-out and its live endpoint, on the same server with the same settings. `sse-starlette`
is that package as its own examples use it: a generator and a queue a viewer.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import uvicorn
from sse_starlette.sse import EventSourceResponse

from dashboard.door import Limits
from dashboard.edition import Edition
from dashboard.fanout import Fanout
from dashboard.live import Live

MESSAGE_BYTES = 4_096
EVERY_S = 1.0
BACKLOG = 4_096
Asgi = Callable[[Any, Any, Any], Awaitable[None]]
Run = Callable[[], Awaitable[None]]


def message(number: int) -> bytes:
    """Return 4 kB of JSON that bears its number and the moment (ns) it was made."""
    head = b'{"version": %d, "sent": %d, "pad": "' % (number, time.time_ns())
    tail = b'", "end": true}'
    return head + b"x" * (MESSAGE_BYTES - len(head) - len(tail)) + tail


def bare() -> tuple[Asgi, Run]:
    """Return (app, sender) of the least program."""
    sends: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b": hello\n\n", "more_body": True})
        sends.append(send)
        while (await receive())["type"] != "http.disconnect":
            pass
        sends.remove(send)

    async def run() -> None:
        number = 0
        while True:
            await asyncio.sleep(EVERY_S)
            number += 1
            event = {"type": "http.response.body", "body": b"data: " + message(number) + b"\n\n", "more_body": True}
            for send in tuple(sends):
                await send(event)

    return app, run


def ours(viewers: int) -> tuple[Asgi, Run]:
    """Return (app, sender) of the product's live endpoint."""
    fanout = Fanout(Limits(viewers, viewers))
    fanout.publish(Edition({"version": 1}), b"", None)

    async def run() -> None:
        writing = asyncio.create_task(fanout.run())
        number = 1
        while not writing.done():
            await asyncio.sleep(EVERY_S)
            number += 1
            fanout.publish(Edition({"version": number}), message(number), number - 1)

    return Live(fanout), run


def sse_starlette() -> tuple[Asgi, Run]:
    """Return (app, sender) of a program made with sse-starlette."""
    queues: set[asyncio.Queue[str]] = set()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        queue: asyncio.Queue[str] = asyncio.Queue()
        queues.add(queue)

        async def events() -> AsyncIterator[dict[str, str]]:
            yield {"comment": "hello"}
            while True:
                yield {"data": await queue.get()}

        try:
            await EventSourceResponse(events())(scope, receive, send)
        finally:
            queues.discard(queue)

    async def run() -> None:
        number = 0
        while True:
            await asyncio.sleep(EVERY_S)
            number += 1
            text = message(number).decode()
            for queue in tuple(queues):
                queue.put_nowait(text)

    return app, run


async def serve(server: uvicorn.Server, run: Run) -> None:
    """Serve on a free port of loopback, and send."""
    door = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    sending = asyncio.create_task(run())
    print(door.getsockname()[1], flush=True)
    await server.serve(sockets=[door])
    sending.cancel()


def main(mode: str, viewers: int) -> None:
    """Run one of the servers, as gunicorn's workers run the product's."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    app, run = {"bare": bare, "ours": lambda: ours(viewers), "sse-starlette": sse_starlette}[mode]()
    config = uvicorn.Config(app, ws="none", lifespan="off", log_level="error", backlog=BACKLOG)
    gc.collect()
    gc.freeze()
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(serve(uvicorn.Server(config), run))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
