"""What a reader is told when a request fails: one sentence and, for our own faults, an id that the log has too."""

import logging
import secrets

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from dashboard.cache import Unavailable
from dashboard.problems import Problem, plain, problem

log = logging.getLogger(__name__)

RETRY_S = "5"


def add(server: FastAPI) -> None:
    """Answer every failure with problem details."""
    server.add_exception_handler(Problem, _problem)
    server.add_exception_handler(RequestValidationError, _invalid)
    server.add_exception_handler(HTTPException, _http)
    server.add_exception_handler(Unavailable, _unavailable)
    server.add_exception_handler(Exception, _fault)


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem(error, {"Retry-After": RETRY_S} if error.status == 503 else None)


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    said = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors())
    return problem(Problem(422, "a parameter cannot be used", said))


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return plain(error.status_code)


async def _unavailable(_request: Request, _error: Exception) -> Response:
    said = Problem(503, "the database does not answer", "The database does not answer; please try again.")
    return problem(said, {"Retry-After": RETRY_S})


async def _fault(request: Request, error: Exception) -> Response:
    name = log_fault(request.url.path, error)
    return problem(Problem(500, "internal error", f"Something went wrong here; the log knows it as {name}."))


def log_fault(path: str, error: Exception) -> str:
    """Log a failure of our own and return the id it can be found by."""
    name = secrets.token_hex(4)
    log.error("fault %s at %s", name, path, exc_info=error)
    return name
