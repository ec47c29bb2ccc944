"""The app's own scripts and styles, each kind as one file: a cold browser waits for fewer answers."""

import hashlib
from functools import cached_property
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard import compression
from dashboard.files import ASK_FIRST, FOR_GOOD, TYPES


class Bundle:
    """All files of a kind that lie in a folder itself, in the order of their names; they are read once."""

    def __init__(self, folder: Path, suffix: str) -> None:
        paths = sorted(folder.glob(f"*{suffix}"))
        self.body = b"\n".join(path.read_bytes() for path in paths)
        self.path = f"/{folder.name}/all{suffix}"
        self.media_type = TYPES.get(suffix, "text/css; charset=utf-8")
        self.version = hashlib.sha256(self.body).hexdigest()[:16]

    @property
    def address(self) -> str:
        """Return its address, which changes when a file does."""
        return f"{self.path}?m={self.version}"

    @property
    def route(self) -> Route:
        """Return the route that answers for it; styles name fonts beside it."""
        return Route(self.path, self.answer, methods=["GET"])

    @cached_property
    def codings(self) -> dict[str, bytes]:
        """Return it in every coding."""
        return {
            coding: compression.encode(self.body, coding, compression.THOROUGH) for coding in ("br", "gzip", "identity")
        }

    async def answer(self, request: Request) -> Response:
        """Answer with the file, for good where the address names this version; 304 to a browser that has it."""
        is_named = request.query_params.get("m") == self.version
        headers = {
            "Cache-Control": FOR_GOOD if is_named else ASK_FIRST,
            "ETag": f'W/"{self.version}"',
            "Vary": "Accept-Encoding",
        }
        if self.version in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        coding = compression.choose(request.headers.get("accept-encoding", ""))
        if coding != "identity":
            headers["Content-Encoding"] = coding
        return Response(self.codings[coding], headers=headers, media_type=self.media_type)
