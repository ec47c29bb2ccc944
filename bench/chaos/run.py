"""`python -m bench chaos`: many kills, one table; exit code 1 where one lost or doubled a row or went untold."""

from __future__ import annotations

import json
import random
import signal
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from bench import city
from bench.chaos.killing import KINDS, Kill, Killer, order
from bench.chaos.program import START_S, Program
from bench.chaos.source import Source
from bench.chaos.truth import Truth
from bench.chaos.viewer import Viewer

TOLD_EVERY = 25
FIRST_EVENTS = 300
MOST_UNHEALED = 3
HEADS = (
    "kill -9 of", "kills", "lost", "doubled", "verify clean", "median heal (s)", "worst heal (s)", "held dead",
    "worst time to tell (s)",
)  # fmt: skip


class ChaosError(Exception):
    """The run could not begin; the message says why."""


def run(kills: int, seconds: float, seed: int, holds: int | None = None) -> list[Kill]:
    """Make so many kills, or as many as fit into so many seconds; return what became of each."""
    rng = random.Random(seed)
    plan = order(kills, max(3, kills // 40) if holds is None else holds, rng)
    over_at = time.monotonic() + seconds
    with stage(seed) as killer:
        done: list[Kill] = []
        for kind, is_held in plan:
            if time.monotonic() > over_at or sum(one.heal_s is None for one in done) >= MOST_UNHEALED:
                break
            done.append(killer.one(kind, is_held))
            _tell(done, len(plan))
        return done


@contextmanager
def stage(seed: int) -> Iterator[Killer]:
    """Give a program that lives on live traffic, with one screen open; all of it is gone afterwards."""
    truth = Truth(seed)
    with city.folder() as folder:
        source = Source(truth)
        truth.release(FIRST_EVENTS)
        program = Program(folder, source.url)
        viewer = Viewer(program.port)
        killer = Killer(program, source, truth, viewer, seed)
        try:
            if killer.settle(START_S) is None:
                raise ChaosError(f"The program did not come to life:\n{program.words()}")
            yield killer
        finally:
            viewer.close()
            program.close()
            source.close()


def _tell(done: list[Kill], planned: int) -> None:
    one = done[-1]
    if not one.is_well:
        print(f"kill {len(done)} ({one.kind}{', held' if one.held else ''}): {verdict(one)}", file=sys.stderr)
    if len(done) % TOLD_EVERY == 0:
        bad, heal = sum(not each.is_well for each in done), heals(done)
        print(
            f"{len(done):>5} of {planned} kills · {bad} not well · heal median {statistics.median(heal or [0]):.1f} s, "
            f"worst {max(heal or [0]):.1f} s",
            flush=True,
        )


def verdict(one: Kill) -> str:
    """Say what was not well, in one line."""
    heal = "not healed" if one.heal_s is None else f"healed in {one.heal_s:.1f} s"
    told = "not told" if one.tell_s is None else f"told in {one.tell_s:.1f} s"
    counts = f"lost {one.found.lost}, doubled {one.found.doubled}, {one.differences} differences"
    return "; ".join([heal, told, counts, *one.examples])


def heals(done: list[Kill]) -> list[float]:
    """Return the times to heal of kills that were not held dead."""
    return [one.heal_s for one in done if one.heal_s is not None and not one.held]


def table(done: list[Kill]) -> str:
    """Return the kills by kind, and in all, as a Markdown table."""
    by_kind = {kind: [one for one in done if one.kind == kind] for kind in KINDS}
    rows = [_row(kind, ones) for kind, ones in by_kind.items() if ones] + [_row("all", done)]
    cells = [HEADS, *rows]
    widths = [max(len(line[place]) for line in cells) for place in range(len(HEADS))]
    lines = ["| " + " | ".join(t.ljust(w) for t, w in zip(line, widths, strict=True)) + " |" for line in cells]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def _row(name: str, ones: list[Kill]) -> tuple[str, ...]:
    heal = heals(ones)
    clean = sum(one.heal_s is not None and not one.differences for one in ones)
    tell = [one.tell_s for one in ones if one.held and one.tell_s is not None]
    return (
        name,
        str(len(ones)),
        str(sum(one.found.lost for one in ones)),
        str(sum(one.found.doubled for one in ones)),
        f"{clean} of {len(ones)}",
        f"{statistics.median(heal):.1f}" if heal else "",
        f"{max(heal):.1f}" if heal else "",
        str(sum(one.held for one in ones)),
        f"{max(tell):.1f}" if tell else "",
    )


def listen() -> None:
    """End in order when asked to, also in the background of a shell: no program is left behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.signal(signal.SIGINT, signal.default_int_handler)


def chaos(kills: int, seconds: float, seed: int, out: Path | None = None) -> int:
    """Run, print the table, and return the exit code."""
    began = time.monotonic()
    done = run(kills, seconds, seed)
    print(table(done))
    bad = [one for one in done if not one.is_well]
    print(
        f"{len(done)} of {kills} kills in {(time.monotonic() - began) / 60:.1f} minutes (seed {seed}): "
        f"{len(done) - len(bad)} well, {len(bad)} not"
    )
    if out:
        out.write_text(json.dumps([asdict(one) | {"is_well": one.is_well} for one in done], indent=1) + "\n")
    return 1 if bad or not done else 0
