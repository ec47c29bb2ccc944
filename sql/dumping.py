"""pg_dump and pg_restore: a whole database as a folder of files, from one snapshot, with a manifest that proves it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor
from psycopg2.extensions import make_dsn, parse_dsn

from sql import database, embedded_postgres, migrate
from sql.settings import inherited

MANIFEST = "manifest.json"
FILES = "dump"
FORMAT = 1
JOBS = "2"
TABLES = "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace order by 1"


class DumpError(Exception):
    """A backup that cannot be made, read or restored; the message is one sentence for the operator."""


def write(url: str, folder: Path, now: datetime) -> dict[str, Any]:
    """Dump the database into an empty folder and return the manifest; DumpError when it cannot be done."""
    with closing(database.connect(url, "backup")) as conn, conn, conn.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read, read only")
        cursor.execute("select pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        manifest = {"format": FORMAT, "made_at": now.isoformat(timespec="seconds"), **_told(cursor)}
        options = ("--format=directory", f"--jobs={JOBS}", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
        _run(url, "pg_dump", *options, f"--file={folder / FILES}")
    manifest["files"] = hashes(folder / FILES)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    return manifest


def read(folder: Path) -> dict[str, Any]:
    """Return the manifest of a backup whose files are all there, unchanged; DumpError saying what is not."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        known, revision = manifest["files"], manifest["revision"]
    except (OSError, ValueError, KeyError, TypeError):
        raise DumpError(f"{folder} holds no whole backup: its {MANIFEST} is missing or broken.") from None
    if manifest.get("format") != FORMAT or revision > migrate.head():
        raise DumpError(f"The backup in {folder} is of a newer program (schema {revision}); update this one first.")
    found = hashes(folder / FILES) if (folder / FILES).is_dir() else {}
    for name in known:
        if name not in found:
            raise DumpError(f"The backup in {folder} is damaged: {FILES}/{name} is missing.")
        if found[name] != known[name]:
            raise DumpError(f"The backup in {folder} is damaged: {FILES}/{name} is not what was written.")
    return manifest


def restore(url: str, folder: Path) -> None:
    """Fill an empty database from a backup; DumpError with what pg_restore says."""
    options = ("--no-owner", "--no-privileges", "--exit-on-error", f"--jobs={JOBS}")
    _run(url, "pg_restore", *options, str(folder / FILES))


def rows(cursor: Cursor) -> dict[str, int]:
    """Return the number of rows of every table."""
    cursor.execute(TABLES)
    return {name: _count(cursor, name) for (name,) in cursor.fetchall()}


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a folder, by name."""
    found = {}
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _told(cursor: Cursor) -> dict[str, Any]:
    cursor.execute("select version_num, current_setting('server_version') from alembic_version")
    revision, server = cursor.fetchone()
    cursor.execute("select version from data_version")
    (data_version,) = cursor.fetchone()
    return {"revision": revision, "server": server, "data_version": data_version, "rows": rows(cursor)}


def _count(cursor: Cursor, table: str) -> int:
    cursor.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table)))
    return cursor.fetchone()[0]


def _run(url: str, program: str, *arguments: str) -> None:
    given = parse_dsn(database.dsn(url))
    secret = {"PGPASSWORD": given.pop("password")} if given.get("password") else {}  # a command line can be seen by all
    done = subprocess.run(
        [_path(program), f"--dbname={make_dsn(**given)}", *arguments],
        env=_surroundings(secret), stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise DumpError(f"{program} failed: {said.removeprefix(f'{program}: error: ')}.")


def _surroundings(secret: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in inherited().items() if not name.startswith("PG")} | dict(secret)


def _path(program: str) -> str:
    """Return the program of the embedded PostgreSQL, else the one that is installed."""
    own = embedded_postgres.BIN / program
    found = str(own) if own.exists() else shutil.which(program)
    if found is None:
        raise DumpError(f"{program} is not installed.")
    return found
