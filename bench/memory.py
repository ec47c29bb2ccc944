"""How much memory a loader takes: the most of one that is a process of its own, at two sizes of file."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench import city, year
from bench.rows import Row, smaller
from sql import settings as environment

LIMIT_MB = 400.0
TIMES = 3
LOOK_S = 0.05
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
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=surroundings, cwd=city.ROOT, stdout=subprocess.DEVNULL, stderr=said)
        most_kb = 0
        while process.poll() is None:
            most_kb = max(most_kb, high_water_kb(process.pid))
            time.sleep(LOOK_S)
        said.seek(0)
        if process.returncode:
            raise RuntimeError(f"the loader ended with {process.returncode}: {said.read().decode()[-500:]}")
    return most_kb / 1024


def high_water_kb(pid: int) -> int:
    """Return the most memory that a process has had since it became its program, 0 when it has just ended.

    Not ru_maxrss, which a process inherits from the one that started it.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:  # no Linux: what it has now
        return psutil.Process(pid).memory_info().rss // 1024
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)
