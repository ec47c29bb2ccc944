"""Files loaded by a process that is killed in the middle and started again until it is done, as an operator would."""

from __future__ import annotations

import csv
import multiprocessing
import random
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

from bench.chaos.program import PROFILE
from bench.chaos.truth import Record, Truth
from etl import feeds, runs

FEED = PROFILE / "feeds" / "archive.toml"
FILES, ROWS = 4, 150
SOONEST_S, LATEST_S = 0.05, 1.0  # from before the first transaction until after the last
TRIES = 6
PATIENCE_S = 30.0
BREED = multiprocessing.get_context("forkserver")  # a process that has imported everything: a load begins at once
BREED.set_forkserver_preload(["etl.runs", "etl.feeds"])


def write(folder: Path, truth: Truth) -> list[Path]:
    """Write the next files of the archive."""
    paths = []
    for nth in range(FILES):
        paths.append(folder / f"archive-{nth}.csv")
        _write(paths[-1], truth.archive(ROWS))
    return paths


def _write(path: Path, records: list[Record]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(records[0]))
        writer.writeheader()
        writer.writerows(records)


def load(database_url: str, paths: list[Path]) -> None:
    """Load files as `etl load` does; the exit code is 1 where one failed."""
    feed = feeds.read(FEED)
    outcomes = [runs.load_file(database_url, feed, path, lambda counts, batch: None) for path in paths]
    sys.exit(any(one.error for one in outcomes))


def begin(database_url: str, paths: list[Path]) -> BaseProcess:
    """Start a process that loads."""
    process = BREED.Process(target=load, args=(database_url, paths), daemon=True)
    process.start()
    return process


def cut_short(database_url: str, paths: list[Path], rng: random.Random) -> bool:
    """Start a load and kill it at a random instant; return False when it was through already."""
    process = begin(database_url, paths)
    process.join(rng.uniform(SOONEST_S, LATEST_S))
    if not process.is_alive():
        return False
    process.kill()
    process.join()
    return True


def complete(database_url: str, paths: list[Path]) -> bool:
    """Load until it ends well; return whether it did."""
    for _ in range(TRIES):
        process = begin(database_url, paths)
        process.join(PATIENCE_S)
        if process.exitcode == 0:
            return True
        process.kill()
    return False
