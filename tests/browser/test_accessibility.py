"""Every page as those use it who do not see, or use no mouse, or hold a phone: axe finds nothing serious."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from layouts.pages import NOT_FOUND, PAGES
from tests.browser.conftest import DESK, PHONE, Open

# axe-core 4, as its package has it: https://www.npmjs.com/package/axe-core
AXE = Path(__file__).with_name("vendor") / "axe.min.js"
PATHS = [page.path for page in PAGES if page is not NOT_FOUND and "<" not in page.path]
FACES = {"light": (DESK, "light"), "dark": (DESK, "dark"), "phone": (PHONE, "light"), "phone at night": (PHONE, "dark")}
RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.any.map((one) => one.message).join("; ")}`));
}"""
# Each element that can be used, with how large it is to a finger: its box, or what its ::after lays over more.
TARGETS = """() => [...document.querySelectorAll("a[href], button, summary, input, select, [role=button]")]
  .filter((node) => node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }))
  .filter((node) => !node.closest(".skip, .modebar, .ag-root-wrapper, p, dd, li, figcaption, .note"))
  .map((node) => {
    const { width, height } = node.getBoundingClientRect();
    const after = getComputedStyle(node, "::after");
    const isAir = after.position === "absolute" && after.content !== "none";
    const air = (size) => (isAir ? parseFloat(after[size]) || 0 : 0);
    return [node, Math.max(width, air("width")), Math.max(height, air("height"))];
  })
  .filter(([, wide, high]) => wide && high && (wide < 43.5 || high < 43.5))
  .map(([node, wide, high]) => [node.tagName, node.className || node.id || node.textContent.slice(0, 30),
    `${wide.toFixed(0)}x${high.toFixed(0)}`].join(" "))"""
REACHED = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const { outlineStyle, boxShadow } = getComputedStyle(node);
  const { width, height } = node.getBoundingClientRect();
  window.reached ??= [];
  const known = window.reached.indexOf(node);
  if (known < 0) window.reached.push(node);
  const label = node.labels?.[0]?.textContent || node.placeholder || "";
  const name = node.getAttribute("aria-label") || node.textContent.trim() || node.title || label;
  return { known, name,
    seen: width > 0 && height > 0, tag: node.tagName, outlined: outlineStyle !== "none" || boxShadow !== "none" };
}"""


# Every grid has its rows, and is done with laying them out.
DRAWN = """() => [...document.querySelectorAll(".grid")].every(
  (grid) => grid.querySelector(".ag-row") && !grid.querySelector(".ag-delay-render"))"""


def settled(page: Page) -> Page:
    """Wait until a page asks for nothing any more and nothing on it moves."""
    page.locator(".page[data-page]").wait_for()
    page.wait_for_function("() => !document.querySelector('[data-dash-is-loading=true]')")
    page.wait_for_function(DRAWN)
    page.evaluate("() => document.fonts.ready.then(() => true)")
    page.add_style_tag(content="*, *::before, *::after { animation: none !important; transition: none !important; }")
    return page


def violations(page: Page) -> list[str]:
    page.add_script_tag(path=str(AXE))
    return page.evaluate(RUN)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_serious(open_page: Open, path: str, face: str) -> None:
    size, theme = FACES[face]
    page = settled(open_page(f"{path}?theme={theme}", size))
    assert violations(page) == []


def test_axe_finds_nothing_serious_in_open_menus(open_page: Open) -> None:
    page = settled(open_page("/"))
    page.locator(".heatmap-panel .export > summary").click()
    assert violations(page) == []
    page.locator(".nav-more > summary").click()
    assert violations(page) == []


@pytest.mark.parametrize("path", PATHS)
def test_a_phone_shows_every_page_without_scrolling_sideways(open_page: Open, path: str) -> None:
    page = settled(open_page(path, PHONE))
    wide = page.evaluate("() => [document.scrollingElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]


@pytest.mark.parametrize("path", PATHS)
def test_what_can_be_touched_on_a_phone_is_large_enough_for_a_finger(open_page: Open, path: str) -> None:
    assert settled(open_page(path, PHONE)).evaluate(TARGETS) == []


@pytest.mark.parametrize("path", PATHS)
def test_the_keyboard_reaches_what_the_mouse_does(open_page: Open, path: str) -> None:
    page = settled(open_page(path))
    found: list[dict[str, Any]] = []
    for _ in range(400):
        page.keyboard.press("Tab")
        reached = page.evaluate(REACHED)
        if reached is None or reached["known"] == 0:
            break
        if reached["known"] < 0:
            found.append(reached)
    assert {"A", "BUTTON"} <= {one["tag"] for one in found}
    assert [one for one in found if not one["name"] and one["tag"] != "DIV"] == []
    assert [one for one in found if not one["seen"]] == []


@pytest.mark.parametrize("size", [PHONE, DESK, (1024, 768)])
def test_every_page_can_be_gone_to_from_every_width(open_page: Open, size: tuple[int, int]) -> None:
    page = open_page("/", size)
    page.locator(".nav-more[data-needed]").wait_for(state="attached")
    page.locator(".nav-more > summary").click()
    shown = page.locator(".nav-list a")
    assert [link.get_attribute("data-path") for link in shown.all()] == page.evaluate(
        "() => [...document.querySelectorAll('.nav-links a')].map((link) => link.dataset.path)"
    )
    for link in shown.all():
        box = link.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= size[0]
        assert box["y"] >= 0 and box["y"] + box["height"] <= size[1]
    shown.last.click()
    page.locator(".page[data-page=definitions]").wait_for()


def test_escape_closes_a_menu_and_gives_the_focus_back(open_page: Open) -> None:
    page = open_page("/")
    menu = page.locator(".heatmap-panel details.export")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    assert menu.get_attribute("open") is not None
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert page.evaluate("() => document.activeElement.closest('details.export') !== null")
