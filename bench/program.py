"""The product as servers run it, to be measured: Postgres, Valkey, publisher and gunicorn in a folder of their own."""

from __future__ import annotations

import http.client
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from bench import city
from sql import database, embedded_valkey
from sql.settings import Settings, inherited

PATIENCE_S = 120.0
WORKERS = 2
GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "dashboard/gunicorn_conf.py", "dashboard.server:app")
PUBLISHER = (sys.executable, "-m", "etl.publisher")


class Program:
    """The running program; `url` is where a browser finds it."""

    def __init__(self, server: city.Server, database_url: str, folder: Path) -> None:
        self.server = server
        self.database_url = database_url
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        redis_url = embedded_valkey.start(folder / "valkey")
        if redis_url is None:
            raise RuntimeError("Valkey did not start")
        self.settings = Settings(
            database_url=database_url,
            redis_url=redis_url,
            data_dir=folder,
            profile=city.PROFILE,
            port=self.port,
            web_workers=WORKERS,
            live_per_address=100_000,
            live_per_account=100_000,
            secret_key="only for the bench",
        )
        self._processes = [self._start("web", GUNICORN), self._start("publisher", PUBLISHER)]

    def _start(self, name: str, command: Sequence[str]) -> subprocess.Popen:
        surroundings = inherited() | self.settings.as_environment()
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                command, cwd=city.ROOT, env=surroundings, stdout=log, stderr=log, preexec_fn=raise_files
            )

    def wait_until_ready(self) -> None:
        """Wait until a frame can be shown; raise RuntimeError with the log where that takes too long."""
        end = time.monotonic() + PATIENCE_S
        while ask(self.port, "/readyz") != 200:
            if time.monotonic() > end:
                raise RuntimeError((self.folder / "web.log").read_text()[-2000:])
            time.sleep(0.2)

    def transactions(self) -> int:
        """Return how many transactions the database has seen; asked from another, so that asking does not count."""
        name = database.dsn(self.database_url).partition("?")[0].rpartition("/")[2]
        with closing(psycopg2.connect(database.dsn(self.server.url))) as opened, opened.cursor() as cursor:
            cursor.execute("select xact_commit + xact_rollback from pg_stat_database where datname = %s", (name,))
            return cursor.fetchone()[0]

    def stop(self) -> None:
        """End its processes."""
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        embedded_valkey.stop(self.folder / "valkey")


@contextmanager
def running(prepare: Callable[[str], Any]) -> Iterator[Program]:
    """Give the program on a new city; `prepare(database_url)` fills it before the program starts."""
    with city.folder() as folder, city.server() as server, server.city() as url:
        prepare(url)
        program = Program(server, url, folder)
        try:
            program.wait_until_ready()
            yield program
        finally:
            program.stop()


@contextmanager
def onlookers(port: int, count: int) -> Iterator[None]:
    """Keep streams open from a process of their own."""
    command = [sys.executable, "-m", "bench.onlookers", str(port), str(count)]
    process = subprocess.Popen(command, cwd=city.ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        if process.stdout.readline().strip() != "open":
            raise RuntimeError(f"{count} streams could not be opened")
        yield
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def ask(port: int, path: str) -> int:
    """Return the status of an answer, 0 where nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def raise_files() -> None:
    """Let this process open as many files as it may ask for."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
