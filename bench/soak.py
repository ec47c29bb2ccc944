"""A screen that stays open: `python -m bench soak --minutes 60`, on a program of its own or on one that runs (`--url`).

A headless browser stays on the overview while the city lives. Counted: console errors, growth of the script heap after
forced collections, DOM nodes, and whether every frame of the server was seen or caught up with.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from playwright.sync_api import CDPSession, Page, sync_playwright

from bench import city, program
from sql.settings import inherited

CHROMIUM = "/usr/bin/chromium"
GROWTH_LIMIT_MB = 20.0
NODES_LIMIT = 1.2  # of what there were after the first minutes
WARM_S = 120.0  # caches fill and code is compiled before growth is counted
LOOK_S = 15.0
LATE_S = 20.0  # a screen may be so far behind the server for a moment (a deploy, a lost connection)
STOP_S = 40
START_S = 900.0
# Runs before the page's own scripts: every version that the stream brings, and every one that is painted.
WATCH = """
window.soak = { received: 0, gaps: 0, opened: 0, snapshots: 0, last: null };
const Source = window.EventSource;
window.EventSource = class extends Source {
  constructor(...given) {
    super(...given);
    window.soak.opened += 1;
    const note = (event, isWhole) => {
      const data = JSON.parse(event.data);
      const soak = window.soak;
      soak.received += 1;
      if (isWhole) soak.snapshots += 1;
      else if (soak.last !== null && data.base !== soak.last && data.version > soak.last) soak.gaps += 1;
      soak.last = data.version;
    };
    this.addEventListener("snapshot", (event) => note(event, true));
    this.addEventListener("frame", (event) => note(event, false));
  }
};
"""


@dataclass
class Look:
    """What the screen and the server said at one moment."""

    at_s: float
    heap_mb: float
    nodes: int
    shown: int | None
    newest: int | None


@dataclass
class Seen:
    """Everything that was noted."""

    errors: list[str] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    behind_s: float = 0.0
    stream: dict[str, int | None] = field(default_factory=dict)

    def problems(self) -> list[str]:
        """Return what missed its limit, each as one line."""
        calm = [one for one in self.looks if one.at_s >= WARM_S] or self.looks
        first, last = calm[0], calm[-1]
        growth = last.heap_mb - first.heap_mb
        found = [f"console: {error[:300]}" for error in self.errors]
        if growth > GROWTH_LIMIT_MB:
            found.append(f"the script heap grew by {growth:.1f} MB, from {first.heap_mb:.1f} to {last.heap_mb:.1f}")
        if last.nodes > NODES_LIMIT * first.nodes:
            found.append(f"DOM nodes grew from {first.nodes} to {last.nodes}")
        if self.behind_s > LATE_S:
            found.append(f"the screen was behind the server for {self.behind_s:.0f} s")
        if self.stream.get("gaps"):
            found.append(f"{self.stream['gaps']} changes did not follow the frame before them")
        return found


def soak(minutes: float, scale: float, url: str | None) -> int:
    """Watch, print what was seen and the verdict; return 0 where every limit was kept, else 1."""
    if url is not None:
        seen = watch(url, minutes)
    else:
        with living(scale) as own:
            seen = watch(own, minutes)
    problems = seen.problems()
    told = seen.looks[-1]
    print(
        f"{minutes:g} minutes · {seen.stream.get('received')} frames, {seen.stream.get('snapshots')} of them whole, "
        f"{seen.stream.get('opened')} connections, {seen.stream.get('gaps')} gaps · version {told.shown} shown, "
        f"{told.newest} newest · longest behind {seen.behind_s:.0f} s · heap {seen.looks[0].heap_mb:.1f} → "
        f"{told.heap_mb:.1f} MB · nodes {seen.looks[0].nodes} → {told.nodes} · {len(seen.errors)} console errors"
    )
    for line in problems:
        print(f"MISSED {line}")
    print("missed" if problems else "kept")
    return 1 if problems else 0


def watch(url: str, minutes: float) -> Seen:
    """Stay on the overview for so long."""
    seen = Seen()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            page = chromium.new_page(viewport={"width": 1440, "height": 900})
            page.add_init_script(WATCH)
            page.on("console", lambda said: seen.errors.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: seen.errors.append(str(error)))
            page.goto(url, timeout=120_000)
            page.wait_for_function("() => window.dash_clientside?.board?.live?.shown?.()", timeout=120_000)
            _stay(page, url, minutes * 60, seen)
            seen.stream = page.evaluate("window.soak")
        finally:
            chromium.close()
    return seen


def _stay(page: Page, url: str, seconds: float, seen: Seen) -> None:
    began, behind_since = time.monotonic(), None
    measured = page.context.new_cdp_session(page)
    while True:
        newest = newest_version(url)
        page.wait_for_timeout(2_000)  # what the server had then must be there by now
        look = _look(page, measured, time.monotonic() - began, newest)
        seen.looks.append(look)
        is_behind = newest is not None and (look.shown or 0) < newest
        behind_since = (behind_since or time.monotonic()) if is_behind else None
        if behind_since is not None:
            seen.behind_s = max(seen.behind_s, time.monotonic() - behind_since)
        print(
            f"  {look.at_s:6.0f} s · version {look.shown} of {newest} · heap {look.heap_mb:.1f} MB · "
            f"nodes {look.nodes} · {len(seen.errors)} errors · load average {os.getloadavg()[0]:.1f}",
            file=sys.stderr,
        )
        if look.at_s >= seconds:
            return
        page.wait_for_timeout(min(1_000 if is_behind else LOOK_S * 1_000, max(0.0, (seconds - look.at_s) * 1_000)))


def _look(page: Page, measured: CDPSession, at_s: float, newest: int | None) -> Look:
    measured.send("HeapProfiler.collectGarbage")
    heap = measured.send("Runtime.getHeapUsage")["usedSize"] / 1e6
    nodes = measured.send("Memory.getDOMCounters")["nodes"]
    shown = page.evaluate("() => window.dash_clientside.board.live.shown()?.version ?? null")
    return Look(at_s, heap, nodes, shown, newest)


def newest_version(url: str) -> int | None:
    """Return the version of the server's newest frame, None while it cannot say."""
    try:
        with urllib.request.urlopen(f"{url}/api/v1/indicators", timeout=10) as answer:
            return orjson.loads(answer.read())["version"]
    except (OSError, KeyError, ValueError):
        return None


@contextmanager
def living(scale: float) -> Iterator[str]:
    """Run the whole program on a simulated city of its own until there is a frame; give its address."""
    port = program.free_port()
    with city.folder() as folder:
        given = {"DATA_DIR": str(folder), "PORT": str(port), "SCALE": str(scale), "PROFILE": str(city.PROFILE)}
        log = folder / "run.log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "dashboard", "run"], cwd=city.ROOT, env=inherited() | given,
                stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip
        try:
            _wait(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait(process: subprocess.Popen, port: int, log: Path) -> None:
    end = time.monotonic() + START_S
    while program.ask(port, "/readyz") != 200:
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the program did not come up: {log.read_text()[-1000:]}")
        time.sleep(0.5)


def add_to(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser of `python -m bench`."""
    one = commands.add_parser(
        "soak", help="keep a browser on the overview of a living city; exit 1 if a limit is missed"
    )
    one.set_defaults(command="soak")
    one.add_argument("--minutes", type=float, default=60.0)
    one.add_argument("--scale", type=float, default=1.0, help="size of the simulated city (1)")
    one.add_argument("--url", help="a program that runs already; otherwise one of its own is started")
