"""Accounts: who somebody is. Passwords are kept as argon2id, sessions as the hash of what the browser holds."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import argon2
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dashboard.cache import Cache, Unavailable
from sql import queries

ROLES = ("leader", "chair", "statistician", "operator")
SESSION = timedelta(days=14)
TRIES = 8  # of a name, in a quarter of an hour; from one address five times as many
SHORTEST = 10
KNOWN_S = 10  # for so long a session may be believed without asking again
HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's least for argon2id
NOBODYS = HASHER.hash("nobody's password")  # an unknown name costs the same time as a known one


class AccountError(Exception):
    """An account cannot be made or found as asked; the message is one sentence for the operator."""


@dataclass(frozen=True)
class Account:
    """Somebody who is signed in; `units` are keys, empty = the whole city."""

    id: int
    name: str
    role: str
    units: tuple[str, ...]

    @property
    def may_pin(self) -> bool:
        """Tell whether this account may pin notes to figures."""
        return self.role in ("leader", "chair")

    def answers_for(self, unit: str | None) -> bool:
        """Tell whether a unit (None = the whole city) is among those of the account."""
        return not self.units or unit in self.units


class Accounts:
    """Sign people in and out, and know them again."""

    def __init__(self, engine: Engine | None, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self._cache = Cache(lambda: now().timestamp())

    def sign_in(self, name: str, password: str, address: str) -> str | None:
        """Return the token of a new session, or None for a wrong name or password, or after too many tries.

        Raises Unavailable while Postgres is away.
        """
        now = self._now()
        with self.writing() as db:
            failures = one(db, "failures", name=name, address=address, now=now)
            found = one(db, "by_name", name=name)
            is_right = _matches(found["password_hash"] if found else NOBODYS, password) and found is not None
            if failures["of_name"] >= TRIES or failures["of_address"] >= 5 * TRIES:
                audit(db, now, name[:63], "sign-in refused", address, {"failures": failures["of_name"]})
                return None
            if not is_right:
                run(db, "note_failure", name=name[:63], address=address, now=now)
                return None
            token = secrets.token_urlsafe(32)
            run(db, "forget_failures", name=name, now=now)
            run(db, "forget_sessions", now=now)
            run(db, "open_session", token_hash=_hash(token), account_id=found["id"], now=now, expires_at=now + SESSION)
            audit(db, now, name, "signed in", address, {})
            return token

    def sign_out(self, token: str) -> None:
        """End the session of a token."""
        with self.writing() as db:
            run(db, "close_session", token_hash=_hash(token))
        self._cache.get(("token", _hash(token)), "closed", lambda: None)

    def of_token(self, token: str | None) -> Account | None:
        """Return whose session a token is, at most ten seconds ago; None for nobody's."""
        if not token or len(token) > 100 or self._engine is None:
            return None
        stamp = int(self._now().timestamp() // KNOWN_S)
        return self._cache.get(("token", _hash(token)), stamp, lambda: self._ask(_hash(token)))

    @property
    def has_database(self) -> bool:
        """Tell whether there is a place to keep accounts in."""
        return self._engine is not None

    def exist(self) -> bool:
        """Tell whether there is any account."""
        if self._engine is None:
            return False
        stamp = int(self._now().timestamp() // KNOWN_S)
        return self._cache.get("exist", stamp, self._any)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction; raise Unavailable while Postgres is away."""
        if self._engine is None:
            raise Unavailable("there is no database")
        try:
            with self._engine.begin() as db:
                yield db
        except (DBAPIError, PoolTimeout) as error:
            if isinstance(error, PoolTimeout) or error.connection_invalidated or _is_away(error):
                raise Unavailable(str(error)) from error
            raise

    def _ask(self, token_hash: bytes) -> Account | None:
        with self.writing() as db:
            found = one(db, "of_token", token_hash=token_hash, now=self._now())
        return Account(found["id"], found["name"], found["role"], tuple(found["units"])) if found else None

    def _any(self) -> bool:
        with self.writing() as db:
            return one(db, "any")["found"]


def add(db: Connection, name: str, role: str, units: Sequence[str], password: str) -> None:
    """Add an account, or change the one of that name; raise AccountError when it cannot be as asked."""
    if role not in ROLES:
        raise AccountError(f"role must be one of {', '.join(ROLES)}.")
    if role == "chair" and not units:
        raise AccountError("a chair needs units: --units KEY,KEY.")
    if len(password) < SHORTEST:
        raise AccountError(f"the password must have {SHORTEST} characters or more.")
    unknown = [row.key for row in run(db, "unknown_units", units=list(units))]
    if unknown:
        raise AccountError(f"there is no unit {', '.join(unknown)}.")
    account_id = one(db, "add", name=name, role=role, units=list(units), password_hash=HASHER.hash(password))["id"]
    run(db, "end_sessions", account_id=account_id)


def disable(db: Connection, name: str) -> None:
    """Disable an account and end its sessions; raise AccountError when there is none of that name."""
    found = one(db, "disable", name=name)
    if found is None:
        raise AccountError(f"there is no account {name}.")
    run(db, "end_sessions", account_id=found["id"])


def run(db: Connection, query: str, **parameters: Any) -> list[Any]:
    """Run one statement of accounts.sql; return its rows."""
    found = db.execute(queries.text("accounts", query), parameters)
    return list(found) if found.returns_rows else []


def one(db: Connection, query: str, **parameters: Any) -> Any:
    """Return the first row of a statement of accounts.sql as a mapping, or None."""
    return db.execute(queries.text("accounts", query), parameters).mappings().first()


def audit(db: Connection, at: datetime, actor: str, action: str, subject: str, detail: dict[str, Any]) -> None:
    """Write down who did what."""
    run(db, "audit", at=at, actor=actor or "?", action=action, subject=subject or "?", detail=json.dumps(detail))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _matches(kept: str, password: str) -> bool:
    try:
        return HASHER.verify(kept, password)
    except argon2.exceptions.VerificationError:
        return False


def _is_away(error: DBAPIError) -> bool:
    return type(error.orig).__name__ in ("OperationalError", "InterfaceError")
