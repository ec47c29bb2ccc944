"""What the API says when it cannot answer: problem details (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """A request that is not answered as asked: status, a short title, and one sentence for the reader."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail


def problem(error: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the response for a problem."""
    body = {"type": "about:blank", "title": error.title, "status": error.status, "detail": error.detail}
    return JSONResponse(body, error.status, {"Cache-Control": "no-store", **(headers or {})}, media_type=MEDIA_TYPE)


def plain(status: int, detail: str = "") -> JSONResponse:
    """Return the response for a status without a story of its own.

    >>> plain(404).body
    b'{"type":"about:blank","title":"Not Found","status":404,"detail":"Not Found"}'
    """
    phrase = HTTPStatus(status).phrase
    return problem(Problem(status, phrase, detail or phrase))
