"""What a page weighs, how soon it can be used, and how soon a filter answers: `python -m bench weight`.

Each page is opened in a fresh browser profile against gunicorn. Bytes are those on the wire, compressed, until nothing
is asked for any more; the page can be used when its numbers are painted and no long task is running. A filter has
answered when its panels have been painted anew with what the server said.
"""

from __future__ import annotations

import argparse
import os
import statistics
from contextlib import nullcontext
from dataclasses import dataclass

from playwright.sync_api import Browser, sync_playwright

from bench import city, pages, program, soak
from bench.rows import Row, smaller, table

LIMIT_MB, LIMIT_S, FILTER_MS = 1.5, 1.5, 200
FILLING = 250_000
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
FILTER = '.filters [data-value="{}"]'
WINDOWS = ("90", "365", "7", "30")
# From the click on a filter to the first painting of a panel after the last answer that it asked for (ms).
ANSWER = """(selector) => new Promise((done) => {
  const send = window.fetch;
  let began, asked = 0, heard = false;
  window.fetch = async (...request) => {
    asked += 1;
    try { return await send.apply(window, request); } finally { asked -= 1; heard = true; }
  };
  const watching = new MutationObserver((changes) => {
    const isPanel = (one) => (one.target.parentElement ?? one.target).closest?.("#main .panel");
    if (!heard || asked || !changes.some(isPanel)) return;
    watching.disconnect();
    window.fetch = send;
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  });
  const all = { childList: true, subtree: true, characterData: true, attributes: true };
  watching.observe(document.getElementById("main"), all);
  setTimeout(() => done(null), 10_000);
  began = performance.now();
  document.querySelector(selector).click();
})"""
WATCH = "new PerformanceObserver(() => {}).observe({ type: 'longtask', buffered: true });"


@dataclass(frozen=True)
class Weighed:
    """One visit."""

    bytes: int
    seconds: float
    first_paint_s: float


def measure(url: str | None, repeat: int = REPEAT) -> int:
    """Weigh every page, print a table, return 0 where every limit is kept, else 1."""
    rows = rows_of(url, repeat)
    print(f"load average {os.getloadavg()[0]:.1f}")
    print(table(rows))
    return 0 if all(row.ok for row in rows) else 1


def rows_of(url: str | None = None, repeat: int = REPEAT, filling: int = FILLING) -> list[Row]:
    """Return the rows of a program that runs at `url`, or of one with so many dossiers."""

    def fill(database_url: str) -> None:
        with city.folder() as place:
            pages.fill(database_url, place / "year.csv", filling)

    with nullcontext(url) if url else program.running(fill) as target:
        return weigh(target if isinstance(target, str) else target.url, repeat)


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
                answers = filtered(chromium, url + path)
                if answers:
                    rows.append(
                        smaller(
                            f"{path} ms to filter", statistics.median(answers), FILTER_MS, 1.0, {"worst": max(answers)}
                        )
                    )
        finally:
            chromium.close()
    return rows


def filtered(chromium: Browser, address: str) -> list[float]:
    """Return the ms that each window of a page took to show, one after the other; none where no window is offered."""
    page = chromium.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
    page.goto(address, timeout=PATIENCE_MS)
    page.wait_for_function(WHOLE, polling=20, timeout=PATIENCE_MS)
    page.wait_for_timeout(2_000)
    answers = []
    for win in WINDOWS:
        if page.locator(FILTER.format(win)).count():
            took = page.evaluate(ANSWER, FILTER.format(win))
            if took is None:
                raise RuntimeError(f"{address}: the filter of {win} days did not answer")
            answers.append(took)
            page.wait_for_timeout(1_000)
    page.context.close()
    return answers


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
