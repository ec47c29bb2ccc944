"""`python -m bench`: every measurement in one run, as ratios. `python -m bench year`: a made year as a CSV file."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import city, fanning, framing, loading, memory, pages, pixel, soak, wall, weight, whole, year
from bench.chaos.run import chaos, listen
from bench.rows import Row, table

ROWS, VIEWERS, REPEAT = 1_000_000, 1_000, 2
YEAR_ROWS = 14_000_000
KILLS = 25
NAMES = ("load", "memory", "frame", "pages", "viewers", "pixel", "weight")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code, 1 where a need is missed."""
    given = _parser().parse_args(arguments)
    if given.command == "year" and given.out is None:
        return 0 if all(row.ok for row in whole.measure(given.rows, given.json)) else 1
    if given.command == "year":
        year.write(given.out, year.City.of(city.read_profile()), given.rows, given.revision)
        return 0
    if given.command == "chaos":
        listen()
        return chaos(given.kills, given.seconds, given.seed, given.out)
    if given.command == "soak":
        return soak.soak(given.minutes, given.scale, given.url)
    if given.command == "wall":
        return wall.measure(given.minutes, given.seconds, given.pages, given.scale, given.url)
    if given.command == "weight":
        return weight.measure(given.url, given.repeat)
    rows = [row for name in NAMES if name in given.only for row in run(name, given)]
    print(table(rows))
    if given.json:
        given.json.write_text(json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=1) + "\n")
    return 0 if all(row.ok for row in rows) else 1


def run(name: str, given: argparse.Namespace) -> list[Row]:
    """Make one measurement."""
    print(f"{name} (load average {os.getloadavg()[0]:.1f}) …", file=sys.stderr)
    if name == "load":
        return loading.measure(given.rows, given.repeat)
    if name == "memory":
        return memory.measure(given.rows)
    if name == "frame":
        return framing.measure(given.rows)
    if name == "pages":
        return pages.measure(given.rows)
    if name == "pixel":
        return pixel.measure(given.viewers)
    if name == "weight":
        return weight.rows_of(filling=given.rows // 4)
    return fanning.measure(given.viewers, given.repeat)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.set_defaults(command="measure")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"dossiers to load ({ROWS:,})")
    parser.add_argument("--viewers", type=int, default=VIEWERS, help=f"open screens ({VIEWERS:,})")
    parser.add_argument("--repeat", type=int, default=REPEAT, help=f"turns of each, the best counts ({REPEAT})")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows of the table to a file, too")
    commands = parser.add_subparsers(metavar="")
    soak.add_to(commands)
    wall.add_to(commands)
    weight.add_to(commands)
    made = commands.add_parser(
        "year", help="load a made year with `etl load` and time what is asked of it; --out: only write it as CSV"
    )
    made.set_defaults(command="year")
    made.add_argument("--rows", type=int, default=YEAR_ROWS)
    made.add_argument("--revision", type=int, default=0, help="0; another number changes every row")
    made.add_argument("--out", type=Path, metavar="FILE", help="only write the file")
    killing = commands.add_parser("chaos", help="kill -9 whatever runs, again and again, and compare with what is true")
    killing.set_defaults(command="chaos")
    killing.add_argument("--kills", type=int, default=KILLS, help=f"how many ({KILLS})")
    killing.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    killing.add_argument("--seed", type=int, default=766, help="another seed, other instants and victims")
    killing.add_argument("--json", type=Path, dest="out", metavar="FILE", help="write what became of each kill")
    return parser


if __name__ == "__main__":
    sys.exit(main())
