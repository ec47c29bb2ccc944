"""What a page weighs and how soon it can be used, on a browser that has nothing yet: `python -m bench weight`.

Each page is opened in a fresh browser profile against gunicorn. Bytes are those on the wire, compressed, until nothing
is asked for any more; the page can be used when its numbers are painted and no long task is running.
"""

from __future__ import annotations

import argparse
import os
import statistics
from contextlib import nullcontext
from dataclasses import dataclass

from playwright.sync_api import Browser, sync_playwright

from bench import program, soak
from bench.rows import Row, smaller, table

LIMIT_MB, LIMIT_S = 1.5, 1.5
PATIENCE_MS = 60_000
REPEAT = 3
SIZE = (1440, 900)
# When the page was first whole: its name is there, the frame is painted, no callback is under way.
WHOLE = """() => {
  const is = document.querySelector(".page[data-page]") && document.documentElement.dataset.filled === "yes"
    && !document.querySelector("[data-dash-is-loading=true]");
  if (!is) return null;
  const last = performance.getEntriesByType("longtask").at(-1);
  return Math.max(performance.now(), last ? last.startTime + last.duration : 0);
}"""
WATCH = "new PerformanceObserver(() => {}).observe({ type: 'longtask', buffered: true });"


@dataclass(frozen=True)
class Weighed:
    """One visit."""

    bytes: int
    seconds: float
    first_paint_s: float


def measure(url: str | None, repeat: int = REPEAT) -> int:
    """Weigh every page, print a table, return 0 where every limit is kept, else 1."""
    with nullcontext(url) if url else program.running(lambda _url: None) as target:
        address = target if isinstance(target, str) else target.url
        rows = weigh(address, repeat)
    print(f"load average {os.getloadavg()[0]:.1f}")
    print(table(rows))
    return 0 if all(row.ok for row in rows) else 1


def weigh(url: str, repeat: int) -> list[Row]:
    """Return two rows a page: megabytes on the wire, seconds until it can be used (the median of the visits)."""
    rows: list[Row] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=soak.CHROMIUM, args=["--no-sandbox"])
        try:
            for path in paths(chromium, url):
                visits = [visit(chromium, url + path) for _ in range(repeat)]
                seconds = statistics.median(one.seconds for one in visits)
                paint = statistics.median(one.first_paint_s for one in visits)
                rows.append(smaller(f"{path} MB", max(one.bytes for one in visits) / 1e6, LIMIT_MB, 1.0))
                rows.append(smaller(f"{path} s to use", seconds, LIMIT_S, 1.0, {"first paint": paint}))
        finally:
            chromium.close()
    return rows


def paths(chromium: Browser, url: str) -> list[str]:
    """Return the pages that the navigation names; the visit also warms the server, not the browsers that follow."""
    page = chromium.new_page()
    page.goto(url, timeout=PATIENCE_MS)
    page.locator(".nav-list a").first.wait_for(state="attached", timeout=PATIENCE_MS)
    found = page.evaluate("() => [...document.querySelectorAll('.nav-list a')].map((link) => link.dataset.path)")
    page.context.close()
    return found


def visit(chromium: Browser, address: str) -> Weighed:
    """Open a page in a profile of its own."""
    context = chromium.new_context(viewport={"width": SIZE[0], "height": SIZE[1]}, service_workers="block")
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address, timeout=PATIENCE_MS)
    whole = page.wait_for_function(WHOLE, polling=20, timeout=PATIENCE_MS).json_value()
    paint = page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
    page.wait_for_timeout(2_000)
    context.close()
    return Weighed(round(sum(sizes)), whole / 1000, paint / 1000)


def add_to(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser of `python -m bench`."""
    one = commands.add_parser("weight", help="weigh every page on a cold browser; exit 1 beyond 1.5 MB or 1.5 s")
    one.set_defaults(command="weight")
    one.add_argument("--repeat", type=int, default=REPEAT, help=f"visits of each page ({REPEAT})")
    one.add_argument("--url", help="a program that runs already; otherwise one of its own is started")
