"""From a record to the changed number in a browser, while others look on; and what one more viewer costs.

Small files are loaded through the product one after another, each with one dossier more; then as many dossiers are
pushed through the door. The publisher, Valkey and gunicorn run as on servers; a headless browser notes when the text of
the number of open dossiers changes.
"""

from __future__ import annotations

import csv
import http.client
import random
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench import city, door, program, year
from bench.program import Program
from bench.rows import Row, smaller
from etl import feeds, runs

BEAT_MS, BEYOND_MS = 1_000, 250
PUSHED_MS = 1_500  # from the call at the door
CHANGES = 40
FILLING = 20_000
CHROMIUM = "/usr/bin/chromium"
TILE = '[data-tile="dossiers_open"] [data-part="value"]'
QUIET_S = 20.0
NOTE = """
(selector) => {
  window.noted = [];
  const tile = document.querySelector(selector);
  let last = null;
  const look = () => {
    const text = tile.innerText;
    if (text === last) return;
    last = text;
    const shown = window.dash_clientside.board.live.shown();
    const [asOf, came] = [Date.parse(shown.as_of), window.came.get(shown.version)];
    requestAnimationFrame(() => window.noted.push([performance.timeOrigin + performance.now(), text, asOf, came]));
  };
  new MutationObserver(look).observe(tile, { childList: true, subtree: true, characterData: true });
  look();
}
"""
# Runs before the page's own scripts: when the change to each version reached the browser.
ARRIVALS = """
window.came = new Map();
const Source = window.EventSource;
window.EventSource = class extends Source {
  constructor(...given) {
    super(...given);
    const note = (event) => window.came.set(Number(event.lastEventId), performance.timeOrigin + performance.now());
    this.addEventListener("snapshot", note);
    this.addEventListener("frame", note);
  }
};
"""
FILLED = "selector => /\\d/.test(document.querySelector(selector)?.innerText ?? '')"
SHOWS = "wanted => Number(window.noted.at(-1)?.[1].replace(/\\D/g, '')) >= wanted"


def measure(viewers: int) -> list[Row]:
    """Return the rows: commit → pixel with the others open, and the database's work for each of them."""
    drawn = year.City.of(city.read_profile())
    feed = feeds.read(year.FEED)
    with city.folder() as place:
        filling = place / "year.csv"
        year.write(filling, drawn, FILLING)
        with program.running(lambda url: load(url, feed, filling)) as running:
            alone = quiet(running)
            before, began = running.transactions(), time.monotonic()
            with program.onlookers(running.port, viewers):
                time.sleep(max(0.0, QUIET_S - (time.monotonic() - began)))
                time.sleep(QUIET_S)
                crowded = (running.transactions() - before) / (time.monotonic() - began) * QUIET_S
                committed = watch(running, commit(running, feed, filling, place))
                pushed = watch(running, push(running))
    print(f"  transactions in {QUIET_S:.0f} s: {alone:.0f} alone, {crowded:.0f} with {viewers:,}", file=sys.stderr)
    more = round(max(0.0, crowded - alone) / viewers, 1)  # what the publisher asks by itself varies by a few hundredths
    return [
        _delay(f"committed → pixel, {viewers:,} others open, p95 (ms)", committed, BEAT_MS + BEYOND_MS),
        _delay(f"sent to the push door → pixel, {viewers:,} others open, p95 (ms)", pushed, PUSHED_MS),
        Row(
            f"database queries of one more viewer in {QUIET_S:.0f} s",
            more,
            0.0,
            ratio=1.0 if more == 0 else 0.0,
            need=1.0,
        ),
    ]


