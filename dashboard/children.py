"""One child process: started in a group of its own, watched, started again with back-off, stopped for good."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

MARK = "LEADERSHIP_RUN"  # names, in a child's environment, the folder whose supervisor started it
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
STEADY_AFTER_S = 10.0  # a child that lived this long begins again with the shortest wait
LOG_BYTES = 20_000_000
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Command:
    """What to run: a name for the operator, the arguments, the whole environment, and whether others lean on it."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    outlasts: bool = False  # stopped after the others, which may be waiting for its answers


class Child:
    """A command that is kept running."""

    def __init__(self, command: Command, log: Path) -> None:
        self.command = command
        self.log = log
        self.process: subprocess.Popen | None = None
        self.wait_s = 0.0
        self.started_at = 0.0
        self.start_at = 0.0

    def start(self, now: float) -> None:
        """Start the process in a new group, its output going to the log."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command.arguments,
                env=dict(self.command.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        self.started_at = now

    def check(self, now: float) -> str | None:
        """Start the process if it is due, note its death, and return a sentence when there is news.

        `now` is a monotonic time in seconds.
        """
        if self.process is None:
            return self._start_when_due(now)
        code = self.process.poll()
        if code is None:
            return None
        signal_group(self.process.pid, signal.SIGKILL)
        self.process = None
        return self._put_off(now, how_it_ended(code))

    def _start_when_due(self, now: float) -> str | None:
        if now < self.start_at:
            return None
        try:
            self.start(now)
        except OSError as error:
            self.started_at = now
            return self._put_off(now, f"could not start: {error.strerror}")
        return None

    def _put_off(self, now: float, why: str) -> str:
        self.wait_s = next_wait(self.wait_s, now - self.started_at)
        self.start_at = now + self.wait_s
        return f"{self.command.name} {why}; starting it again in {self.wait_s:.0f} s (see {self.log})"

    def terminate(self) -> None:
        """Ask the process to end; it tells its own workers."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def ended(self) -> bool:
        """Return whether the process has ended."""
        return self.process is None or self.process.poll() is not None

    def kill(self) -> None:
        """End the process and all that it started, now."""
        if self.process is not None:
            signal_group(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def trim_log(self) -> None:
        """Keep the newest part of a log that has grown long in `<name>.log.1`."""
        if self.log.stat().st_size > LOG_BYTES:
            old = self.log.with_suffix(".log.1")
            old.write_bytes(self.log.read_bytes()[-LOG_BYTES:])
            os.truncate(self.log, 0)


def next_wait(last_s: float, lived_s: float) -> float:
    """Return the seconds to wait before the next start: 1, 2, 4 … 30, and 1 again after a steady life.

    >>> next_wait(0, 3), next_wait(1, 3), next_wait(16, 3), next_wait(30, 12)
    (1.0, 2, 30.0, 1.0)
    """
    if last_s == 0 or lived_s >= STEADY_AFTER_S:
        return FIRST_WAIT_S
    return min(last_s * 2, LONGEST_WAIT_S)


def how_it_ended(code: int) -> str:
    """Say how a process ended, for the operator.

    >>> how_it_ended(3), how_it_ended(-9)
    ('ended with exit code 3', 'was ended by SIGKILL')
    """
    return f"ended with exit code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"


def signal_group(group: int, number: int) -> None:
    """Send a signal to a process group, if anything is left of it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS says EPERM of a group of zombies
        return


def end_orphans(run_folder: Path) -> int:
    """End what an earlier, killed supervisor of `run_folder` left running; return how many processes.

    The caller holds the lock of `run_folder`, so that no living supervisor owns them.
    """
    orphans = [process for process in psutil.process_iter() if _belongs(process, str(run_folder))]
    for process in orphans:
        _quietly(process.terminate)
    _, alive = psutil.wait_procs(orphans, timeout=3)
    for process in alive:
        _quietly(process.kill)
    psutil.wait_procs(alive, timeout=3)
    return len(orphans)


def _belongs(process: psutil.Process, run_folder: str) -> bool:
    try:
        return process.pid != os.getpid() and process.environ().get(MARK) == run_folder
    except (psutil.Error, OSError):
        return False


def _quietly(action: Callable[[], None]) -> None:
    try:
        action()
    except psutil.Error:
        return


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
