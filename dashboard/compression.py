"""Content coding of answers: brotli or gzip, whichever the browser takes, and never of a stream."""

import asyncio
import gzip
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

QUICK = {"br": 4, "gzip": 5}  # for what is sent once
THOROUGH = {"br": 9, "gzip": 9}  # for what is kept; brotli 11 takes twenty times as long for 8 % less
SMALLEST_BYTES = 600
LARGE_BYTES = 64 * 1024  # from here on a thread does it
MEDIA_TYPES = (
    "text/",
    "application/json",
    "application/problem+json",
    "application/javascript",
    "application/xml",
    "image/svg+xml",
)


def encode(body: bytes, coding: str, levels: dict[str, int]) -> bytes:
    """Return the body in a content coding; `identity` returns it as it is."""
    if coding == "br":
        return brotli.compress(body, quality=levels["br"])
    if coding == "gzip":
        return gzip.compress(body, levels["gzip"], mtime=0)
    return body


def choose(accepted: str) -> str:
    """Return the best coding that an Accept-Encoding header allows (RFC 9110, section 12.5.3).

    >>> choose("gzip, deflate, br"), choose("br;q=0, gzip;q=0.5"), choose(""), choose("*")
    ('br', 'gzip', 'identity', 'br')
    """
    weights = dict(_weight(part) for part in accepted.lower().split(",") if part.strip())
    rest = weights.get("*", 0.0)
    best = max(("br", "gzip"), key=lambda coding: weights.get(coding, rest))
    return best if weights.get(best, rest) > 0 else "identity"


def is_compressible(media_type: str) -> bool:
    """Tell whether a coding makes a media type smaller; an event stream is never coded."""
    return media_type.startswith(MEDIA_TYPES) and not media_type.startswith("text/event-stream")


def _weight(part: str) -> tuple[str, float]:
    name, _, rest = part.strip().partition(";")
    mark, _, value = rest.strip().partition("=")
    try:
        return name.strip(), float(value) if mark.strip() == "q" else 1.0
    except ValueError:
        return name.strip(), 0.0


class Compress:
    """Code whole answers of a compressible type; what comes in several pieces passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back smaller."""
        if scope["type"] != "http" or scope["method"] == "HEAD":
            await self.app(scope, receive, send)
            return
        coding = choose(Headers(scope=scope).get("accept-encoding", ""))
        await self.app(scope, receive, _Answer(send, coding).send)


@dataclass(slots=True)
class _Answer:
    """One answer on its way out: its start is held back until the first piece of the body is there."""

    out: Send
    coding: str
    start: MutableMapping[str, Any] | None = field(default=None)

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        start, self.start = self.start, None
        if start is not None:
            message = await self._first(start, message)
        await self.out(message)

    async def _first(
        self, start: MutableMapping[str, Any], message: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        headers = MutableHeaders(raw=start.setdefault("headers", []))
        body = message.get("body", b"")
        if _may_code(headers, body, message.get("more_body", False)):
            headers.add_vary_header("Accept-Encoding")
            if self.coding != "identity":
                body = await _encode(body, self.coding)
                headers["content-encoding"] = self.coding
                headers["content-length"] = str(len(body))
                message = {**message, "body": body}
        start["headers"] = headers.raw
        await self.out(start)
        return message


def _may_code(headers: Headers, body: bytes, more: bool) -> bool:
    whole = not more and len(body) >= SMALLEST_BYTES and "content-encoding" not in headers
    return whole and is_compressible(headers.get("content-type", ""))


async def _encode(body: bytes, coding: str) -> bytes:
    if len(body) < LARGE_BYTES:
        return encode(body, coding, QUICK)
    return await asyncio.to_thread(encode, body, coding, QUICK)
