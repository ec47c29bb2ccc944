"""The program under test: `python -m dashboard run` in a folder of its own, and its processes by kind."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from sql import embedded_postgres, embedded_valkey

ROOT = Path(__file__).parents[2]
PROFILE = Path(__file__).with_name("profile")
START_S = 300.0
STOP_S = 40.0
CHILDREN = {
    "publisher": ("-m", "etl.publisher"),
    "worker": ("-m", "etl", "worker"),
    "beat": ("-m", "etl.beat"),
    "web": ("-m", "gunicorn"),
}


class Program:
    """Starts the program, finds its processes and kills them."""

    def __init__(self, folder: Path, source_url: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.environment = dict(os.environ) | {
            "DATA_DIR": str(folder), "PROFILE": str(PROFILE), "PORT": str(self.port), "HOST": "127.0.0.1",
            "DATABASE_URL": "", "REDIS_URL": "", "SIMULATE": "false", "CHAOS_SOURCE": source_url, "SECRET_KEY": "chaos",
            "HISTORY_DAYS": "1",
        }  # fmt: skip
        self.said = (folder / "said").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dashboard", "run"], cwd=ROOT, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=self.said, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self.supervisor = psutil.Process(self.process.pid)

    @property
    def database_url(self) -> str:
        """Return the URL of its database."""
        return embedded_postgres.url(self.folder / "postgres")

    def close(self) -> None:
        """Stop it all, by force where asking does not help."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            embedded_postgres.stop(self.folder / "postgres")
            embedded_valkey.stop(self.folder / "valkey")
        self.said.close()

    def words(self) -> str:
        """Return the last of what the supervisor said."""
        return (self.folder / "said").read_text("utf-8", "replace")[-2000:]

    def child(self, name: str) -> psutil.Process | None:
        """Return a supervised process, or None while it is not there."""
        wanted = CHILDREN[name]
        for process in self.supervisor.children():
            try:
                line = process.cmdline()
            except psutil.Error:
                continue
            if tuple(line[1 : 1 + len(wanted)]) == wanted:
                return process
        return None

    def is_whole(self) -> bool:
        """Tell whether every process that is kept running runs, web workers included."""
        if any(self.child(name) is None for name in CHILDREN):
            return False
        return bool(self._web_workers()) and self._postmaster() is not None

    def victims(self, kind: str, rng: random.Random) -> list[psutil.Process]:
        """Return the processes that a kill of a kind ends; none while they are not there."""
        found: dict[str, Callable[[], list[psutil.Process]]] = {
            "postgres": self._postgres,
            "backend": lambda: _one(self._backends(), rng),
            "valkey": self._valkey,
            "web": lambda: _one(self._web_workers(), rng),
        }
        try:
            if kind in found:
                return found[kind]()
            child = self.child(kind)
            return [child] if child else []
        except psutil.Error:
            return []

    def _postmaster(self) -> psutil.Process | None:
        return embedded_postgres.postmaster(self.folder / "postgres")

    def _postgres(self) -> list[psutil.Process]:
        postmaster = self._postmaster()
        return [postmaster, *postmaster.children()] if postmaster else []

    def _backends(self) -> list[psutil.Process]:
        """Return the server processes that work for the program's connections."""
        postmaster = self._postmaster()
        return [one for one in postmaster.children() if "[local]" in " ".join(one.cmdline())] if postmaster else []

    def _valkey(self) -> list[psutil.Process]:
        try:
            return [psutil.Process(int((self.folder / "valkey" / "valkey.pid").read_text()))]
        except (OSError, ValueError):
            return []

    def _web_workers(self) -> list[psutil.Process]:
        master = self.child("web")
        return master.children() if master else []


def _one(processes: list[psutil.Process], rng: random.Random) -> list[psutil.Process]:
    return [rng.choice(processes)] if processes else []


def kill(processes: list[psutil.Process]) -> int:
    """End processes as kill -9 does; return how many there were."""
    ended = 0
    for process in processes:
        try:
            process.kill()
            ended += 1
        except psutil.Error:
            continue
    return ended


def wait_until(is_so: Callable[[], bool], limit_s: float, step_s: float = 0.1) -> bool:
    """Wait until something is so; return False when it is not within the limit."""
    end = time.monotonic() + limit_s
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(step_s)
    return True


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
