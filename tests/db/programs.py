"""gunicorn with the whole web program, as servers run it."""

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from dashboard.processes import GUNICORN
from sql.settings import Settings, inherited
from tests.conftest import ROOT

PATIENCE_S = 90.0


class Program:
    """gunicorn with two workers on a port of its own."""

    def __init__(self, city: str, folder: Path, redis_url: str = "", **more: Any) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        given = {"database_url": city, "redis_url": redis_url, "data_dir": folder, "port": self.port, "web_workers": 2}
        settings = Settings(**given | more)
        self.log = folder / f"web-{self.port}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                GUNICORN, cwd=ROOT, env=inherited() | settings.as_environment(), stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def ask(self, path: str) -> tuple[int, bytes]:
        """Return status and body; status 0 while nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 0, b""
        finally:
            connection.close()

    def metric(self, name: str) -> float:
        """Return a number of /metrics."""
        lines = self.ask("/metrics")[1].decode().splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))

    def workers(self) -> list[psutil.Process]:
        """Return the worker processes."""
        return psutil.Process(self.process.pid).children()

    def until(self, so: Callable[[], Any]) -> None:
        """Wait for something."""
        end = time.monotonic() + PATIENCE_S
        while not so():
            assert time.monotonic() < end, self.log.read_text()[-3000:]
            time.sleep(0.05)

    def stop(self) -> None:
        """End it in order."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End every process of it as kill -9 does, and power cuts."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
