"""One message to many viewers: the product's fan-out against the barest ASGI program that does the same.

The sender and the viewers are processes of their own that speak over loopback; one server runs at a time.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench import city
from bench.rows import Row, smaller

NEED = 1 / 1.5  # at most one and a half times the bare program's delay
MEMORY_LIMIT_KIB = 20.0
MESSAGES = 10
TIMEOUT_S = 180
MODES = ("bare", "ours")


@dataclass(frozen=True)
class Heard:
    """Say what the viewers received, and how much memory each of them costs the server."""

    p95_ms: float
    kib: float


def measure(viewers: int, repeat: int) -> list[Row]:
    """Let the programs take turns; the best of each counts."""
    heard: dict[str, list[Heard]] = {mode: [] for mode in MODES}
    for _ in range(repeat):
        for mode in MODES:
            heard[mode].append(listen(mode, viewers))
            print(f"  {viewers:,} viewers, {mode}: {heard[mode][-1]}", file=sys.stderr)
    p95 = {mode: min(one.p95_ms for one in heard[mode]) for mode in MODES}
    kib = {mode: min(one.kib for one in heard[mode]) for mode in MODES}
    return [
        smaller(f"publish → received, {viewers:,} viewers, p95 (ms)", p95["ours"], p95["bare"], NEED),
        smaller(
            f"memory of one viewer of {viewers:,} (KiB)", kib["ours"], MEMORY_LIMIT_KIB, 1.0, {"bare": kib["bare"]}
        ),
    ]


def listen(mode: str, viewers: int) -> Heard:
    """Run one server and its viewers; raise RuntimeError where a viewer missed a message."""
    with _server(mode, viewers) as (pid, port):
        command = [sys.executable, "-m", "bench.viewers", *map(str, (port, pid, viewers, MESSAGES))]
        done = subprocess.run(command, cwd=city.ROOT, capture_output=True, text=True, timeout=TIMEOUT_S)
        if done.returncode:
            raise RuntimeError(f"the viewers of {mode}: {done.stderr[-500:]}")
    said = json.loads(done.stdout)
    return Heard(said["p95_ms"], said["kib"])


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
