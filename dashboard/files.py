"""Files as they lie on the disk: coded once in memory; browsers keep those whose address changes with them."""

import asyncio
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dashboard import compression
from dashboard.problems import plain

FOR_GOOD = "public, max-age=31536000, immutable"
FOR_A_WEEK = "public, max-age=604800"  # fonts: styles name them without a fingerprint, and they hardly ever change
ASK_FIRST = "no-cache"
TYPES = {".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".woff2": "font/woff2"}


@dataclass(frozen=True)
class Found:
    """A file that an address names, and whether the address changes when the file does."""

    path: Path
    is_fingerprinted: bool


Find = Callable[[str, QueryParams], Found | None]


class Shelf:
    """Codings of files in memory, by path and time of change; each is made once however many ask."""

    def __init__(self) -> None:
        self._making: dict[tuple[Path, int, str], asyncio.Task[bytes]] = {}

    async def body(self, path: Path, changed_ns: int, coding: str) -> bytes:
        """Return a file in a coding."""
        key = (path, changed_ns, coding)
        if key not in self._making:
            self._forget_older(path, changed_ns)
            self._making[key] = asyncio.create_task(asyncio.to_thread(_read, path, coding))
        try:
            return await asyncio.shield(self._making[key])
        except OSError:
            self._making.pop(key, None)
            raise

    def _forget_older(self, path: Path, changed_ns: int) -> None:
        for key in [key for key in self._making if key[0] == path and key[1] != changed_ns]:
            del self._making[key]


class Files:
    """The ASGI app that answers GET and HEAD for what `find` finds."""

    def __init__(self, find: Find, shelf: Shelf) -> None:
        self.find = find
        self.shelf = shelf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._answer(scope)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return plain(405)
        try:
            found = self.find(_below(scope), QueryParams(scope.get("query_string", b"")))
            if found is not None:
                return await self._file(found, Headers(scope=scope), scope["method"] == "HEAD")
        except (OSError, ValueError):  # not there (any more), or a path that no file can have
            pass
        return plain(404)

    async def _file(self, found: Found, asked: Headers, head: bool) -> Response:
        stat = found.path.stat()
        media_type = TYPES.get(found.path.suffix) or mimetypes.guess_type(found.path)[0] or "application/octet-stream"
        etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
        headers = {"Cache-Control": _lifetime(found), "ETag": f"W/{etag}"}
        can_be_coded = compression.is_compressible(media_type) and stat.st_size >= compression.SMALLEST_BYTES
        if can_be_coded:
            headers["Vary"] = "Accept-Encoding"
        if etag in asked.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        coding = compression.choose(asked.get("accept-encoding", "")) if can_be_coded else "identity"
        if coding != "identity":
            headers["Content-Encoding"] = coding
        body = await self.shelf.body(found.path, stat.st_mtime_ns, coding)
        headers["Content-Length"] = str(len(body))
        return Response(b"" if head else body, media_type=media_type, headers=headers)


def in_folder(folder: Path) -> Find:
    """Find files below a folder; an address with the file's time of change (`?m=`) is fingerprinted."""
    root = folder.resolve()

    def find(path: str, query: QueryParams) -> Found | None:
        file = (root / path).resolve()
        if not file.is_relative_to(root) or not file.is_file():
            return None
        return Found(file, query.get("m") == str(file.stat().st_mtime))

    return find


def _lifetime(found: Found) -> str:
    if found.is_fingerprinted:
        return FOR_GOOD
    return FOR_A_WEEK if found.path.suffix == ".woff2" else ASK_FIRST


def _below(scope: Scope) -> str:
    """Return the part of the path below the folder that the app is mounted on."""
    return scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")


def _read(path: Path, coding: str) -> bytes:
    return compression.encode(path.read_bytes(), coding, compression.THOROUGH)
