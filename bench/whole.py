"""A year through the product's own program: `etl load`, then what is asked of so many dossiers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from bench import city, framing, memory, pages, year
from bench.rows import Row, smaller, table
from sql import settings as environment


def measure(rows: int, out: Path | None = None) -> list[Row]:
    """Load a year of `rows` with the command, and time recount, verify, a frame and the questions of the pages."""
    with city.folder() as place, city.server() as server, server.city() as url:
        path = place / "year.csv"
        started = time.perf_counter()
        year.write(path, year.City.of(city.read_profile()), rows)
        _say(f"made {rows:,} rows in {time.perf_counter() - started:.0f} s, {path.stat().st_size / 1e6:,.0f} MB")
        started = time.perf_counter()
        peak = memory.peak_mb(url, path, place / "data")
        seconds = time.perf_counter() - started
        path.unlink()
        found = [
            Row(f"etl load of {rows:,} dossiers (s)", seconds),
            Row(f"etl load of {rows:,} dossiers (rows/s)", rows / seconds),
            smaller(f"memory of the load of {rows:,} dossiers (MB)", peak, memory.LIMIT_MB, 1.0),
        ]
        _say(f"loaded in {seconds:.0f} s, {peak:.0f} MB")
        found += [
            Row(f"etl {name} at {rows:,} (s)", _command(url, place, name)) for name in ("compact", "recount", "verify")
        ]
        pages.settle(url)
        inside, total, sent = framing.costs(url)
        found.append(smaller(f"frame at {rows:,} dossiers, database (ms)", inside, framing.LIMIT_MS, 1.0))
        found += [Row("frame, in all (ms)", total), Row("committed → frame stored (ms)", sent)]
        asked = pages.questions(url)
        found += [
            smaller(f"page query {name} (ms)", asked[name], pages.LIMIT_MS, 1.0)
            for name in sorted(asked, key=lambda name: -asked[name])
        ]
        found += [Row(f"panel on the facts: {name} (ms)", ms) for name, ms in pages.panels(url).items()]
    print(table(found))
    if out:
        out.write_text(json.dumps([row.as_json() for row in found], ensure_ascii=False, indent=1) + "\n")
    return found


def _command(url: str, place: Path, name: str) -> float:
    """Run a command of the product; return its seconds. Raises RuntimeError where it ends with an error."""
    surroundings = environment.inherited() | {
        "DATABASE_URL": url,
        "REDIS_URL": "",
        "DATA_DIR": str(place / "data"),
        "PROFILE": str(city.PROFILE),
    }
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "etl", name], env=surroundings, cwd=city.ROOT, capture_output=True, text=True
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"etl {name}: {done.stdout[-500:]} {done.stderr[-500:]}")
    _say(f"etl {name}: {seconds:.1f} s")
    return seconds


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr)
