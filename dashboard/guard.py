"""Who may ask for what: what is not on the list is not there.

The list is open to anyone who can reach the address that the program listens on (by default this machine). What
needs an account (case files, pinning notes) asks for it by itself.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.problems import plain

READ = frozenset({"GET", "HEAD"})

# Scripts, styles, fonts, pictures and data come from this program alone. Dash writes inline scripts and
# styles; plotly draws into blob: images when one is saved.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


@dataclass(frozen=True)
class Open:
    """A path (`*` at its end = and everything below) that needs no account, and the methods it takes."""

    path: str
    methods: frozenset[str] = READ

    def allows(self, path: str, method: str) -> bool:
        """Tell whether a request may pass."""
        if method not in self.methods:
            return False
        if self.path.endswith("*"):
            return path.startswith(self.path[:-1])
        return re.fullmatch(VARIABLE.sub("[^/]+", self.path), path) is not None


VARIABLE = re.compile(r"<\w+>")
PROGRAM = (
    Open("/healthz"),
    Open("/readyz"),
    Open("/metrics"),
    Open("/api/v1/indicators"),
    Open("/api/v1/live"),
    Open("/api/v1/units"),
    Open("/api/v1/definitions"),
    Open("/api/v1/dossiers"),
    Open("/api/v1/dossiers/<code>"),
    Open("/api/v1/letters/owed"),
    Open("/thu-xin-loi/<code>.docx"),
    Open("/api/v1/me"),
    Open("/api/v1/notes", READ | {"POST"}),
    Open("/api/v1/notes/<id>", frozenset({"DELETE"})),
    Open("/dang-nhap", frozenset({"POST"})),
    Open("/dang-xuat", frozenset({"POST"})),
    Open("/xuat/<file>"),
    Open("/manifest.webmanifest"),
    Open("/sw.js"),
    Open("/docs"),
    Open("/docs/assets/*"),
    Open("/openapi.json"),
    Open("/assets/*"),
    Open("/_favicon.ico"),
    Open("/_dash-component-suites/*"),
    Open("/_dash-layout"),
    Open("/_dash-dependencies"),
    Open("/_dash-update-component", frozenset({"POST"})),
)


def open_list(pages: Iterable[str]) -> tuple[Open, ...]:
    """Return what is open: the program's own routes and the pages."""
    return (*PROGRAM, *(Open(path) for path in pages))


class Guard:
    """Let pass what is on the list; answer 404 to anything else, whether or not there is a route for it."""

    def __init__(self, app: ASGIApp, allowed: tuple[Open, ...], not_found: ASGIApp) -> None:
        self.app = app
        self.allowed = allowed
        self.not_found = not_found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif self.allows(scope["path"], scope["method"]):
            await self.app(scope, receive, _with_headers(send))
        elif any(self.allows(scope["path"], method) for method in ("GET", "POST", "DELETE")):
            await plain(405)(scope, receive, _with_headers(send))
        else:
            await self.not_found(scope, receive, _with_headers(send))

    def allows(self, path: str, method: str) -> bool:
        """Tell whether a request is on the list."""
        return any(entry.allows(path, method) for entry in self.allowed)


def _with_headers(send: Send) -> Send:
    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            message["headers"] = headers.raw
        await send(message)

    return send_guarded
