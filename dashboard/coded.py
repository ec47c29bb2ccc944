"""What is answered again and again from memory: one body, in every coding."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from dashboard import compression
from dashboard.files import ASK_FIRST


class Coded:
    """A body that stays as it is while the process lives; `version` names it.

    It is made of `essence` where processes of one release differ in what does not matter.
    """

    def __init__(self, body: bytes, media_type: str, essence: bytes | None = None) -> None:
        self.media_type = media_type
        self.version = hashlib.sha256(body if essence is None else essence).hexdigest()[:20]
        self._codings = {
            coding: compression.encode(body, coding, compression.THOROUGH) for coding in ("br", "gzip", "identity")
        }

    def response(self, request: Request, status: int = 200, lifetime: str = ASK_FIRST) -> Response:
        """Return the body, or 304 to a browser that has it."""
        etag = f'W/"{self.version}"'
        headers = {"Cache-Control": lifetime, "ETag": etag, "Vary": "Accept-Encoding"}
        if status == 200 and etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        coding = compression.choose(request.headers.get("accept-encoding", ""))
        if coding != "identity":
            headers["Content-Encoding"] = coding
        return Response(self._codings[coding], status, headers, media_type=self.media_type)
