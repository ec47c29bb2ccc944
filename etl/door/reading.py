"""The body of a call: read with bounds on its size, on its time and on what all bodies together take, then parsed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request

MOST_BYTES = 2 << 20
MOST_BYTES_TOGETHER = 64 << 20
LONGEST_S = 30.0
FORM = "application/x-www-form-urlencoded"


class TooLarge(Exception):
    """A body of more bytes than the door reads."""


class NoRoom(Exception):
    """The bodies that are being read take as much memory as they may."""


class Room:
    """Read bodies; what is read takes room until its records have been taken out of it."""

    def __init__(self, most_together: int = MOST_BYTES_TOGETHER) -> None:
        self.most_together = most_together
        self.taken = 0

    @asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[Any]:
        """Yield the body, parsed from JSON or from a form; raise TooLarge, NoRoom or ValueError."""
        parts: list[bytes] = []
        size = 0
        if int(request.headers.get("content-length") or 0) > MOST_BYTES:
            raise TooLarge
        try:
            async with asyncio.timeout(LONGEST_S):
                async for part in request.stream():
                    size += len(part)
                    self.taken += len(part)
                    self._check(size)
                    parts.append(part)
            yield _parsed(request, b"".join(parts))
        except TimeoutError:
            raise ValueError("the body did not come in time") from None
        finally:
            self.taken -= size

    def _check(self, size: int) -> None:
        if size > MOST_BYTES:
            raise TooLarge
        if self.taken > self.most_together:
            raise NoRoom


def _parsed(request: Request, body: bytes) -> Any:
    """Return JSON, or the object that a form stands for; curl calls JSON a form too."""
    if body.lstrip()[:1] not in (b"{", b"[") and _kind(request) == FORM:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True))
    return orjson.loads(body)


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
