"""GET /api/v1/live: the frame as server-sent events, straight on ASGI.

A viewer's connection stays open for hours, so nothing but this module's own coroutine waits on it: no middleware,
no request object, no response object.
"""

import random
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard import sse
from dashboard.fanout import Fanout, Viewer
from dashboard.problems import Problem, problem

PATH = "/api/v1/live"
VIEWERS_PER_ADDRESS = 2_000  # of one worker; a whole office may stand behind one address
RETRY_MS = (1_000, 5_000)
FULL_RETRY_S = (5, 30)
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
        """Answer one viewer until it disconnects."""
        address = scope["client"][0] if scope.get("client") else ""
        try:
            viewer = Viewer(send, address, wanted_version(scope))
        except Problem as error:
            await problem(error)(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            await _start(send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        elif self.fanout.admit(viewer):
            await self._serve(viewer, receive)
        else:
            await _full()(scope, receive, send)

    async def _serve(self, viewer: Viewer, receive: Receive) -> None:
        wait_ms = random.randint(*RETRY_MS)
        try:
            await _start(viewer.send)
            await self.fanout.join(viewer, sse.retry(wait_ms))
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self.fanout.leave(viewer)


async def _start(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})


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


def _full() -> ASGIApp:
    wait_s = random.randint(*FULL_RETRY_S)
    error = Problem(503, "too many viewers", "Too many live connections from this address.")
    return problem(error, {"Retry-After": str(wait_s)})
