"""The whole program as a test starts it, and what it says."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import urllib.request

from tests.conftest import ROOT


class Program:
    """The running program and what it says."""

    def __init__(self, **environment: str) -> None:
        """Start it with these settings on top."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dashboard", "run"],
            cwd=ROOT,
            env=dict(os.environ) | {"DATABASE_URL": "", "REDIS_URL": "", "SIMULATE": ""} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: queue.Queue[str] = queue.Queue()
        self.ears = threading.Thread(target=lambda: [self.said.put(line) for line in self.process.stdout])
        self.ears.start()

    def hear(self, words: str, timeout: float = 120) -> str:
        """Return the next line that holds the words."""
        heard = ""
        while words not in heard:
            heard = self.said.get(timeout=timeout)
        return heard

    def stop(self) -> int:
        """Ask it to stop, wait, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self.ears.join(timeout=10)
        self.process.stdout.close()
        return code


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(address: str) -> dict:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.load(answer)
