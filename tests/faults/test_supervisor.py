"""The supervisor: restarts what dies, stops all it started, heals after its own violent death."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from dashboard.children import MARK, Child, Command
from dashboard.supervisor import Supervisor


@pytest.fixture
def watched(tmp_path):
    """A function that starts the supervised program on a folder; whatever is left of it is ended afterwards."""
    programs = []

    def start() -> subprocess.Popen:
        program = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.watched", str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        programs.append(program)
        return program

    yield start
    for process in marked(tmp_path):
        process.kill()
    for program in programs:
        program.kill()
        program.communicate()


def marked(folder: Path) -> list[psutil.Process]:
    """Return the living processes that a supervisor of the folder has started."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def read_until(program: subprocess.Popen, word: str) -> str:
    """Return the program's next line that holds the word."""
    for line in program.stdout:
        if word in line:
            return line
    raise AssertionError(f"the program ended without saying {word!r}")


def pids(line: str) -> list[int]:
    return json.loads(line.removeprefix("pids "))


def test_a_killed_child_is_told_and_started_again(watched):
    program = watched()
    steady, stubborn = pids(read_until(program, "pids"))
    os.kill(steady, signal.SIGKILL)
    assert "steady was ended by SIGKILL; starting it again in 1 s" in read_until(program, "steady")
    read_until(program, "pids")  # the other one alone
    again = pids(read_until(program, "pids"))
    assert again[0] != steady
    assert again[1] == stubborn
    assert psutil.pid_exists(again[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_everything_with_exit_code_0(watched, tmp_path, number):
    program = watched()
    read_until(program, "pids")
    program.send_signal(number)
    assert program.wait(timeout=20) == 0
    assert marked(tmp_path) == []


def test_a_killed_supervisor_leaves_orphans_that_the_next_one_ends(watched, tmp_path):
    first = watched()
    read_until(first, "pids")
    first.kill()
    first.wait()
    second = watched()
    assert int(read_until(second, "orphans").split()[1]) >= 2  # the stubborn one and its child
    read_until(second, "pids")
    assert len(marked(tmp_path)) == 3


def test_a_second_program_on_the_same_folder_is_refused_in_one_sentence(watched, tmp_path):
    first = watched()
    read_until(first, "pids")
    second = subprocess.run(
        [sys.executable, "-m", "dashboard", "run"],
        env=dict(os.environ) | {"DATA_DIR": str(tmp_path), "DATABASE_URL": "", "PORT": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode == 1
    assert second.stderr == (
        f"The dashboard already runs on DATA_DIR {tmp_path}: process {first.pid}, http://127.0.0.1:1.\n"
    )


def test_a_server_that_cannot_be_mended_is_told_once(tmp_path):
    said = []

    def mend():
        raise OSError("no room left")

    supervisor = Supervisor([], tmp_path, said.append, mend)
    for now in (0.0, 10.0, 20.0):
        supervisor.turn(now)
        supervisor.mending.wait(10)
    assert said == ["no room left"]


def test_a_server_that_takes_long_to_mend_keeps_nobody_waiting(tmp_path):
    said, may_end, begun = [], threading.Event(), []

    def mend():
        begun.append(1)
        may_end.wait(60)
        return ["PostgreSQL"]

    missing = Command("missing", (str(tmp_path / "nowhere"),), {})
    supervisor = Supervisor([missing], tmp_path, said.append, mend)
    supervisor.turn(0.0)
    supervisor.turn(10.0)
    assert len(said) == 2  # the child was looked after twice
    assert begun == [1]
    may_end.set()
    supervisor.mending.wait(10)
    assert said[-1] == "PostgreSQL had died and was started again"


def test_a_child_that_dies_at_once_is_started_ever_more_rarely(tmp_path):
    child = Child(Command("hasty", (sys.executable, "-c", "raise SystemExit(3)"), {}), tmp_path / "hasty.log")
    now, waits = 0.0, []
    while len(waits) < 7:
        assert child.check(now) is None
        child.process.wait()
        assert "hasty ended with exit code 3" in child.check(now)
        waits.append(child.wait_s)
        now = child.start_at
    assert waits == [1, 2, 4, 8, 16, 30, 30]


def test_a_program_that_cannot_be_started_is_told_and_tried_again(tmp_path):
    child = Child(Command("missing", (str(tmp_path / "nowhere"),), {}), tmp_path / "missing.log")
    assert "missing could not start: No such file or directory; starting it again in 1 s" in child.check(0.0)
    assert child.check(0.5) is None
    assert "in 2 s" in child.check(1.0)


def test_a_long_log_keeps_its_newest_part(tmp_path, monkeypatch):
    monkeypatch.setattr("dashboard.children.LOG_BYTES", 10)
    child = Child(Command("wordy", ("true",), {}), tmp_path / "wordy.log")
    child.log.write_text("old " * 5 + "0123456789")
    child.trim_log()
    assert child.log.read_text() == ""
    assert (tmp_path / "wordy.log.1").read_text() == "0123456789"
