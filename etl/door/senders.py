"""Senders: whose software may call, what it may write, and how it proves who it is."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from sql import queries

NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
DATASETS = ("dossiers", "steps", "tickets")
ENDINGS = {"dossiers": "", "steps": "_steps", "tickets": "_calls"}  # no name has a _: no two feeds are called alike
SESSION_S = 1800
MOST_FAILURES, MOST_OF_ADDRESS, MOST_OF_NAME = 10, 50, 200  # in a quarter of an hour
RETRY_S = 900
PROVED_S = 300.0
KNOWN_S = 5.0
MOST_KNOWN = 10_000
# A login comes before each call of some clients, and passwords are random: argon2id at the least that OWASP advises.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))  # proving a name that nobody bears takes as long as any


class SenderError(Exception):
    """A sender that cannot be added or found; the message is one sentence."""


class Refused(Exception):
    """A login that is not good."""


class TooManyTries(Exception):
    """Too many logins failed lately."""


@dataclass(frozen=True)
class Sender:
    """Hold who calls; `scope` are the ids of the units that it may write, `agencies` madonvi → unit code."""

    id: int
    name: str
    title: str
    datasets: frozenset[str]
    late_after_s: int
    ok_code: str
    scope: frozenset[int]
    agencies: dict[str, str]
    only_unit: str | None

    def feed_id(self, dataset: str) -> str:
        """Return the id of the sender's feed of a dataset."""
        return feed_id(self.name, dataset)

    def unit_of(self, agency: str | None) -> str | None:
        """Return the code of the unit that a call speaks for: by its madonvi, else the sender's only one."""
        return self.agencies.get((agency or "").strip()) or self.only_unit


def feed_id(name: str, dataset: str) -> str:
    """Return the id of a feed of a sender.

    >>> feed_id("quan-1", "steps")
    'push-quan-1_steps'
    """
    return f"push-{name}{ENDINGS[dataset]}"


@dataclass(frozen=True)
class New:
    """Describe a sender to add; `units` are unit codes, each with the madonvi that stands for it or ""."""

    name: str
    title: str
    units: Sequence[tuple[str, str]]
    datasets: Sequence[str]
    late_after_s: int
    ok_code: str
    password: str


def add(conn: Connection, new: New) -> str:
    """Add a sender with its feeds, or let a disabled one in again; return its api_key, which is not kept.

    Raises SenderError for a name that is taken, and for a unit that the profile does not have.
    """
    if not NAME.fullmatch(new.name):
        raise SenderError(f"{new.name} is not a name of 2 to 40 letters a-z, digits and -.")
    key = secrets.token_urlsafe(32)
    ids = {dataset: feed_id(new.name, dataset) for dataset in DATASETS}
    with conn, conn.cursor() as cursor:
        _check_units(cursor, [code for code, _ in new.units])
        if not _run(cursor, "is_feed_free", ids=list(ids.values()))[0][0]:
            raise SenderError(f"A feed of the profile is called {ids['dossiers']} already.")
        found = _run(cursor, "add_sender", name=new.name, title=new.title, password_hash=_HASHER.hash(new.password),
                     key_hash=digest(key), datasets=list(new.datasets), late_after_s=new.late_after_s,
                     ok_code=new.ok_code)  # fmt: skip
        if not found:
            raise SenderError(f"The sender {new.name} exists; disable it first to give it another password and units.")
        sender_id = found[0][0]
        _run(cursor, "end_sessions", sender_id=sender_id)
        _run(cursor, "drop_sender_units", sender_id=sender_id)
        units = [{"unit_code": code, "agency": agency} for code, agency in new.units]
        _run(cursor, "add_sender_units", sender_id=sender_id, units=json.dumps(units))
        _run(cursor, "retire_feeds", ids=[ids[dataset] for dataset in DATASETS if dataset not in new.datasets])
        for dataset in new.datasets:
            queries.run(cursor, "ledger", "keep_feed", id=ids[dataset], dataset=dataset, title=new.title, kind="push",
                        late_after_s=new.late_after_s, every_s=None)  # fmt: skip
    return key


def _check_units(cursor: Cursor, codes: list[str]) -> None:
    known = {code for (code,) in _run(cursor, "known_units", codes=codes)}
    unknown = [code for code in codes if code not in known]
    if unknown or not codes:
        raise SenderError(f"The profile has no unit {', '.join(unknown)}." if codes else "A sender needs a unit.")


def disable(conn: Connection, name: str) -> None:
    """Shut a sender out and await its feeds no more; SenderError when there is none of this name."""
    with conn, conn.cursor() as cursor:
        found = _run(cursor, "disable_sender", name=name)
        if not found:
            raise SenderError(f"There is no enabled sender {name}.")
        _run(cursor, "end_sessions", sender_id=found[0][0])
        _run(cursor, "retire_feeds", ids=[feed_id(name, dataset) for dataset in DATASETS])


