"""The app's own scripts and styles, each kind as one file: a cold browser waits for fewer answers."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.coded import Coded
from dashboard.files import ASK_FIRST, FOR_GOOD, TYPES


class Bundle:
    """All files of a kind that lie in a folder itself, in the order of their names; they are read once.

    `address` changes when one of them does. Styles name fonts beside it.
    """

    def __init__(self, folder: Path, suffix: str) -> None:
        body = b"\n".join(path.read_bytes() for path in sorted(folder.glob(f"*{suffix}")))
        self._coded = Coded(body, TYPES.get(suffix, "text/css; charset=utf-8"))
        path = f"/{folder.name}/all{suffix}"
        self.address = f"{path}?m={self._coded.version}"
        self.route = Route(path, self.answer, methods=["GET"])

    async def answer(self, request: Request) -> Response:
        """Answer with the file, for good where the address names this version."""
        is_named = request.query_params.get("m") == self._coded.version
        return self._coded.response(request, lifetime=FOR_GOOD if is_named else ASK_FIRST)
