"""Backup and restore: what comes back is what was there, whole or not at all."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest

from dashboard import backup
from etl.publish import publish_once
from sql import database, dumping, migrate
from sql.dumping import DumpError
from tests.conftest import administer, create_database, named
from tests.db.deliveries import NOW, batches_of, deliver, differences, feed_of, framer_of, local, one, rows, state

COLUMNS = ("code", "procedure", "unit", "accepted_at", "due_at", "finished_at", "status", "changed_at")


def dossier(number: int) -> dict[str, str | None]:
    at = local(number % 15 + 1, 9)
    return {
        "code": f"D{number}", "procedure": "P1", "unit": "10", "accepted_at": at.isoformat(),
        "due_at": local(18).isoformat(), "finished_at": local(17).isoformat() if number % 3 else None, "status": "4",
        "changed_at": local(17, 12).isoformat(),
    }  # fmt: skip


@pytest.fixture
def full(city, settings, tmp_path):
    """Settings of a program whose database holds dossiers, a refused row and a frame."""
    feed = feed_of(tmp_path, "portal", "dossiers", COLUMNS)
    with closing(database.connect(city)) as conn:
        deliver(conn, feed, batches_of(feed, [dossier(n) for n in range(300)] + [dossier(1) | {"unit": "99"}], 100))
    publish_once(city, None)
    return settings.model_copy(update={"database_url": city})


@pytest.fixture
def empty(postgres, settings):
    """Settings of a program on a new database without a table."""
    name = f"empty_{datetime.now(UTC):%H%M%S%f}"
    create_database(postgres, name, "template0")
    yield settings.model_copy(update={"database_url": named(postgres, name)})
    administer(postgres, f"drop database {name} with (force)")


@contextmanager
def opened(settings):
    with closing(database.connect(settings.database_url)) as conn:
        yield conn


def test_what_is_restored_is_what_was_backed_up_and_verify_is_clean(full, empty, tmp_path, capsys):
    assert backup.backup(full, tmp_path / "b") == 0
    assert backup.restore(empty, tmp_path / "b", False) == 0
    said = capsys.readouterr().out
    assert "verify: rollups and facts agree." in said
    with opened(full) as before, opened(empty) as after:
        assert state(before) == state(after)
        for table in ("quarantine", "load", "frame", "data_version", "unit", "feed"):
            asked = f"select array_agg(t::text order by t::text) from {table} as t"
            assert rows(before, asked) == rows(after, asked)
        assert differences(after, framer_of(empty.database_url)) == []
        assert migrate.current(after) == migrate.head()


def test_the_restored_city_goes_on(full, empty, tmp_path):
    backup.backup(full, tmp_path / "b")
    backup.restore(empty, tmp_path / "b", False)
    feed = feed_of(tmp_path, "portal", "dossiers", COLUMNS)
    with opened(empty) as conn:
        newest = one(conn, "select max(id) from load")
        assert deliver(conn, feed, batches_of(feed, [dossier(n) for n in range(310)], 100)).merged == 10
        assert one(conn, "select max(id) from load") > newest
        assert differences(conn, framer_of(empty.database_url), NOW) == []


def test_a_backup_is_one_instant_although_loads_go_on(full, empty, tmp_path, monkeypatch):
    feed = feed_of(tmp_path, "portal", "dossiers", COLUMNS)
    whole = dumping._run

    def load_meanwhile(url, program, *arguments):
        if program == "pg_dump":
            with opened(full) as conn:
                deliver(conn, feed, batches_of(feed, [dossier(n) for n in range(400)], 100))
        whole(url, program, *arguments)

    monkeypatch.setattr(dumping, "_run", load_meanwhile)
    backup.backup(full, tmp_path / "b")
    assert backup.restore(empty, tmp_path / "b", False) == 0
    with opened(empty) as conn:
        assert one(conn, "select count(*) from dossier") == 300


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: (folder / "manifest.json").unlink(), "holds no whole backup"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "holds no whole backup"),
        (lambda folder: (folder / "dump" / "toc.dat").unlink(), "damaged: dump/toc.dat is missing"),
        (lambda folder: flip(largest(folder)), "damaged: dump/.* is not what was written"),
        (lambda folder: cut(largest(folder)), "damaged: dump/.* is not what was written"),
        (lambda folder: newer(folder / "manifest.json"), "is of a newer program"),
    ],
)
def test_a_damaged_backup_is_refused_in_one_sentence_and_nothing_is_touched(full, empty, tmp_path, harm, said):
    backup.backup(full, tmp_path / "b")
    harm(tmp_path / "b")
    with pytest.raises(DumpError, match=said):
        backup.restore(empty, tmp_path / "b", False)
    with opened(empty) as conn:
        assert rows(conn, dumping.TABLES) == []


def largest(folder):
    return max((folder / "dump").iterdir(), key=lambda path: path.stat().st_size)


def flip(path):
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)


def cut(path):
    path.write_bytes(path.read_bytes()[:-10])


def newer(path):
    path.write_text(json.dumps(json.loads(path.read_text()) | {"revision": "9999_later"}))


def test_a_restore_that_fails_in_the_middle_leaves_everything_as_it_was(full, empty, tmp_path, postgres, monkeypatch):
    backup.backup(full, tmp_path / "b")
    monkeypatch.setattr(backup, "_expect_rows", lambda *given: (_ for _ in ()).throw(DumpError("the disk is full")))
    with pytest.raises(DumpError, match="the disk is full"):
        backup.restore(empty, tmp_path / "b", False)
    with opened(empty) as conn:
        assert rows(conn, dumping.TABLES) == []
        assert one(conn, "select count(*) from pg_database where datname like 'restoring%%'") == 0


def test_a_full_database_is_only_put_aside_by_force_and_then_kept(full, tmp_path, capsys, postgres):
    backup.backup(full, tmp_path / "b")
    with opened(full) as conn:
        rows(conn, "update dossier set status = 9 where code = 'D0'")
    with pytest.raises(DumpError, match="The database is not empty; restore --force"):
        backup.restore(full, tmp_path / "b", False)
    assert backup.restore(full, tmp_path / "b", True) == 0
    kept = capsys.readouterr().out.partition('kept as the database "')[2].partition('"')[0]
    with opened(full) as conn:
        assert one(conn, "select status from dossier where code = 'D0'") == 4
    with closing(database.connect(named(postgres, kept))) as conn:
        assert one(conn, "select status from dossier where code = 'D0'") == 9
    administer(postgres, f"drop database {kept}")


def test_a_running_program_is_not_restored_under_its_feet(full, tmp_path):
    backup.backup(full, tmp_path / "b")
    with opened(full), pytest.raises(DumpError, match="1 connections use the database; stop the program first"):
        backup.restore(full, tmp_path / "b", True)


def test_a_backup_never_mixes_with_what_is_there(full, empty, tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "letter").touch()
    with pytest.raises(DumpError, match="is not empty; a backup goes into a folder of its own"):
        backup.backup(full, tmp_path / "b")
    with pytest.raises(DumpError, match="nothing to back up"):
        backup.backup(empty, tmp_path / "c")
    assert not (tmp_path / "c").exists()
    assert not (tmp_path / "c.unfinished").exists()


def test_no_password_stands_on_a_command_line(monkeypatch, tmp_path):
    seen = []

    def run(command, env, **more):
        seen.append((command, env))
        return type("Done", (), {"returncode": 1, "stderr": "pg_restore: error: no such host"})()

    monkeypatch.setattr(dumping.subprocess, "run", run)
    with pytest.raises(DumpError, match=r"^pg_restore failed: no such host\.$"):
        dumping.restore("postgresql+psycopg2://me:hidden@db.invalid:5432/city", tmp_path)
    assert "hidden" not in " ".join(seen[0][0])
    assert seen[0][1]["PGPASSWORD"] == "hidden"