def listed(conn: Connection) -> list[dict[str, Any]]:
    """Return every sender, with its units and its newest good call."""
    with conn, conn.cursor() as cursor:
        found = _run(cursor, "list_senders")
        return [dict(zip([column.name for column in cursor.description], row, strict=True)) for row in found]


def by_name(conn: Connection, name: str) -> Sender:
    """Return a sender, disabled or not; SenderError when there is none."""
    with conn, conn.cursor() as cursor:
        found = _run(cursor, "find_by_name", name=name)
        if not found:
            raise SenderError(f"There is no sender {name}.")
        return _sender(cursor, found[0][:6])


class Doorman:
    """Let senders in; what it has seen proved it believes for a while, so that a call costs no proof of its own.

    Clients of the envelope log in before each call: a password that was proved is known again by a keyed digest that
    lives in this process alone, for five minutes. A disabled sender is out within five seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._key = secrets.token_bytes(32)
        self._proved: dict[tuple[str, bytes], tuple[str, float]] = {}
        self._known: dict[bytes, tuple[Sender, float]] = {}

    def login(self, conn: Connection, name: str, password: str, address: str) -> str:
        """Return a new session; raise Refused, or TooManyTries where a proof is not even tried."""
        with conn, conn.cursor() as cursor:
            found = _run(cursor, "find_by_name", name=name)
            stored, is_disabled = (found[0][6], found[0][7]) if found else (_NOBODY, True)
            if not self._is_proved(name, password, stored):
                self._prove(cursor, name, password, address, stored)
            if is_disabled:
                raise Refused
            session = secrets.token_urlsafe(32)
            _run(cursor, "open_session", token_hash=digest(session), sender_id=found[0][0], seconds=SESSION_S)
            _run(cursor, "forget_sessions", sender_id=found[0][0])
        return session

    def by_session(self, conn: Connection, session: str) -> Sender:
        """Return who opened a session; Refused when there is none, or it has ended."""
        return self._find(conn, "find_by_session", "token_hash", session)

    def by_key(self, conn: Connection, key: str) -> Sender:
        """Return whose api_key it is; Refused when nobody's."""
        return self._find(conn, "find_by_key", "key_hash", key)

    def _find(self, conn: Connection, query: str, name: str, secret: str) -> Sender:
        hashed = digest(secret)
        seen = self._known.get(hashed)
        if seen is not None and self._now() < seen[1]:
            return seen[0]
        with conn, conn.cursor() as cursor:
            found = _run(cursor, query, **{name: hashed})
            if not found:
                self._known.pop(hashed, None)
                raise Refused
            sender = _sender(cursor, found[0])
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[hashed] = (sender, self._now() + KNOWN_S)
        return sender

    def _is_proved(self, name: str, password: str, stored: str) -> bool:
        seen = self._proved.get((name, self._digest(password)))
        return seen is not None and seen[0] == stored and self._now() < seen[1]

    def _prove(self, cursor: Cursor, name: str, password: str, address: str, stored: str) -> None:
        of_pair, of_address, of_name = _run(cursor, "count_failures", name=name, address=address)[0]
        if of_pair >= MOST_FAILURES or of_address >= MOST_OF_ADDRESS or of_name >= MOST_OF_NAME:
            raise TooManyTries
        try:
            _HASHER.verify(stored, password)
        except (VerifyMismatchError, InvalidHashError) as error:
            _run(cursor, "forget_failures")
            _run(cursor, "note_failure", name=name, address=address)
            cursor.connection.commit()  # the failure stands though the login does not
            raise Refused from error
        if len(self._proved) >= MOST_KNOWN:
            self._proved.clear()
        self._proved[name, self._digest(password)] = (stored, self._now() + PROVED_S)

    def _digest(self, password: str) -> bytes:
        return hmac.digest(self._key, password.encode("utf-8", "surrogatepass"), "sha256")


def digest(secret: str) -> bytes:
    """Return what is kept of a random secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _sender(cursor: Cursor, row: tuple) -> Sender:
    sender_id, name, title, datasets, late_after_s, ok_code = row
    scope = frozenset(unit_id for (unit_id,) in _run(cursor, "scope", sender_id=sender_id))
    units = _run(cursor, "sender_units", sender_id=sender_id)
    agencies = {agency: code for code, agency in units if agency}
    codes = {code for code, _ in units}
    only = next(iter(codes)) if len(codes) == 1 else None
    return Sender(sender_id, name, title, frozenset(datasets), late_after_s, ok_code, scope, agencies, only)


def _run(cursor: Cursor, query: str, /, **parameters: Any) -> list[tuple]:
    return queries.run(cursor, "door", query, **parameters)
