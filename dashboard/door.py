"""Who may open one more live connection: so many a worker, an address and an account.

An address is what a trusted proxy says it is (gunicorn has looked). An account is the session cookie of who has signed
in, else a random cookie that the stream itself gave: both cost no question to a database.
"""

import hashlib
import random
import secrets
from collections import Counter
from dataclasses import dataclass

from starlette.types import Scope

from dashboard.problems import Problem

SESSION_COOKIE = "board"
VISITOR_COOKIE = "screen"
RETRY_S = (5, 30)


@dataclass(frozen=True)
class Limits:
    """How many live connections one worker process keeps open: in all, of one address, of one account."""

    in_all: int = 10_000
    of_address: int = 2_000
    of_account: int = 40


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a connection comes from; `account` is empty for who has no cookie yet."""

    address: str
    account: str = ""


class Full(Problem):
    """No more connections: 503 where the worker has no room, 429 where the visitor has enough; come back later."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, "too many viewers", detail)
        self.headers = {"Retry-After": str(random.randint(*RETRY_S))}


class Door:
    """Counts who is inside."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.is_closed = False
        self.refused_total = 0
        self._inside = 0
        self._addresses: Counter[str] = Counter()
        self._accounts: Counter[str] = Counter()

    @property
    def inside(self) -> int:
        """How many there are."""
        return self._inside

    def check(self, visitor: Visitor) -> None:
        """Raise Full when there is no room for one more."""
        try:
            self._check(visitor)
        except Full:
            self.refused_total += 1
            raise

    def enter(self, visitor: Visitor) -> None:
        """Count one in; raise Full when there is no room."""
        self.check(visitor)
        self._inside += 1
        self._addresses[visitor.address] += 1
        if visitor.account:
            self._accounts[visitor.account] += 1

    def leave(self, visitor: Visitor) -> None:
        """Count one out that has entered."""
        self._inside -= 1
        _take(self._addresses, visitor.address)
        if visitor.account:
            _take(self._accounts, visitor.account)

    def _check(self, visitor: Visitor) -> None:
        if self.is_closed:
            raise Full(503, "This server is about to restart.")
        if self._inside >= self.limits.in_all:
            raise Full(503, "This server has as many live connections as it can keep.")
        if self._addresses.get(visitor.address, 0) >= self.limits.of_address:
            raise Full(429, "Too many live connections from this address.")
        if visitor.account and self._accounts.get(visitor.account, 0) >= self.limits.of_account:
            raise Full(429, "Too many live connections of this account or browser.")


def visitor(scope: Scope) -> Visitor:
    """Return who opens a connection."""
    address = scope["client"][0] if scope.get("client") else ""
    cookies = _cookies(scope)
    token = cookies.get(SESSION_COOKIE) or cookies.get(VISITOR_COOKIE, "")
    return Visitor(address, hashlib.blake2b(token.encode(), digest_size=9).hexdigest() if token else "")


def new_cookie(path: str, is_secure: bool) -> bytes:
    """Return the header value that makes a browser known here until it is closed."""
    secure = "; Secure" if is_secure else ""
    return f"{VISITOR_COOKIE}={secrets.token_urlsafe(12)}; Path={path}; HttpOnly; SameSite=Lax{secure}".encode()


def _cookies(scope: Scope) -> dict[str, str]:
    """Return the cookies of a request; what cannot be read is left out.

    >>> _cookies({"headers": [(b"cookie", b"a=1; board=xyz"), (b"host", b"h")]})
    {'a': '1', 'board': 'xyz'}
    """
    found = {}
    for name, value in scope["headers"]:
        if name == b"cookie":
            for part in value.decode("latin-1").split(";"):
                key, mark, said = part.strip().partition("=")
                if mark:
                    found[key] = said
    return found


def _take(counter: Counter[str], key: str) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
