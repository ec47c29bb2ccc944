"""The servers a command needs: those the environment names, else embedded ones under DATA_DIR."""

import atexit
import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import psycopg2

from sql import claims, database, embedded_postgres, embedded_valkey, migrate
from sql.settings import Settings


class Unavailable(Exception):
    """A server or DATA_DIR cannot be used; the message is one sentence for the operator."""


@dataclass
class Servers:
    """The URLs of this process; `close` (or leaving the block) stops what nobody else uses."""

    database_url: str
    redis_url: str | None
    embedded_database: bool
    _exits: ExitStack = field(default_factory=ExitStack, repr=False)

    def close(self) -> None:
        """Give up this process's claims; the last process to do so stops the embedded servers."""
        self._exits.close()
        atexit.unregister(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def prepare(settings: Settings, valkey: bool = True) -> Servers:
    """Return servers that are ready to work on; raise Unavailable.

    An embedded database is migrated first; with DATABASE_URL that is the release step's work.
    `valkey=False` spares a short command the start of a Valkey that it would not use.
    """
    servers = ensure(settings, valkey)
    try:
        if servers.embedded_database:
            migrate.upgrade(servers.database_url)
    except BaseException:
        servers.close()
        raise
    return servers


def ensure(settings: Settings, valkey: bool = True) -> Servers:
    """Return servers that answer, starting or joining the embedded ones; raise Unavailable."""
    with ExitStack() as exits:
        database_url = settings.database_url or _embedded_database(data_dir(settings), exits)
        if settings.database_url:
            check_database(database_url)
        redis_url = settings.redis_url or None
        if valkey and not redis_url:
            redis_url = _embedded_valkey(data_dir(settings), exits)
        servers = Servers(database_url, redis_url, not settings.database_url, exits.pop_all())
    atexit.register(servers.close)
    return servers


def data_dir(settings: Settings) -> Path:
    """Return DATA_DIR as an absolute, writable folder; raise Unavailable when it cannot be one."""
    folder = settings.data_dir.expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable.{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Unavailable(f"DATA_DIR {folder} is not writable: {error.strerror}.") from None
    return folder


def check_database(url: str) -> None:
    """Raise Unavailable, naming the host but no password, when Postgres does not answer."""
    try:
        database.connect(url).close()
    except psycopg2.OperationalError as error:
        said = str(error).strip().splitlines()[-1].removeprefix("connection to server ")
        raise Unavailable(f"DATABASE_URL ({_place(url)}) does not answer: {said}.") from None


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname or 'local socket'}{parts.path}"


def _embedded_database(folder: Path, exits: ExitStack) -> str:
    place = folder / "postgres"
    with claims.alone(folder / "servers.lock"):
        claim = claims.Claim(folder / "postgres.claims")
        exits.callback(_leave, folder, claim, embedded_postgres.stop, place)
        try:
            url = embedded_postgres.start(place)
            embedded_postgres.wait_until_ready(place)
        except embedded_postgres.PostgresError as error:
            raise Unavailable(f"{error}.") from None
    return url


def _embedded_valkey(folder: Path, exits: ExitStack) -> str | None:
    place = folder / "valkey"
    with claims.alone(folder / "servers.lock"):
        claim = claims.Claim(folder / "valkey.claims")
        exits.callback(_leave, folder, claim, embedded_valkey.stop, place)
        return embedded_valkey.start(place)


def _leave(folder: Path, claim: claims.Claim, stop, place: Path) -> None:  # noqa: ANN001
    if claim.owner != os.getpid():
        claim.give_up()
        return
    with claims.alone(folder / "servers.lock"):
        if claim.give_up():
            stop(place)
