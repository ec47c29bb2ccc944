"""Signing in and out, who one is, and the notes that leaders pin: the routes that change something."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import parse_qs, quote, urlsplit

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from dashboard.accounts import SESSION, Account, Accounts
from dashboard.notes import Notes
from dashboard.problems import Problem

COOKIE = "board"
SIGN_IN = "/dang-nhap"
SIGN_OUT = "/dang-xuat"
LONGEST_FORM = 4_096


class Pinned(BaseModel):
    """A note to pin: to a unit (none = the whole city), an indicator and a day."""

    unit: str | None = Field(None, max_length=64)
    indicator: str = Field(max_length=64)
    day: date
    words: str = Field(min_length=1, max_length=500)


def router(accounts: Accounts, notes: Notes, now: Callable[[], datetime]) -> APIRouter:
    """Return the routes of accounts and notes."""
    routes = APIRouter(tags=["accounts"])

    @routes.post(SIGN_IN, include_in_schema=False)
    async def sign_in(request: Request) -> Response:
        from_here(request)
        form = await _form(request)
        wanted = local(form.get("next", "/"))
        address = request.client.host if request.client else ""
        token = await run_in_threadpool(accounts.sign_in, form.get("name", ""), form.get("password", ""), address)
        if token is None:
            return RedirectResponse(f"{SIGN_IN}?failed=1&next={quote(wanted)}", 303)
        answer = RedirectResponse(wanted, 303)
        is_secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
        age_s = int(SESSION.total_seconds())
        answer.set_cookie(COOKIE, token, max_age=age_s, httponly=True, samesite="lax", secure=is_secure)
        return answer

    @routes.post(SIGN_OUT, include_in_schema=False)
    async def sign_out(request: Request) -> Response:
        from_here(request)
        await run_in_threadpool(accounts.sign_out, request.cookies.get(COOKIE, ""))
        answer = RedirectResponse("/", 303)
        answer.delete_cookie(COOKIE)
        return answer

    @routes.get("/api/v1/me")
    def me(request: Request) -> dict[str, Any]:
        """Tell who is signed in: name, role, units (none = the whole city); nulls for nobody."""
        account = who(accounts, request)
        if account is None:
            return {"name": None, "role": None, "units": [], "may_pin": False}
        return {"name": account.name, "role": account.role, "units": account.units, "may_pin": account.may_pin}

    @routes.get("/api/v1/notes")
    def pinned(
        unit: Annotated[str | None, Query(description="key of a unit, `city` for those of the whole city")] = None,
        indicator: Annotated[str | None, Query(description="name of an indicator")] = None,
    ) -> list[dict[str, Any]]:
        """Return the notes of the last thirteen months, the newest day first."""
        return notes.pinned(unit, indicator)

    @routes.post("/api/v1/notes", status_code=201)
    def pin(request: Request, note: Pinned) -> dict[str, Any]:
        """Pin a note to a unit, an indicator and a day."""
        from_here(request)
        return {"id": notes.pin(pinner(accounts, request), note.unit, note.indicator, note.day, note.words, now())}

    @routes.delete("/api/v1/notes/{note_id}", status_code=204)
    def take_down(request: Request, note_id: int) -> None:
        """Take a note down: its author may, and any leader."""
        from_here(request)
        notes.take_down(pinner(accounts, request), note_id, now())

    return routes


def who(accounts: Accounts, request: Request) -> Account | None:
    """Return who sends a request, or None."""
    return accounts.of_token(request.cookies.get(COOKIE))


def pinner(accounts: Accounts, request: Request) -> Account:
    """Return who sends a request; raise Problem 401 for nobody, 403 for one who may not pin notes."""
    account = who(accounts, request)
    if account is None:
        raise Problem(401, "not signed in", "Sign in to pin notes.")
    if not account.may_pin:
        raise Problem(403, "not allowed", f"A {account.role} cannot pin notes; leaders and chairs can.")
    return account


def from_here(request: Request) -> None:
    """Raise Problem 403 for a request that another site's page has made the browser send."""
    origin = request.headers.get("origin")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem(403, "another site's request", "This was sent by a page of another site.")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise Problem(403, "another site's request", "This was sent by a page of another site.")


def local(address: str) -> str:
    r"""Return a path of this site, or / for anything else.

    >>> local("/tre-han?geo=24"), local("//evil.test/"), local("https://evil.test"), local("/\\evil.test")
    ('/tre-han?geo=24', '/', '/', '/')
    """
    is_path = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if is_path and address.isprintable() and not urlsplit(address).netloc else "/"


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_FORM:
            raise Problem(413, "too long", "The form is too long.")
    try:
        return {name: values[-1] for name, values in parse_qs(body.decode()).items()}
    except (UnicodeDecodeError, ValueError):
        raise Problem(422, "unreadable", "The form cannot be read.") from None
