import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.db.newswire import Publisher
from tests.db.programs import Program

PATIENCE_S = 40.0


class Viewer:
    """A browser's end of the stream, read by a thread."""

    def __init__(self, program: Program) -> None:
        self.events: list[str] = []
        self.ended = threading.Event()
        self.connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=PATIENCE_S)
        self.connection.request("GET", "/api/v1/live", headers={"Accept-Encoding": "br, gzip"})
        self.answer = self.connection.getresponse()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while line := self.answer.readline():
                if line.startswith(b"event: "):
                    self.events.append(line.decode().split()[1])
        except (OSError, http.client.HTTPException, ValueError):
            pass
        finally:
            self.answer.close()
            self.connection.close()
            self.ended.set()


@pytest.fixture
def program(city: str, tmp_path: Path) -> Iterator[Program]:
    made = Program(city, tmp_path)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def publisher(city: str, tmp_path: Path) -> Iterator[Publisher]:
    made = Publisher(city, tmp_path)
    yield made
    made.close()


def until(so: Callable[[], Any], program: Program) -> None:
    end = time.monotonic() + PATIENCE_S
    while not so():
        assert time.monotonic() < end, program.log.read_text()[-3000:]
        time.sleep(0.05)


def test_workers_serve_count_together_part_quickly_and_are_replaced(program: Program, publisher: Publisher) -> None:
    frame = publisher.publish(1, streamed=False)
    until(lambda: program.ask("/readyz")[0] == 200, program)
    assert json.loads(program.ask("/api/v1/indicators")[1]) == frame
    viewers = [Viewer(program) for _ in range(12)]
    assert all(viewer.answer.getheader("content-encoding") is None for viewer in viewers)
    until(lambda: all("snapshot" in viewer.events for viewer in viewers), program)
    until(lambda: program.metric("dashboard_viewers") == 12, program)
    publisher.publish(2, streamed=False)
    until(lambda: all("frame" in viewer.events for viewer in viewers), program)

    before = {worker.pid for worker in program.workers()}
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    until(lambda: len({worker.pid for worker in program.workers()} - before) == 1, program)
    until(lambda: program.metric("dashboard_viewers") == sum(not viewer.ended.is_set() for viewer in viewers), program)
    assert program.ask("/healthz")[0] == 200

    begin = time.monotonic()
    program.process.terminate()
    assert program.process.wait(20) == 0
    assert time.monotonic() - begin < 6
    assert all(viewer.ended.wait(5) for viewer in viewers)
    said = program.log.read_text()
    assert "Traceback" not in said, said[-3000:]
    assert "ASGI callable returned without completing" not in said


def ask_stream(program: Program, forwarded_for: str) -> tuple[int, str | None, http.client.HTTPConnection]:
    """Open a stream as a proxy on this machine does; return the status, Retry-After and the connection."""
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=PATIENCE_S)
    connection.request("GET", "/api/v1/live", headers={"X-Forwarded-For": forwarded_for})
    answer = connection.getresponse()
    return answer.status, answer.getheader("retry-after"), connection


def test_addresses_are_bounded_by_what_a_trusted_proxy_says_of_them(
    city: str, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.publish(1, streamed=False)
    program = Program(city, tmp_path, web_workers=1, live_per_address=1)
    try:
        program.until(lambda: program.ask("/readyz")[0] == 200)
        first = ask_stream(program, "203.0.113.5")
        forged = ask_stream(program, "198.51.100.9, 203.0.113.5")  # what the proxy saw comes last
        other = ask_stream(program, "203.0.113.6")
        assert [first[0], forged[0], other[0]] == [200, 429, 200]
        assert 5 <= int(forged[1] or 0) <= 30
        for *_, connection in (first, forged, other):
            connection.close()
    finally:
        program.stop()
