"""One message to many viewers: the product's fan-out against the barest ASGI program that does the same, and a peer.

The sender and the viewers are processes of their own that speak over loopback; one server runs at a time.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import orjson

from bench import city
from bench.rows import Row, smaller
from dashboard import sse
from dashboard.door import Limits, Visitor
from dashboard.edition import Edition
from dashboard.fanout import Fanout, Viewer

NEED, CROWDED_NEED = 1 / 1.5, 1 / 2  # at most so many times the bare program's delay, by how many look on
CROWD = 5  # times the viewers: the second size
MEMORY_LIMIT_KIB = 20.0
MESSAGES = 10
FRAMES = 20
TIMEOUT_S = 240
PEERS = ("sse-starlette",)
MODES = ("bare", "ours", *PEERS)


@dataclass(frozen=True)
class Heard:
    """Say when the viewers received, and what each of them costs the server."""

    p95_ms: float
    kib: float
    cpu_us: float  # for each message to each viewer


def measure(viewers: int, repeat: int) -> list[Row]:
    """Return the rows for so many viewers, for five times as many, and for one more."""
    rows = _measure(viewers, repeat, NEED) + _measure(CROWD * viewers, repeat, CROWDED_NEED)
    more = encodings_of_one_more(viewers)
    return [*rows, Row("encodings of one more viewer", more, 0.0, ratio=0.0 if more else 1.0, need=1.0)]


def _measure(viewers: int, repeat: int, need: float) -> list[Row]:
    """Let the programs take turns; the best of each counts. A peer that loses messages is told and left out."""
    heard: dict[str, list[Heard]] = {mode: [] for mode in MODES}
    for mode in repeat * MODES:
        try:
            heard[mode].append(listen(mode, viewers))
        except RuntimeError as error:
            if mode not in PEERS:
                raise
            print(f"  {error}", file=sys.stderr)
        else:
            print(f"  {viewers:,} viewers, {mode}: {heard[mode][-1]}", file=sys.stderr)
    p95 = {mode: min(one.p95_ms for one in told) for mode, told in heard.items() if told}
    kib = {mode: min(one.kib for one in told) for mode, told in heard.items() if told}
    name = f"publish → received, {viewers:,} viewers, p95 (ms)"
    return [
        smaller(name, p95["ours"], p95["bare"], need, {mode: p95[mode] for mode in PEERS if mode in p95}),
        smaller(
            f"memory of one viewer of {viewers:,} (KiB)",
            kib["ours"],
            MEMORY_LIMIT_KIB,
            1.0,
            {mode: kib[mode] for mode in ("bare", *PEERS) if mode in kib},
        ),
    ]


def encodings_of_one_more(viewers: int) -> float:
    """Count what is encoded for some frames with one viewer and with many more; return the difference for each."""
    alone, crowded = (asyncio.run(encodings(count)) for count in (1, 1 + viewers))
    return (crowded - alone) / viewers


async def encodings(viewers: int) -> int:
    """Return how often a frame, a change or an event is encoded for so many viewers, who come, stay and come back."""
    fanout, count = Fanout(Limits(2 * viewers, 2 * viewers)), 0

    def counted(encode: Callable[..., bytes]) -> Callable[..., bytes]:
        def counting(*given: Any) -> bytes:
            nonlocal count
            count += 1
            return encode(*given)

        return counting

    async def swallow(_event: object) -> None:
        pass

    visitor = Visitor("127.0.0.1")
    with (
        mock.patch.object(sse, "message", counted(sse.message)),
        mock.patch.object(orjson, "dumps", counted(orjson.dumps)),
    ):
        writing = asyncio.create_task(fanout.run())
        for version in range(1, FRAMES + 1):
            fanout.publish(Edition({"version": version}), b"{}", version - 1 if version > 1 else None)
            while version == 1 and fanout.viewers < viewers:
                await _join(fanout, Viewer(swallow, visitor, fanout.viewers % 2 or None))
            await asyncio.sleep(0.01)
        for back in [Viewer(swallow, visitor, FRAMES - 3) for _ in range(viewers)]:
            await _join(fanout, back)
        writing.cancel()
    return count


async def _join(fanout: Fanout, viewer: Viewer) -> None:
    fanout.admit(viewer)
    await fanout.join(viewer, sse.retry(1000))


def listen(mode: str, viewers: int) -> Heard:
    """Run one server and its viewers; raise RuntimeError where a viewer missed a message."""
    with _server(mode, viewers) as (pid, port):
        command = [sys.executable, "-m", "bench.viewers", *map(str, (port, pid, viewers, MESSAGES))]
        done = subprocess.run(command, cwd=city.ROOT, capture_output=True, text=True, timeout=TIMEOUT_S)
        if done.returncode:
            raise RuntimeError(f"the viewers of {mode}: {done.stderr[-500:]}")
    said = json.loads(done.stdout)
    return Heard(said["p95_ms"], said["kib"], said["cpu_us"])


@contextmanager
def _server(mode: str, viewers: int) -> Iterator[tuple[int, int]]:
    """Start a server; give its process id and its port."""
    command = [sys.executable, "-m", "bench.broadcaster", mode, str(viewers)]
    process = subprocess.Popen(command, cwd=city.ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.pid, int(process.stdout.readline())
        process.stdout.close()
    finally:
        process.kill()
        process.wait()
