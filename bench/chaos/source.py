"""The city's source: answers what is true, page by page, as a server that is asked every second."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench.chaos.truth import Truth

PAGE_S = 0.005  # a page takes a moment, so that kills find pulls at work
EVENTS_EVERY_S = 0.1
EVENTS = 2


class Source:
    """A server on 127.0.0.1 and a clock that lets events happen while the traffic flows."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.flows = threading.Event()
        self.ended = threading.Event()
        self.pages = threading.Condition()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.threads = [
            threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True),
            threading.Thread(target=self._let_happen, daemon=True),
        ]
        for thread in self.threads:
            thread.start()

    @property
    def url(self) -> str:
        """Return the address that feeds are asked at."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        """Stop answering."""
        self.ended.set()
        self.flows.set()
        self.server.shutdown()
        self.server.server_close()

    def await_last_page(self, timeout_s: float) -> None:
        """Wait until a pull has been given all that it asked for: now it maps and merges."""
        with self.pages:
            self.pages.wait(timeout_s)

    def _let_happen(self) -> None:
        while not self.ended.is_set():
            self.flows.wait()
            self.truth.release(EVENTS)
            time.sleep(EVENTS_EVERY_S)

    def answer(self, path: str) -> dict[str, Any]:
        """Return one page: records changed at or after `since`."""
        parts = urlsplit(path)
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        since = datetime.fromisoformat(asked["since"].replace("Z", "+00:00")) if "since" in asked else None
        page, size = int(asked.get("page", 1)), int(asked.get("size", 40))
        records = self.truth.since(parts.path.strip("/"), since)
        following = str(page + 1) if len(records) > page * size else None
        if following is None:
            with self.pages:
                self.pages.notify_all()
        return {"items": records[(page - 1) * size : page * size], "next": following}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        source = self

        class Handler(BaseHTTPRequestHandler):
            """Answer GETs."""

            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                """Answer until whoever asks is through, or was killed."""
                with contextlib.suppress(OSError):
                    super().handle()

            def do_GET(self) -> None:
                """Answer a page."""
                time.sleep(PAGE_S)
                body = json.dumps(source.answer(self.path)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
