"""The board as an app of a phone or desk: its manifest, and the service worker that opens it without a network."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.cache import Unavailable
from dashboard.files import ASK_FIRST
from dashboard.pages import essence

HERE = Path(__file__).parent
WORKER = HERE / "offline" / "worker.js"
ASSETS = HERE / "assets"
LOCAL = re.compile(r'(?:src|href|name="grid" content)="(/[^"]+)"')
MANIFEST_PATH, WORKER_PATH = "/manifest.webmanifest", "/sw.js"
ICONS = (("icon-192.png", 192, "any"), ("icon-512.png", 512, "any"), ("maskable-512.png", 512, "maskable"))
BACKGROUND, THEME = "#0d1117", "#0b4a72"
PLOTLY = ASSETS / "vendor" / "plotly-basic.min.js"


def routes(html: bytes, title: Callable[[], str]) -> list[Route]:
    """Return the routes of the manifest and of the worker, for a document and the city's title."""
    worker = service_worker(html).encode()
    headers = {"Cache-Control": ASK_FIRST, "Service-Worker-Allowed": "/"}

    def manifest(_request: Request) -> Response:
        body = json.dumps(app_manifest(title()), ensure_ascii=False)
        return Response(body, headers={"Cache-Control": ASK_FIRST}, media_type="application/manifest+json")

    def script(_request: Request) -> Response:
        return Response(worker, headers=headers, media_type="text/javascript")

    return [Route(MANIFEST_PATH, manifest, methods=["GET"]), Route(WORKER_PATH, script, methods=["GET"])]


def app_manifest(title: str) -> dict[str, Any]:
    """Return the web app manifest (W3C)."""
    return {
        "name": title,
        "short_name": "Điều hành",
        "lang": "vi",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": BACKGROUND,
        "theme_color": THEME,
        "icons": [
            {"src": f"/assets/icons/{file}", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for file, size, purpose in ICONS
        ],
    }


def service_worker(html: bytes) -> str:
    """Return the worker's script: it keeps the parts that a document is made of, under a name of their own."""
    parts = shell_of(html)
    script = WORKER.read_text(encoding="utf-8")
    release = hashlib.sha256(essence(html) + script.encode()).hexdigest()[:16]
    return script.replace("{release}", release, 1).replace("{shell}", json.dumps(parts), 1)


def shell_of(html: bytes) -> list[str]:
    """Return the addresses of what a page needs before it asks for anything: the document, scripts, styles, fonts."""
    found = [address for address in LOCAL.findall(html.decode()) if not address.startswith("/_favicon")]
    fonts = [f"/assets/fonts/{path.name}" for path in sorted(ASSETS.glob("fonts/*.woff2"))]
    icons = [f"/assets/icons/{file}" for file, _, _ in ICONS]
    return list(dict.fromkeys(["/", *found, *fonts, *icons, MANIFEST_PATH, fingerprinted(PLOTLY)]))


def fingerprinted(path: Path) -> str:
    """Return the address of an asset, which changes when the file does."""
    return f"/assets/{path.relative_to(ASSETS).as_posix()}?m={path.stat().st_mtime}"


def title_of(store: Any, otherwise: str) -> str:
    """Return the city's title, or another while it cannot be read."""
    try:
        return store.profile().get("title") or otherwise
    except Unavailable:
        return otherwise
