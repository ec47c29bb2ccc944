"""GET /api/v1/live: the frame as server-sent events, straight on ASGI.

A viewer's connection stays open for hours, so nothing but this module's own coroutine waits on it: no middleware,
no request object, no response object.
"""

import random
from typing import Any
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from dashboard import door, sse
from dashboard.fanout import Fanout, Viewer
from dashboard.problems import Problem, problem

PATH = "/api/v1/live"
RETRY_MS = (1_000, 5_000)
Event = dict[str, Any]
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
]


class Live:
    """The ASGI endpoint that adds connections to the fan-out and removes them."""

    def __init__(self, fanout: Fanout) -> None:
        self.fanout = fanout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one viewer until it disconnects; HEAD tells whether there is room for one."""
        try:
            viewer = Viewer(send, door.visitor(scope), wanted_version(scope))
            if scope["method"] == "HEAD":
                self.fanout.door.check(viewer.visitor)
            else:
                self.fanout.admit(viewer)
        except Problem as error:
            await problem(error, error.headers if isinstance(error, door.Full) else None)(scope, receive, send)
            return
        headers = HEADERS if viewer.visitor.account else [*HEADERS, _introduction(scope)]
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        if scope["method"] == "HEAD":
            await send(start)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await self._serve(viewer, start, receive)

    async def _serve(self, viewer: Viewer, start: Event, receive: Receive) -> None:
        wait_ms = random.randint(*RETRY_MS)
        try:
            await viewer.send(start)
            await self.fanout.join(viewer, sse.retry(wait_ms))
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self.fanout.leave(viewer)


def _introduction(scope: Scope) -> tuple[bytes, bytes]:
    return b"set-cookie", door.new_cookie(PATH, scope.get("scheme") == "https")


def wanted_version(scope: Scope) -> int | None:
    """Return the version a viewer has, or None; raise Problem for a `since` that is no number.

    Last-Event-ID wins: a browser that comes back sends it with the address it first used. One that is no number of
    ours is no error, the viewer gets a snapshot.
    """
    for name, value in scope["headers"]:
        if name == b"last-event-id":
            return int(value) if _is_version(value.decode("latin-1")) else None
    query = scope.get("query_string", b"")
    since = parse_qs(query.decode("latin-1")).get("since") if query else None
    if since is None:
        return None
    if not _is_version(since[-1]):
        raise Problem(422, "since is not a version", f"since={since[-1][:40]} must be the number of a frame.")
    return int(since[-1])


def _is_version(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
