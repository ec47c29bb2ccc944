"""The load path against the least that Postgres itself needs, and against what programs usually do."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

from bench import city, peers, year
from bench.limit import Limit
from bench.rows import Row, faster
from etl import feeds, runs

NEED = 0.6
PEER_ROWS = 100_000
STEPS = (("fresh", 0, False), ("again, nothing changed", 0, True), ("again, every row changed", 1, False))


def measure(rows: int, repeat: int) -> list[Row]:
    """Load a year fresh, again, and again changed; ours and the limit take turns, the best of each counts."""
    best: dict[tuple[str, str], float] = defaultdict(lambda: float("inf"))
    with city.folder() as place, city.server() as server:
        files = years(place, rows)
        for _ in range(repeat):
            _take_turns(server, files, rows, best)
        beside = _peers(server, files[0], min(rows, PEER_ROWS))
    return [
        faster(f"load {name} (rows/s)", rows / best[name, "ours"], rows / best[name, "limit"], NEED, told)
        for (name, _, _), told in zip(STEPS, (beside, {}, {}), strict=True)
    ]


def years(place: Path, rows: int) -> list[Path]:
    """Write a year and the same year with every row changed."""
    made = []
    drawn = year.City.of(city.read_profile())
    for revision in (0, 1):
        made.append(place / f"year-{revision}.csv")
        year.write(made[-1], drawn, rows, revision)
    return made


def _take_turns(server: city.Server, files: list[Path], rows: int, best: dict[tuple[str, str], float]) -> None:
    feed = feeds.read(year.FEED)
    with server.city() as url:
        limit = Limit(url)
        mapped = [path.with_suffix(".mapped") for path in files]
        for path, target in zip(files, mapped, strict=True):
            limit.map(year.FEED, path, target)
        for name, revision, is_same in STEPS:
            server.settle()
            outcome = runs.load_file(url, feed, files[revision], lambda counts, batch: None)
            _check(name, outcome, rows, 0 if is_same else rows)
            best[name, "ours"] = min(best[name, "ours"], outcome.seconds)
            server.settle()
            best[name, "limit"] = min(best[name, "limit"], limit.load(mapped[revision], is_same))
            print(f"  load {name}: ours {best[name, 'ours']:.1f} s, limit {best[name, 'limit']:.1f} s", file=sys.stderr)


def _check(name: str, outcome: runs.Outcome, rows: int, merged: int) -> None:
    """Refuse to measure a load that did not do its work."""
    counts = outcome.counts
    if outcome.error or (counts.read, counts.merged, counts.refused) != (rows, merged, 0):
        raise RuntimeError(f"load {name}: {outcome.error or counts}")


def _peers(server: city.Server, path: Path, rows: int) -> dict[str, float]:
    told = {}
    for name, load in peers.LOADERS.items():
        with server.city() as url:
            limit = Limit(url)
            frame = peers.frame(limit, path, rows)
            server.settle()
            told[name] = rows / load(url, frame)
            print(f"  {name}: {told[name]:,.0f} rows/s", file=sys.stderr)
    return told
