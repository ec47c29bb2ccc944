"""The servers a command needs: those the environment names, else embedded ones under DATA_DIR."""

import atexit
import os
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import psycopg2

from sql import claims, database, embedded_postgres, embedded_valkey, migrate, profile, registry
from sql.settings import Settings


class Unavailable(Exception):
    """A server or DATA_DIR cannot be used; the message is one sentence for the operator."""


@dataclass
class Servers:
    """The URLs of this process; `close` (or leaving the block) stops what nobody else uses.

    `redis_url` is None when Valkey was not asked for or could not start.
    """

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
    """Return servers that are ready to work on; raise Unavailable or profile.ProfileError.

    An embedded database is migrated, and PROFILE loaded where it is new or changed; with DATABASE_URL both are
    the release step's work. `valkey=False` spares a short command the start of a Valkey that it would not use.
    """
    servers = ensure(settings, valkey)
    try:
        if servers.embedded_database:
            migrate.upgrade(servers.database_url)
            load_profile(servers.database_url, settings.profile)
    except BaseException:
        servers.close()
        raise
    return servers


def ensure(settings: Settings, valkey: bool = True) -> Servers:
    """Return servers that answer, starting or joining the embedded ones; raise Unavailable."""
    with ExitStack() as exits:
        database_url = settings.database_url or _join_postgres(data_dir(settings), exits)
        if settings.database_url:
            check_database(database_url)
        redis_url = settings.redis_url or None
        if valkey and not redis_url:
            redis_url = _join_valkey(data_dir(settings), exits)
        servers = Servers(database_url, redis_url, not settings.database_url, exits.pop_all())
    atexit.register(servers.close)
    return servers


def mend(settings: Settings) -> list[str]:
    """Start the embedded servers that died, and return the name of each; raise Unavailable.

    For whoever holds `Servers` of these settings and watches over them.
    """
    mended = []
    folder = data_dir(settings)
    if not settings.database_url and embedded_postgres.postmaster(folder / "postgres") is None:
        with claims.alone(folder / "servers.lock"):
            _start_postgres(folder / "postgres")
        mended.append("PostgreSQL")
    if not settings.redis_url and not embedded_valkey.answers(folder / "valkey"):
        with claims.alone(folder / "servers.lock"):
            started = embedded_valkey.start(folder / "valkey")
        mended += ["Valkey"] if started else []
    return mended


def load_profile(url: str, folder: Path) -> dict | None:
    """Load the profile folder unless the database holds just that; return registry.load's counts, or None.

    Raises profile.ProfileError with every problem of the folder.
    """
    with closing(database.connect(url, "registry")) as connection:
        if folder.is_dir() and registry.loaded_hash(connection) == profile.folder_hash(folder):
            return None
        return registry.load(connection, profile.read(folder), datetime.now(UTC))


def valkey_url(settings: Settings) -> str:
    """Return where Valkey is, or will be once it can start."""
    return settings.redis_url or embedded_valkey.url(data_dir(settings) / "valkey")


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
        parts = urlsplit(url)
        said = str(error).strip().splitlines()[0].rpartition("failed: ")[2].removeprefix("FATAL:  ")
        where = f"{parts.hostname or 'local socket'}{parts.path}"
        raise Unavailable(f"The database of DATABASE_URL ({where}) does not answer: {said}.") from None


def _join_postgres(folder: Path, exits: ExitStack) -> str:
    with claims.alone(folder / "servers.lock"):
        _claim(folder, "postgres", embedded_postgres.stop, exits)
        return _start_postgres(folder / "postgres")


def _start_postgres(place: Path) -> str:
    try:
        url = embedded_postgres.start(place)
        embedded_postgres.wait_until_ready(place)
    except embedded_postgres.PostgresError as error:
        raise Unavailable(f"{error}.") from None
    return url


def _join_valkey(folder: Path, exits: ExitStack) -> str | None:
    with claims.alone(folder / "servers.lock"):
        _claim(folder, "valkey", embedded_valkey.stop, exits)
        return embedded_valkey.start(folder / "valkey")


def _claim(folder: Path, name: str, stop: Callable[[Path], None], exits: ExitStack) -> None:
    claim = claims.Claim(folder / f"{name}.claims")

    def leave() -> None:
        if not claim.mine():
            claim.forget()
            return
        with claims.alone(folder / "servers.lock"):
            if claim.give_up():
                stop(folder / name)

    exits.callback(leave)