def _delay(name: str, delays: list[float], limit_ms: float) -> Row:
    ranked = sorted(delays)
    p50, p95 = ranked[len(ranked) // 2], ranked[min(len(ranked) * 95 // 100, len(ranked) - 1)]
    return smaller(name, p95, limit_ms, 1.0, {"p50": p50})


def load(url: str, feed: feeds.Feed, path: Path) -> None:
    """Load a file; raise RuntimeError where it was not taken whole."""
    outcome = runs.load_file(url, feed, path, lambda counts, batch: None)
    if outcome.error or outcome.counts.refused:
        raise RuntimeError(f"load of {path.name}: {outcome.error or outcome.counts}")


def quiet(running: Program) -> float:
    """Return the transactions of the program by itself in some seconds."""
    before = running.transactions()
    time.sleep(2 * QUIET_S)
    return (running.transactions() - before) / 2


def watch(running: Program, changes: Iterable[float]) -> list[float]:
    """Return the delays (ms) from each change to the frame in which the browser painted it; each adds one dossier."""
    with browser(running.url) as page:
        base = number(page)
        page.evaluate(NOTE, TILE)
        began = list(changes)
        page.wait_for_function(SHOWS, arg=base + len(began), timeout=60_000)
        noted = [(at, figure(text), as_of, came) for at, text, as_of, came in page.evaluate("window.noted")]
    ways = []
    for place_in_line, at in enumerate(began, 1):
        painted, _, as_of, came = next(one for one in noted if one[1] >= base + place_in_line)
        ways.append((painted - at, as_of - at, came - as_of, painted - came))
    _, beat, sent, drawn = (sorted(way)[len(way) // 2] for way in zip(*ways, strict=True))
    print(f"  medians: {beat:.0f} ms to the beat, {sent:.0f} to the browser, {drawn:.0f} to the pixel", file=sys.stderr)
    return [way[0] for way in ways]


def commit(running: Program, feed: feeds.Feed, filling: Path, place: Path) -> Iterator[float]:
    """Load one new open dossier after another, at random moments of the beat; yield when each was committed (ms)."""
    with filling.open(encoding="utf-8", newline="") as file:
        sample = next(csv.DictReader(file))
    for count in at_random():
        path = place / f"one-{count}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, sample.keys())
            writer.writeheader()
            writer.writerow(sample | fresh(count))
        load(running.database_url, feed, path)
        yield time.time() * 1000


def push(running: Program) -> Iterator[float]:
    """Send one new open dossier after another to a door; yield when each was sent (ms), once it is answered."""
    door.add_senders(running.database_url, 1)
    opened = door.Door(running.database_url)
    opened.open()
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", opened.port, timeout=60)) as conn:
            session = door.sign_in(conn, 0)
            for count in at_random():
                sent = time.time() * 1000
                if not door.send_dossiers(conn, session, [door.dossier(0, count)]):
                    raise RuntimeError("the door did not take a dossier")
                yield sent
    finally:
        opened.close()


def at_random() -> Iterator[int]:
    """Count the changes, at random moments of the beat."""
    chance = random.Random(766)
    for count in range(CHANGES):
        time.sleep(chance.uniform(0.3, 2.0))
        yield count


def fresh(count: int) -> dict[str, str]:
    """Return the fields of a dossier accepted a minute ago that is due in three days."""
    now = datetime.now(UTC).replace(microsecond=0)
    accepted, due = (now - timedelta(minutes=1)).isoformat(), (now + timedelta(days=3)).isoformat()
    return {
        "code": f"PIXEL-{count}", "submitted_at": accepted, "accepted_at": accepted, "due_at": due,
        "finished_at": "", "status": "4", "changed_at": now.isoformat(),
    }  # fmt: skip


@contextmanager
def browser(url: str) -> Iterator[Page]:
    """Give a page of the overview in a headless Chromium, once it shows a frame."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            page = chromium.new_page(viewport={"width": 1440, "height": 900})
            page.add_init_script(ARRIVALS)
            page.goto(url, timeout=120_000)
            page.wait_for_function(FILLED, arg=TILE, timeout=120_000)
            yield page
        finally:
            chromium.close()


def number(page: Page) -> int:
    """Return the number that the tile shows."""
    return figure(page.inner_text(TILE))


def figure(text: str) -> int:
    r"""Return the first whole number of a text, however its thousands are parted.

    >>> figure("12.345\nhồ sơ")
    12345
    """
    return int("".join(one for one in text.partition("\n")[0] if one.isdigit()))
