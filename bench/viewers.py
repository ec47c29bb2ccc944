"""Many open screens in one process: `python -m bench.viewers PORT SERVER_PID VIEWERS MESSAGES`.

Prints one JSON object: the 95th percentile of publish → received over every viewer and message, and what a viewer costs
the server in memory. Exits 1 when a viewer missed a message.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from array import array

import psutil
import uvloop

REQUEST = b"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"
SENT, END = b'"sent": ', b'"end": true'
DIGITS = 19
AT_ONCE = 100
WAIT_S = 1.0
PATIENCE_S = 90.0


class Screen(asyncio.Protocol):
    """One connection that notes how long each message was under way (ns)."""

    delays_ns = array("q")
    is_counting = False

    def __init__(self) -> None:
        self.received = 0
        self._sent_ns = 0
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        transport.write(REQUEST)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Note when a message began and when it was whole."""
        data = self._tail + data
        while True:
            at = data.find(END)
            if at < 0:
                break
            self._note(data[:at])
            data = data[at + len(END) :]
        self._tail = data

    def _note(self, message: bytes) -> None:
        at = message.find(SENT) + len(SENT)
        if Screen.is_counting:
            Screen.delays_ns.append(time.time_ns() - int(message[at : at + DIGITS]))
            self.received += 1


async def watch(port: int, pid: int, viewers: int, messages: int) -> dict[str, float]:
    """Open the screens, let one message pass, then note the given number of them."""
    server = psutil.Process(pid)
    before = server.memory_info().rss
    loop = asyncio.get_running_loop()
    screens: list[Screen] = []
    for first in range(0, viewers, AT_ONCE):
        opened = (
            loop.create_connection(Screen, "127.0.0.1", port) for _ in range(first, min(first + AT_ONCE, viewers))
        )
        screens += [screen for _, screen in await asyncio.gather(*opened)]  # type: ignore[misc]
    await asyncio.sleep(2 * WAIT_S)
    Screen.is_counting = True
    worked = busy_s(server)
    deadline = time.monotonic() + messages + PATIENCE_S
    while min(screen.received for screen in screens) < messages and time.monotonic() < deadline:
        await asyncio.sleep(WAIT_S / 4)
    kib = (server.memory_info().rss - before) / viewers / 1024
    worked = busy_s(server) - worked
    delays = sorted(Screen.delays_ns)
    return {
        "cpu_us": worked / len(delays) * 1e6,
        "fewest": min(screen.received for screen in screens),
        "p50_ms": delays[len(delays) // 2] / 1e6,
        "p95_ms": delays[len(delays) * 95 // 100] / 1e6,
        "kib": kib,
    }


def busy_s(process: psutil.Process) -> float:
    """Return the processor time that a process has taken."""
    times = process.cpu_times()
    return times.user + times.system


def main(port: int, pid: int, viewers: int, messages: int) -> int:
    """Watch, and tell what was seen."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    said = uvloop.run(watch(port, pid, viewers, messages))
    print(json.dumps(said))
    if said["fewest"] < messages:
        print(f"a viewer received {said['fewest']} of {messages} messages", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
