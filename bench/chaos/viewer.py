"""One screen: follows the live stream as a browser does, and notes when it was told that something is wrong."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

from indicators import frame as frames

AGAIN_S = 0.3
SILENT_S = 20.0  # the stream has a heartbeat of 15 s
QUIET_FEEDS = {"archive"}  # loaded by hand


class Viewer:
    """A thread that keeps the newest frame and the state that a screen would show."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.frame: dict[str, Any] | None = None
        self.state = "unreachable"
        self.state_told_at: float | None = None  # the supply: live, paused, stale, or the connection is lost
        self.feed_told_at: float | None = None  # a feed that is silent or failing
        self.frames = 0
        self.jumps = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def data_version(self) -> int:
        """Return the version of the data on screen."""
        return self.frame["data_version"] if self.frame else -1

    def close(self) -> None:
        """Leave."""
        self._ended.set()

    def forget(self) -> None:
        """Forget what was told before this moment; what still is wrong is told again by the next event."""
        self.state_told_at = self.feed_told_at = None

    @property
    def is_well(self) -> bool:
        """Tell whether the screen shows live updates and every feed alive."""
        return self.state == "live" and self.frame is not None and not _quiet(self.frame)

    def _run(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                self._follow()
            self._say("unreachable")
            time.sleep(AGAIN_S)

    def _follow(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SILENT_S)
        known = {"Last-Event-ID": str(self.frame["version"])} if self.frame else {}
        try:
            connection.request("GET", "/api/v1/live", headers=known)
            answer = connection.getresponse()
            if answer.status != 200:
                return
            for event, data in events(answer):
                self._take(event, json.loads(data))
                if self._ended.is_set():
                    return
        finally:
            connection.close()

    def _take(self, event: str, data: dict[str, Any]) -> None:
        if event == "status":
            self._say(data["state"])
        elif event == "snapshot":
            self._show(data)
        elif self.frame is None or data["base"] != self.frame["version"]:
            self.jumps += 1
            raise ValueError("a change that does not follow: come back for a snapshot")
        else:
            self._show(frames.apply(self.frame, data))

    def _show(self, frame: dict[str, Any]) -> None:
        self.frame = frame
        self.frames += 1
        if _quiet(frame):
            self.feed_told_at = self.feed_told_at or time.monotonic()

    def _say(self, state: str) -> None:
        self.state = state
        if state != "live":
            self.state_told_at = self.state_told_at or time.monotonic()


def _quiet(frame: dict[str, Any]) -> list[str]:
    return [name for name, one in frame["feeds"].items() if one["state"] != "live" and name not in QUIET_FEEDS]


def events(answer: http.client.HTTPResponse) -> Iterator[tuple[str, str]]:
    """Yield the (event, data) of an event stream."""
    event, data = "message", []
    while line := answer.readline():
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name == "event":
            event = value
        elif name == "data":
            data.append(value)
        elif not name and data:
            yield event, "\n".join(data)
            event, data = "message", []
