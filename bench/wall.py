"""What a wall keeps in memory as it turns its pages: `python -m bench wall --minutes 10 --seconds 2`.

The script heap is read after forced collections; a line is laid through it, the first turns left out (caches fill, code
is compiled). A wall that shows each page for twenty seconds turns 4,320 times a day.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from playwright.sync_api import CDPSession, Page, sync_playwright

from bench import soak

DAY_TURNS = 4_320
LIMIT_MB = 50.0  # a day
WARM_SHARE = 0.25
LEAST_TURNS = 100
LOOK_S = 10.0
SIZE = (1920, 1080)


@dataclass(frozen=True)
class Look:
    """What the wall said at one moment."""

    turns: int
    failed: int
    heap_mb: float
    nodes: int
    listeners: int


def measure(minutes: float, seconds: float, pages: str, scale: float, url: str | None) -> int:
    """Watch a wall, print what it keeps, return 0 where the limit of a day is kept, else 1."""
    with nullcontext(url) if url else soak.living(scale) as address:
        looks, errors = watch(str(address), minutes, seconds, pages)
    if looks[-1].turns < LEAST_TURNS:
        print(f"{looks[-1].turns} turns tell nothing (load average {os.getloadavg()[0]:.1f}); let it hang longer")
        return 1
    calm = looks[int(len(looks) * WARM_SHARE) :]
    growth = {name: 1000 * slope(calm, name) for name in ("heap_mb", "nodes", "listeners")}
    day_mb = growth["heap_mb"] * DAY_TURNS / 1000
    first, last = looks[0], looks[-1]
    each = ", ".join(f"{grown:+.2f} {name}" for name, grown in growth.items())
    print(
        f"{last.turns} turns, {last.failed} in vain · heap {first.heap_mb:.1f} → {last.heap_mb:.1f} MB"
        f" · a thousand turns: {each} · {day_mb:+.1f} MB a day of {DAY_TURNS:,} turns (limit {LIMIT_MB:g})"
        f" · {len(errors)} console errors"
    )
    for error in errors[:20]:
        print(f"console: {error[:300]}")
    kept = day_mb <= LIMIT_MB and not errors
    print("kept" if kept else "missed")
    return 0 if kept else 1


def watch(url: str, minutes: float, seconds: float, pages: str) -> tuple[list[Look], list[str]]:
    """Let a wall turn for so long; return what it said, and the errors in its console."""
    looks: list[Look] = []
    errors: list[str] = []
    asked = f"?wall=1&every={seconds:g}" + (f"&pages={pages}" if pages else "")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=soak.CHROMIUM, args=["--no-sandbox"])
        try:
            page = chromium.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
            page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(f"{url}/{asked}")
            page.wait_for_function("() => window.dash_clientside?.board?.live?.shown?.()", timeout=120_000)
            measured = page.context.new_cdp_session(page)
            end = time.monotonic() + minutes * 60
            while time.monotonic() < end:
                page.wait_for_timeout(LOOK_S * 1_000)
                looks.append(_look(page, measured))
                print(f"  {looks[-1]}", file=sys.stderr)
        finally:
            chromium.close()
    return looks, errors


def slope(looks: list[Look], name: str) -> float:
    """Return how much a quantity grows a turn, by least squares."""
    turns = np.array([look.turns for look in looks], float)
    if len(set(turns)) < 2:
        raise RuntimeError("the wall did not turn")
    return float(np.polyfit(turns, [getattr(look, name) for look in looks], 1)[0])


def _look(page: Page, measured: CDPSession) -> Look:
    for _ in range(2):
        measured.send("HeapProfiler.collectGarbage")
    heap = measured.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    counted = measured.send("Memory.getDOMCounters")
    turned, failed = page.evaluate(
        "() => { const { turned, failed } = dash_clientside.board.wall; return [turned, failed]; }"
    )
    return Look(turned, failed, heap, counted["nodes"], counted["jsEventListeners"])


def add_to(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser of `python -m bench`."""
    one = commands.add_parser("wall", help="let a wall turn its pages; exit 1 if it keeps more than 50 MB a day")
    one.set_defaults(command="wall")
    one.add_argument("--minutes", type=float, default=10.0)
    one.add_argument("--seconds", type=float, default=2.0, help="how long each page stays (2)")
    one.add_argument("--pages", default="", help="names of pages, by commas; otherwise the profile's")
    one.add_argument("--scale", type=float, default=0.02, help="size of the simulated city (0.02)")
    one.add_argument("--url", help="a program that runs already; otherwise one of its own is started")
