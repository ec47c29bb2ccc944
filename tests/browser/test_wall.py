"""A wall turns its pages for months: nothing blank, nothing to click, and it looks after itself."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import WALL, Open
from tests.browser.stage import Stage

ADDRESS = "/?wall=1&every=2&pages=overview,sources,definitions"
# Notes what every animation frame shows: the page, or the still of the page before; and any dialog.
NOTE = """() => {
  window.seen = []; window.blank = 0; window.renewed = "no";
  const note = () => {
    const page = document.querySelector("#react-entry-point .page")?.dataset.page;
    const veil = document.querySelector(".wall-veil .page");
    if (!page && !veil) window.blank += 1;
    if (page && window.seen.at(-1) !== page) window.seen.push(page);
    requestAnimationFrame(note);
  };
  note();
}"""

# How many screens the page is long, how many rows are seen, and what is seen that a panel or the screen's edge cuts.
SCREENS = """() => {
  const main = document.getElementById("main");
  const high = main.clientHeight, top = main.getBoundingClientRect().top;
  const cut = [], rows = [...main.querySelectorAll("tbody tr, .bar-row, .panel, .tile, .sum")];
  for (const row of rows) {
    if (!row.checkVisibility({ visibilityProperty: true })) continue;
    const box = row.getBoundingClientRect(), around = row.parentElement.closest(".panel")?.getBoundingClientRect();
    const isOut = around && (box.bottom > around.bottom + 1 || box.right > around.right + 1);
    const isParted = Math.floor((box.top - top + 1) / high) !== Math.floor((box.bottom - top - 1) / high);
    if (isOut || isParted) cut.push(row.innerText.slice(0, 40));
  }
  return { screens: main.scrollHeight / high, rows: rows.length, cut };
}"""


def turned(page: Page, times: int) -> None:
    """Wait until the wall has turned so often."""
    page.wait_for_function(f"() => dash_clientside.board.wall.turned >= {times}", timeout=120_000)


def test_a_wall_turns_through_the_pages_of_its_address_and_is_never_blank(open_page: Open) -> None:
    page = open_page(ADDRESS, WALL)
    page.evaluate(NOTE)
    turned(page, 3)
    seen = page.evaluate("window.seen")
    assert seen[:3] == ["overview", "sources", "definitions"]
    assert page.evaluate("window.blank") == 0
    assert page.evaluate("history.length") <= 2, "a wall leaves no trail of addresses"


def test_a_wall_stands_still_while_somebody_looks(open_page: Open) -> None:
    page = open_page(ADDRESS, WALL)
    page.mouse.move(200, 200)
    page.mouse.down()
    expect(page.locator(".wall-sign")).to_contain_text("Đang có người xem")
    before = page.evaluate("dash_clientside.board.wall.turned")
    page.wait_for_timeout(5_000)
    assert page.evaluate("dash_clientside.board.wall.turned") - before <= 1, "but the turn that was under way"


def test_a_wall_keeps_its_page_while_the_server_is_away_and_goes_on_when_it_is_back(
    open_page: Open, stage: Stage
) -> None:
    page = open_page(ADDRESS, WALL)
    page.evaluate(NOTE)
    stage.stop()
    page.wait_for_function("() => dash_clientside.board.wall.failed >= 2", timeout=120_000)
    assert page.evaluate("window.blank") == 0
    expect(page.locator("#react-entry-point .page")).to_be_visible()
    stage.restart()
    before = page.evaluate("dash_clientside.board.wall.turned")
    turned(page, before + 1)


def test_a_wall_begins_anew_on_a_new_day_and_on_a_new_release(open_page: Open) -> None:
    for what in ("wall.day = '01/01/2000', wall.spread = 0", "wall.isOld = true"):
        page = open_page(ADDRESS, WALL)
        page.evaluate(f"() => {{ window.before = true; const wall = dash_clientside.board.wall; {what}; }}")
        page.wait_for_function(
            "() => !window.before && document.documentElement.dataset.filled === 'yes'", timeout=120_000
        )
        assert "wall=1" in page.url


def test_a_wall_opens_no_dialog(open_page: Open) -> None:
    page = open_page(ADDRESS, WALL)
    assert page.evaluate("[alert('x'), confirm('x'), prompt('x')]") == [None, None, None]


@pytest.mark.parametrize(("path", "filled"), [
    ("/tre-han", "#late-fields td"), ("/1022", ".calls_units tbody tr"), ("/hai-long", ".content_units tbody tr"),
    ("/trong-ngay", ".same_day_units tbody tr"),
])  # fmt: skip
def test_a_page_of_the_wall_is_whole_screens_and_cuts_no_row(open_page: Open, path: str, filled: str) -> None:
    page = open_page(f"{path}?wall=1&every=600", WALL, wait_for=filled)
    page.wait_for_function("() => dash_clientside.board.wall.asked === 0")
    page.wait_for_timeout(500)
    told = page.evaluate(SCREENS)
    assert told["screens"] == pytest.approx(round(told["screens"]), abs=0.01)
    assert told["rows"] > 5
    assert told["cut"] == []
