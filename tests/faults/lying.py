"""A source that tells the truth until it is told to lie, over HTTP on this machine."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = Callable[[BaseHTTPRequestHandler], None]
PAGE = 4


class Liar:
    """A server of dossiers; `lie` answers in its place as long as it is set."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}
        self.lie: Answer | None = None
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.server = Quiet(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        """Return the address of the server."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        """Answer no more."""
        self.server.shutdown()
        self.server.server_close()

    def page(self, path: str) -> dict[str, Any]:
        """Return a true page."""
        query = {name: values[-1] for name, values in parse_qs(urlsplit(path).query).items()}
        number = int(query.get("page", 1))
        records = list(self.records.values())
        following = str(number + 1) if len(records) > number * PAGE else None
        return {"items": records[(number - 1) * PAGE : number * PAGE], "next": following}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                liar.asked.append(self.path)
                liar.headers.append({name.lower(): value for name, value in self.headers.items()})
                with contextlib.suppress(OSError):
                    (liar.lie or (lambda asked: send(asked, liar.page(asked.path))))(self)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


class Quiet(ThreadingHTTPServer):
    """A server whose connections may break without a word."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


def send(
    asked: BaseHTTPRequestHandler, body: Any, status: int = 200, kind: str = "application/json", **headers: str
) -> None:
    """Answer with JSON, or with bytes as they are; header names take _ for -."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    asked.send_response(status)
    asked.send_header("Content-Type", kind)
    for name, value in {"Content-Length": str(len(data)), **headers}.items():
        asked.send_header(name.replace("_", "-"), value)
    asked.end_headers()
    asked.wfile.write(data)


@contextlib.contextmanager
def liar() -> Iterator[Liar]:
    """Give a server, and close it."""
    opened = Liar()
    try:
        yield opened
    finally:
        opened.close()
