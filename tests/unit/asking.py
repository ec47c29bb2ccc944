"""One request to an ASGI app, the body as it went over the wire."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Answer:
    """What came back; `raw` is still coded."""

    status: int
    headers: httpx.Headers
    raw: bytes

    def json(self) -> Any:
        """Return the body of an answer that was not coded."""
        return json.loads(self.raw)


def ask(app: Any, path: str, method: str = "GET", coding: str = "identity", body: Any = None, **headers: str) -> Answer:
    """Send one request and return the answer; header names have `_` for `-`."""
    return asyncio.run(aask(app, path, method, coding, body, **headers))


async def aask(
    app: Any, path: str, method: str = "GET", coding: str = "identity", body: Any = None, **headers: str
) -> Answer:
    """The same inside a running event loop."""
    named = {name.replace("_", "-"): value for name, value in headers.items()} | {"accept-encoding": coding}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://board.test") as client:
        request = client.build_request(method, path, headers=named, json=body)
        answer = await client.send(request, stream=True)
        raw = b"".join([piece async for piece in answer.aiter_raw()])
        return Answer(answer.status_code, answer.headers, raw)
