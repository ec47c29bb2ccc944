"""Embedded servers: joined by many processes, stopped by the last, healed after a crash."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sql import claims, database, embedded, embedded_postgres, embedded_valkey
from sql.settings import Settings

HOLD = """
import sys
from pathlib import Path
from sql import embedded, settings
with embedded.ensure(settings.read(data_dir=Path(sys.argv[1]), database_url="", redis_url=""), valkey=False) as servers:
    print(servers.database_url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holders():
    """A function that starts another process which holds the servers of a folder; all are ended afterwards."""
    processes = []

    def hold(folder: Path) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        processes.append(process)
        assert process.stdout.readline().startswith("postgresql+psycopg2://")
        return process

    yield hold
    for process in processes:
        process.kill()
        process.communicate()


def running(settings: Settings) -> psutil.Process | None:
    return embedded_postgres.postmaster(settings.data_dir / "postgres")


def one(url: str, statement: str) -> object:
    connection = database.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]
    finally:
        connection.close()


def run(url: str, statement: str) -> None:
    connection = database.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def test_the_last_process_that_leaves_stops_the_server(settings, holders):
    other = holders(settings.data_dir)
    with embedded.ensure(settings, valkey=False) as servers:
        assert one(servers.database_url, "select 1") == 1
    assert running(settings) is not None
    other.communicate()
    assert other.returncode == 0
    assert running(settings) is None


def test_a_process_that_was_killed_keeps_nothing_running(settings, holders):
    killed = holders(settings.data_dir)
    killed.kill()
    killed.wait()
    assert running(settings) is not None
    with embedded.ensure(settings, valkey=False):
        pass
    assert running(settings) is None


def test_a_killed_postgres_comes_back_with_what_was_committed(settings):
    with embedded.ensure(settings, valkey=False) as servers:
        run(servers.database_url, "create table kept as select 766 as answer")
        killed = running(settings)
        killed.kill()
        psutil.wait_procs([killed], timeout=0.2)
        assert embedded.mend(settings) == ["PostgreSQL", "Valkey"]
        assert one(servers.database_url, "select answer from kept") == 766
        embedded_valkey.stop(settings.data_dir / "valkey")


def test_a_pid_file_that_names_another_program_is_not_believed(settings):
    with embedded.ensure(settings, valkey=False):
        pass
    pid_file = settings.data_dir / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{settings.data_dir / 'postgres'}\n1\n5432\n/tmp\n\n1 1\nready\n")
    with embedded.ensure(settings, valkey=False) as servers:
        assert one(servers.database_url, "select 1") == 1


def test_a_half_written_pid_file_does_not_stop_the_start(settings):
    with embedded.ensure(settings, valkey=False):
        pass
    (settings.data_dir / "postgres" / "postmaster.pid").write_text("")
    with embedded.ensure(settings, valkey=False) as servers:
        assert one(servers.database_url, "select 1") == 1


def test_a_creation_that_was_cut_short_begins_anew(settings):
    half = settings.data_dir / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with embedded.ensure(settings, valkey=False) as servers:
        assert one(servers.database_url, "select 1") == 1


def test_a_folder_too_deep_for_a_socket_gets_its_socket_elsewhere(settings):
    deep = settings.model_copy(update={"data_dir": settings.data_dir / ("deep/" * 30)})
    with embedded.ensure(deep) as servers:
        assert one(servers.database_url, "select 1") == 1
        assert embedded_valkey.answers(deep.data_dir / "valkey")


def test_valkey_is_joined_and_restarted(settings):
    with embedded.ensure(settings) as servers, embedded.ensure(settings) as again:
        assert servers.redis_url == again.redis_url
        embedded_valkey.stop(settings.data_dir / "valkey")
        assert not embedded_valkey.answers(settings.data_dir / "valkey")
        assert embedded.mend(settings) == ["Valkey"]
        assert embedded.mend(settings) == []
    assert not embedded_valkey.answers(settings.data_dir / "valkey")


def test_a_missing_valkey_program_leaves_the_database(settings, monkeypatch):
    monkeypatch.setattr(embedded_valkey, "_program", lambda: Path("/nowhere/valkey-server"))
    with embedded.ensure(settings) as servers:
        assert servers.redis_url is None
        assert one(servers.database_url, "select 1") == 1


def test_a_forked_child_does_not_give_up_its_parents_claim(tmp_path):
    claim = claims.Claim(tmp_path / "claims")
    child = os.fork()
    if child == 0:
        claim.forget()
        os._exit(0 if not claim.mine() else 1)
    assert os.waitpid(child, 0)[1] == 0
    other = claims.Claim(tmp_path / "claims")
    assert other.give_up() is False
    assert claim.give_up() is True


def test_a_database_url_that_does_not_answer_is_told_without_its_password(settings):
    dead = settings.model_copy(update={"database_url": "postgresql+psycopg2://me:hidden@127.0.0.1:9/city"})
    with pytest.raises(embedded.Unavailable) as caught:
        embedded.ensure(dead)
    assert str(caught.value) == "The database of DATABASE_URL (127.0.0.1/city) does not answer: Connection refused."


def test_a_data_dir_that_cannot_be_written_is_told_in_one_sentence(settings):
    with pytest.raises(embedded.Unavailable, match=r"^DATA_DIR /proc/nothing is not writable: .*\.$"):
        embedded.ensure(settings.model_copy(update={"data_dir": Path("/proc/nothing")}))


def test_prepare_migrates_and_loads_the_profile_once(settings):
    with embedded.prepare(settings, valkey=False) as servers:
        loaded = one(servers.database_url, "select loaded_at from city")
        assert embedded.load_profile(servers.database_url, settings.profile) is None
        assert one(servers.database_url, "select loaded_at from city") == loaded
