"""A command that loads files, killed in the middle and run again until it is done, as an operator would."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
from pathlib import Path

from bench.chaos.program import PROFILE, ROOT, Program
from bench.chaos.truth import Record, Truth

FEED = PROFILE / "feeds" / "archive.toml"
FILES, ROWS = 4, 150
SOONEST_S, LATEST_S = 0.8, 2.2  # from before the first transaction until after the last
TRIES = 4
PATIENCE_S = 60.0


def write(folder: Path, truth: Truth) -> list[Path]:
    """Write the next files of the archive."""
    paths = []
    for nth in range(FILES):
        records = truth.archive(ROWS)
        paths.append(folder / f"archive-{nth}.csv")
        _write(paths[-1], records)
    return paths


def _write(path: Path, records: list[Record]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(records[0]))
        writer.writeheader()
        writer.writerows(records)


def begin(program: Program, paths: list[Path]) -> subprocess.Popen:
    """Start the command."""
    command = [sys.executable, "-m", "etl", "load", str(FEED), *map(str, paths)]
    return subprocess.Popen(
        command, cwd=ROOT, env=program.joined(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def cut_short(program: Program, paths: list[Path], rng: random.Random) -> bool:
    """Start the command and kill it at a random instant; return False when it was through already."""
    process = begin(program, paths)
    try:
        process.wait(rng.uniform(SOONEST_S, LATEST_S))
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True


def complete(program: Program, paths: list[Path]) -> bool:
    """Run the command until it ends well; return whether it did."""
    return any(begin(program, paths).wait(PATIENCE_S) == 0 for _ in range(TRIES))
