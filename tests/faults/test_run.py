"""`python -m dashboard run` as a whole: it lives, heals, stops; and says in one sentence why it cannot start."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sql import embedded_postgres, embedded_valkey
from tests.conftest import ROOT, short_folder
from tests.faults.test_supervisor import marked
from tests.program import Program, free_port, get


@pytest.fixture(scope="module")
def alive():
    """The whole program on a small simulated city with two days of history: its folder, address and process."""
    with short_folder() as folder:
        program = Program(DATA_DIR=str(folder), PORT=str(free_port()), HISTORY_DAYS="2", SCALE="0.01")
        try:
            address = re.search(r"http://\S+", program.hear("The dashboard is at"))[0]
            yield folder, address, program
        finally:
            program.stop()


def child(folder: Path, *words: str) -> psutil.Process:
    """Return the supervised process whose command line holds all the words."""
    [found] = [
        one for one in marked(folder) if set(words) <= set(one.cmdline()) and one.parent().pid == supervisor(one)
    ]
    return found


def supervisor(process: psutil.Process) -> int:
    """Return the id of the supervisor above a process: the nearest ancestor that runs `dashboard run`."""
    return next(above.pid for above in process.parents() if above.cmdline()[-2:] == ["dashboard", "run"])


@pytest.mark.full
def test_the_whole_program_lives(alive):
    _, address, _ = alive
    frame = get(f"{address}/api/v1/indicators")
    assert frame["simulated"] is True
    assert frame["city"]["dossiers_open"] is None or frame["city"]["dossiers_open"] >= 0


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "words"), [("worker", ("etl", "worker")), ("beat", ("etl.beat",)), ("publisher", ("etl.publisher",))]
)
def test_a_killed_process_comes_back(alive, name, words):
    folder, address, program = alive
    killed = child(folder, *words)
    killed.kill()
    told = program.hear("was ended by SIGKILL; starting it again in")
    assert told.startswith(name)
    assert get(f"{address}/healthz")


@pytest.mark.full
def test_killed_servers_come_back_and_the_pages_go_on(alive):
    folder, address, program = alive
    embedded_postgres.postmaster(folder / "postgres").kill()
    psutil.Process(int((folder / "valkey" / "valkey.pid").read_text())).kill()
    heard = {program.hear("had died and was started again") for _ in range(2)}
    assert {line.split()[0] for line in heard} == {"PostgreSQL", "Valkey"}
    assert embedded_valkey.answers(folder / "valkey")
    assert get(f"{address}/api/v1/indicators")["version"] > 0


@pytest.mark.full
def test_a_command_beside_the_running_program_shares_its_database(alive):
    folder, _, _ = alive
    done = subprocess.run(
        [sys.executable, "-m", "etl", "quarantine", "list"],
        cwd=ROOT,
        env=dict(os.environ) | {"DATABASE_URL": "", "REDIS_URL": "", "DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert embedded_postgres.answers(folder / "postgres")


@pytest.mark.full
def test_sigterm_stops_all_of_it_with_exit_code_0():
    with short_folder() as folder:
        program = Program(DATA_DIR=str(folder), PORT=str(free_port()), HISTORY_DAYS="1", SCALE="0.01")
        program.hear("The dashboard is at")
        assert len(marked(folder)) >= 6
        assert program.stop() == 0
        assert marked(folder) == []
        assert embedded_postgres.postmaster(folder / "postgres") is None
        assert not embedded_valkey.answers(folder / "valkey")


def refusal(**environment: str) -> str:
    """Return what a program says that cannot start; it must be one line, with exit code 1."""
    with short_folder() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "dashboard", "run"],
            cwd=ROOT,
            env=dict(os.environ) | {"DATABASE_URL": "", "REDIS_URL": "", "DATA_DIR": str(folder)} | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1, done.stderr
        assert embedded_postgres.postmaster(folder / "postgres") is None
        return done.stderr


def test_a_taken_port_is_refused_in_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert refusal(PORT=port).startswith(f"Port {port} on 127.0.0.1 is taken; choose another one")


def test_a_data_dir_that_cannot_be_written_is_refused_in_one_sentence():
    assert refusal(DATA_DIR="/proc/nowhere").startswith("DATA_DIR /proc/nowhere is not writable: ")


def test_a_database_that_does_not_answer_is_refused_in_one_sentence():
    said = refusal(DATABASE_URL="postgresql://me:hidden@127.0.0.1:9/city", PORT=str(free_port()))
    assert said == "The database of DATABASE_URL (127.0.0.1/city) does not answer: Connection refused.\n"


def test_a_wrong_setting_is_refused_in_one_sentence():
    assert refusal(PORT="many").startswith("PORT=many cannot be used: ")


def test_a_python_that_is_too_old_is_refused_before_anything_is_made(tmp_path):
    done = subprocess.run(
        ["make", "setup", f"VENV={tmp_path / 'venv'}", "PYTHONS=false"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert done.stderr.startswith("Python 3.11 or newer is needed")
    assert list(tmp_path.iterdir()) == []


def test_a_profile_with_mistakes_is_refused_with_each_of_them(settings, tmp_path):
    (tmp_path / "profile.toml").write_text('name = "x"\n')
    done = subprocess.run(
        [sys.executable, "-m", "dashboard", "registry", "load", str(tmp_path)],
        cwd=ROOT,
        env=dict(os.environ) | settings.as_environment() | {"DATABASE_URL": "", "REDIS_URL": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"units.csv: is missing in {tmp_path}"]
