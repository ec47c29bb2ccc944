"""Feed files and a small server for the tests of connectors."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from etl import extract, feeds

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def feed_from(
    folder: Path, connector: str, columns: str = "", dataset: str = "tickets", more: str = '[times]\nzone = "UTC"'
) -> feeds.Feed:
    """Write a feed file and read it."""
    path = folder / "feed.toml"
    mapped = f"[columns]\n{columns}\n" if columns else ""
    path.write_text(
        f'[feed]\nid = "f"\ndataset = "{dataset}"\ntitle = "F"\nlate_after = "10m"\n\n[connector]\n{connector}\n\n'
        f"{mapped}\n{more}\n",
        "utf-8",
    )
    return feeds.read(path)


def rows_of(batches: list[extract.Batch]) -> list[dict[str, Any]]:
    """Return all rows of some batches."""
    return [row for batch in batches for row in batch.table.to_pylist()]


def rejected_of(batches: list[extract.Batch]) -> list[extract.Rejected]:
    """Return all rejected rows of some batches."""
    return [row for batch in batches for row in batch.rejected]


@dataclass
class Asked:
    """Hold one request as the server got it."""

    path: str
    query: dict[str, str]
    data: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Reply:
    """Hold what the server answers; `break_off` promises more bytes than it sends."""

    body: bytes | str | Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    break_off: bool = False

    def bytes(self) -> bytes:
        """Return the body; what is neither text nor bytes becomes JSON."""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass
class Server:
    """Hold where a server listens and what it was asked."""

    url: str
    asked: list[Asked]


class QuietServer(ThreadingHTTPServer):
    """Serve, and say nothing of clients that hang up in the middle of an answer."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextlib.contextmanager
def serving(answer: Callable[[Asked], Reply | Any]) -> Iterator[Server]:
    """Serve on a free loopback port; `answer` returns a Reply, or what is to be sent as JSON."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            where = urlsplit(self.path)
            size = int(self.headers.get("content-length", 0))
            data = json.loads(self.rfile.read(size)) if size else None
            query = {name: values[-1] for name, values in parse_qs(where.query, keep_blank_values=True).items()}
            asked.append(Asked(where.path, query, data, {k.lower(): v for k, v in self.headers.items()}))
            said = answer(asked[-1])
            reply = said if isinstance(said, Reply) else Reply(said)
            body = reply.bytes()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body) + 10 * reply.break_off))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    server = QuietServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Server(f"http://127.0.0.1:{server.server_address[1]}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def pulled(
    feed: feeds.Feed,
    cursor: dict[str, Any] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    secrets: dict[str, str] | None = None,
    naps: list[float] | None = None,
) -> list[extract.Batch]:
    """Pull a feed at NOW; waiting is noted in `naps` and not done."""
    waited = [] if naps is None else naps
    return list(extract.from_source(feed, cursor, since, until, NOW, (secrets or {}).get, waited.append))
