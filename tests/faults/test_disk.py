"""A full disk under DATA_DIR: a load says so, nothing is half there, and all goes on when there is room again.

What is tested is the whole of Postgres on a small tmpfs: data files, log (WAL) and temporary files meet ENOSPC alike.
"""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from etl import feeds
from sql import database, embedded, embedded_postgres, embedded_valkey
from sql.settings import Settings
from tests.conftest import SMALL_PROFILE
from tests.db.deliveries import differences, framer_of, loaded, local, one, written

FEED = SMALL_PROFILE / "feeds" / "dossiers.toml"
SIZE = "420m"
ROWS = 20_000


@pytest.fixture
def small_disk():
    """An empty folder on a disk of its own, which soon is full."""
    folder = Path(tempfile.mkdtemp(prefix="disk-")).resolve()
    folder.chmod(0o755)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


@pytest.fixture
def program(small_disk):
    settings = Settings(
        database_url="", redis_url="", data_dir=small_disk, profile=SMALL_PROFILE, secret_key="only for tests"
    )
    with embedded.prepare(settings, valkey=False) as servers:
        yield settings, servers.database_url
        embedded_valkey.stop(small_disk / "valkey")


def dossier(number: int) -> dict[str, str | None]:
    at = local(number % 15 + 1, 9, number % 60)
    return {
        "code": f"D{number:07}", "procedure": "P1", "unit": "10", "accepted_at": at.isoformat(),
        "due_at": local(18).isoformat(), "finished_at": local(17).isoformat() if number % 3 else None,
        "changed_at": local(17, 12).isoformat(),
    }  # fmt: skip


def fill(folder: Path) -> Path:
    """Write until there is no room left but for a few kilobytes."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return path


@pytest.mark.full
def test_a_full_disk_is_told_and_costs_nothing_that_was_committed(program, tmp_path):
    settings, url = program
    feed = feeds.read(FEED)
    first = written(tmp_path / "first.csv", feed, (dossier(n) for n in range(2_000)))
    second = written(tmp_path / "second.csv", feed, (dossier(n) for n in range(1_000, ROWS)))
    assert loaded(url, feed, first).counts.merged == 2_000
    filler = fill(settings.data_dir)
    try:
        said = _error_of(url, feed, second)
    finally:
        filler.unlink()
    assert "No space left on device" in said or "server" in said  # WAL without room ends the server itself
    embedded.mend(settings)
    embedded_postgres.wait_until_ready(settings.data_dir / "postgres")
    with closing(database.connect(url)) as conn:
        assert one(conn, "select count(*) from dossier") == 2_000
        assert differences(conn, framer_of(url)) == []
        again = loaded(url, feed, second)
        assert (again.error, again.counts.merged) == (None, ROWS - 2_000)
        assert one(conn, "select count(*) from dossier") == ROWS
        assert differences(conn, framer_of(url)) == []


def _error_of(url, feed, path) -> str:
    """Return what a load says on a full disk, also where Postgres itself has ended."""
    try:
        return loaded(url, feed, path).error or "no error at all"
    except Exception as error:
        return str(error)


@pytest.mark.full
def test_a_data_dir_without_room_is_refused_in_one_sentence(small_disk):
    filler = fill(small_disk)
    settings = Settings(
        database_url="", redis_url="", data_dir=small_disk, profile=SMALL_PROFILE, secret_key="only for tests"
    )
    with pytest.raises(embedded.Unavailable) as caught:
        embedded.ensure(settings, valkey=False)
    assert "\n" not in str(caught.value)
    filler.unlink()
    with embedded.ensure(settings, valkey=False) as servers, closing(database.connect(servers.database_url)) as conn:
        assert one(conn, "select 1") == 1
