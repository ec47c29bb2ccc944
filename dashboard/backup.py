"""`python -m dashboard backup DIR` and `restore DIR`: everything the database holds, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import psycopg2.errors
from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import parse_dsn

from dashboard.processes import PYTHON
from sql import database, dumping, embedded, migrate
from sql import settings as environment
from sql.dumping import DumpError
from sql.settings import Settings

MAINTENANCE = "template1"  # a database that is there on every server and is none of ours


def backup(settings: Settings, folder: Path) -> int:
    """Write a backup into a new folder, beside the running program; return the exit code."""
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DumpError(f"{folder} is not empty; a backup goes into a folder of its own.")
    began = time.monotonic()
    with embedded.ensure(settings, valkey=False) as servers, _unfinished(folder) as place:
        _expect_schema(servers.database_url)
        manifest = dumping.write(servers.database_url, place, datetime.now(UTC))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(
        f"{folder}: schema {manifest['revision']}, data version {manifest['data_version']}, "
        f"{sum(manifest['rows'].values()):,} rows, {size / 1e6:,.1f} MB in {time.monotonic() - began:.1f} s"
    )
    return 0


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """Give a place beside a folder, and move it there once it is whole."""
    place = folder.with_name(f"{folder.name}.unfinished")
    if place.exists():
        shutil.rmtree(place)
    place.mkdir(parents=True, mode=0o700)
    try:
        yield place
        if folder.exists():
            folder.rmdir()
        place.rename(folder)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _expect_schema(url: str) -> None:
    with closing(database.connect(url)) as conn:
        if migrate.current(conn) is None:
            raise DumpError("The database is empty; there is nothing to back up.")


def restore(settings: Settings, folder: Path, is_forced: bool) -> int:
    """Restore a backup into an empty database, or with force beside a full one, which is kept; 1 where it differs.

    The backup is restored into a database of its own and verified there; only then it takes the place of the old one.
    """
    manifest = dumping.read(folder.resolve())
    began = time.monotonic()
    with embedded.ensure(settings, valkey=False) as servers:
        url = servers.database_url
        is_empty = _is_empty(url)
        if not is_empty and not is_forced:
            raise DumpError("The database is not empty; restore --force puts it aside and the backup in its place.")
        with closing(_maintenance(url)) as conn:
            name, scratch = str(parse_dsn(database.dsn(url))["dbname"]), f"restoring_{os.getpid()}"
            _expect_nobody(conn, name)
            clean = _fill(conn, url, scratch, folder.resolve(), manifest)
            kept = _swap(conn, name, scratch, is_empty)
    print(
        f"Restored the data version {manifest['data_version']} of {manifest['made_at']} "
        f"({sum(manifest['rows'].values()):,} rows) in {time.monotonic() - began:.1f} s."
    )
    if kept:
        print(f'What was there before is kept as the database "{kept}"; drop it when it is no longer wanted.')
    print("verify: rollups and facts agree." if clean else "verify: they differ; python -m etl rebuild mends rollups.")
    return 0 if clean else 1


def _fill(conn: Connection, url: str, scratch: str, folder: Path, manifest: dict) -> bool:
    """Restore into a new database, bring it up to this program's schema, and return whether verify is content."""
    _administer(conn, "create database {} template template0", scratch)
    try:
        there = named(url, scratch)
        dumping.restore(there, folder)
        _expect_rows(there, manifest)
        migrate.upgrade(there)
        _analyze(there)
        return _verifies(there)
    except BaseException:
        _administer(conn, "drop database {} with (force)", scratch)
        raise


def _expect_rows(url: str, manifest: dict) -> None:
    with closing(database.connect(url)) as conn, conn, conn.cursor() as cursor:
        found = dumping.rows(cursor)
    for table, count in manifest["rows"].items():
        if found.get(table) != count:
            raise DumpError(f"The backup is damaged: {table} has {found.get(table, 0)} rows instead of {count}.")


def _analyze(url: str) -> None:
    """Let Postgres know the tables, whose statistics do not come with a backup."""
    with closing(database.connect(url, "restore")) as conn, conn, conn.cursor() as cursor:
        cursor.execute("analyze")


def _verifies(url: str) -> bool:
    """Ask the ETL, a program of its own, whether rollups and facts of a database agree."""
    done = subprocess.run(
        [PYTHON, "-m", "etl", "verify", "--json"], capture_output=True, text=True,
        env=environment.inherited() | {"DATABASE_URL": url}, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    try:
        return json.loads(done.stdout)["differences"] == 0
    except (ValueError, KeyError, TypeError):
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise DumpError(f"verify could not run on what was restored: {said}.") from None


def _swap(conn: Connection, name: str, scratch: str, is_empty: bool) -> str | None:
    """Put the restored database in the place of the old one; return the name under which the old one is kept."""
    aside = f"{name}_before_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    _administer(conn, "alter database {} rename to {}", name, aside)
    try:
        _administer(conn, "alter database {} rename to {}", scratch, name)
    except psycopg2.Error:
        _administer(conn, "alter database {} rename to {}", aside, name)
        raise
    if is_empty:
        _administer(conn, "drop database {}", aside)
    return None if is_empty else aside


def _is_empty(url: str) -> bool:
    """Tell whether a database holds no table, or those of the program with no load ever."""
    with closing(database.connect(url)) as conn, conn, conn.cursor() as cursor:
        cursor.execute(dumping.TABLES)
        tables = {name for (name,) in cursor.fetchall()}
        if "load" not in tables:
            return not tables
        cursor.execute("select not exists (select from load) and not exists (select from frame)")
        return cursor.fetchone()[0]


def _expect_nobody(conn: Connection, name: str) -> None:
    with conn.cursor() as cursor:
        cursor.execute("select count(*) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()", (name,))
        (others,) = cursor.fetchone()
    if others:
        raise DumpError(f"{others} connections use the database; stop the program first.")


def _maintenance(url: str) -> Connection:
    conn = database.connect(named(url, MAINTENANCE), "restore")
    conn.autocommit = True
    return conn


def named(url: str, name: str) -> str:
    """Return the URL of another database of the same server.

    >>> named("postgresql+psycopg2://me@host:5432/city?sslmode=require", "other")
    'postgresql+psycopg2://me@host:5432/other?sslmode=require'
    """
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


def _administer(conn: Connection, statement: str, *names: str) -> None:
    with conn.cursor() as cursor:
        try:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
        except psycopg2.errors.InsufficientPrivilege:
            raise DumpError("restore needs a user that may create and rename databases.") from None
