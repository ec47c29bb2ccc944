"""Parts that come as HTML: a page that is reached from another one is the page that is opened by its address."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open

WALK = ("/tre-han", "/1022", "/nguon", "/hai-long", "/", "/trach-nhiem", "/dinh-nghia", "/thu-xin-loi", "/tre-han")
SAYS = """() => ["h2", ".panel", ".about-box", "details.export"].map((kind) =>
  [...document.querySelectorAll(`#main ${kind}`)].map((one) =>
    one.querySelector("summary")?.ariaLabel ?? one.ariaLabel ?? one.textContent))"""


def said(page: Page, path: str) -> list[list[str]]:
    """Return what the parts of a page are called, once it stands."""
    expect(page.locator(f'.nav-links a[data-path="{path}"]')).to_have_attribute("aria-current", "page")
    page.wait_for_function("() => !document.querySelector('[data-dash-is-loading=true]')")
    return page.evaluate(SAYS)


def test_a_page_reached_from_another_is_the_page_itself(open_page: Open) -> None:
    page = open_page("/")
    for path in WALK:
        page.evaluate("(path) => dash_clientside.board.state.go(path)", path)
        opened = open_page(path)
        opened.wait_for_timeout(500)
        page.wait_for_timeout(500)
        assert said(page, path) == said(opened, path), path
        opened.close()


def test_another_language_leaves_no_word_of_the_first(open_page: Open) -> None:
    page = open_page("/tre-han", wait_for="#late-fields td")
    page.evaluate("() => dash_clientside.board.state.choose({ lang: 'en' })")
    expect(page.locator("#main .panel h2").first).to_have_text("Unit × field")
    expect(page.locator(".about-box .about-text").first).not_to_contain_text("hồ sơ")
