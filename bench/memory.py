"""How much memory a loader takes: the most of one that is a process of its own, at two sizes of file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench import city, year
from bench.rows import Row, smaller
from sql import settings as environment

LIMIT_MB = 400.0
TIMES = 3
FLAT = 1.25  # growth that still counts as none: allocators keep what they once had


def measure(rows: int) -> list[Row]:
    """Load a year of `rows`, and one three times as long, each with `python -m etl load` into an empty city."""
    drawn = year.City.of(city.read_profile())
    peaks = []
    with city.folder() as place, city.server() as server:
        for size in (rows, TIMES * rows):
            path = place / f"year-{size}.csv"
            year.write(path, drawn, size)
            with server.city() as url:
                peaks.append(peak_mb(url, path, place / "data"))
            path.unlink()
            print(f"  memory at {size:,} rows: {peaks[-1]:.0f} MB", file=sys.stderr)
    first, last = peaks
    return [
        smaller(f"memory of a load of {rows:,} rows (MB)", first, LIMIT_MB, 1.0),
        smaller(f"memory of a load of {TIMES * rows:,} rows (MB)", last, LIMIT_MB, 1.0),
        smaller(f"memory, growth from {rows:,} to {TIMES * rows:,} rows (times)", last / first, FLAT, 1.0),
    ]


def peak_mb(url: str, path: Path, data_dir: Path) -> float:
    """Return the most resident memory that `python -m etl load` had, in MB."""
    surroundings = environment.inherited() | {
        "DATABASE_URL": url,
        "REDIS_URL": "",
        "DATA_DIR": str(data_dir),
        "PROFILE": str(city.PROFILE),
    }
    command = [sys.executable, "-m", "etl", "load", str(year.FEED), str(path)]
    process = subprocess.Popen(
        command, env=surroundings, cwd=city.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    said = process.stderr.read() if process.stderr else b""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the loader ended with {process.returncode}: {said.decode()[-500:]}")
    return used.ru_maxrss / 1024
