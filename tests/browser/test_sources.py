"""The pages of data sources and definitions, in a browser."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.stage import Stage


def test_every_feed_tells_its_state_and_its_last_run(open_page: Open) -> None:
    page = open_page("/nguon")
    expect(page.locator(".feed")).to_have_count(5)
    portal = page.locator('.feed[data-key="portal"]')
    expect(portal).to_contain_text("trực tiếp")
    expect(portal).to_contain_text("5.000 đọc = 3.120 nhận + 1.877 không đổi + 3 từ chối")
    expect(portal).to_contain_text("7 dòng đang bị giữ lại")


def test_a_failing_feed_says_why(open_page: Open, stage: Stage) -> None:
    page = open_page("/nguon")
    hotline = stage.frame["feeds"]["hotline"] | {"state": "failing", "error": "nguồn trả lời 503"}
    stage.change(feeds={"hotline": hotline})
    expect(page.locator('.feed[data-key="hotline"]')).to_contain_text("Lỗi: nguồn trả lời 503")


def test_loads_are_listed_and_sorted(open_page: Open) -> None:
    page = open_page("/nguon")
    grid = page.locator("#loads")
    expect(grid.locator('.ag-row[row-index="0"]')).to_contain_text("50")
    grid.get_by_role("columnheader", name="Số", exact=True).click()
    expect(grid.locator('.ag-row[row-index="0"] [col-id="id"]').first).to_have_text(re.compile("^(1|50)$"))


def test_a_table_whose_script_did_not_come_is_there_when_the_network_is(open_page: Open, stage: Stage) -> None:
    stage.forgives = "net::ERR_FAILED|Service Worker"
    for part in ("async-community", "dash_ag_grid.v"):
        page = open_page("/", workers="block")  # what a service worker fetches cannot be kept away
        page.context.route(f"**/dash_ag_grid/{part}*", lambda route: route.abort())
        page.evaluate("() => dash_clientside.board.state.go('/nguon')")
        expect(page.locator(".feed")).to_have_count(5)
        page.wait_for_timeout(1_000)
        assert page.locator(".ag-row").count() == 0, "the script was not kept away"
        page.context.unroute_all()
        expect(page.locator('#loads .ag-row[row-index="0"]')).to_contain_text("50")
        page.close()


def test_refused_rows_are_shown_as_received_with_their_reason(open_page: Open) -> None:
    page = open_page("/nguon")
    expect(page.locator("#quarantine")).to_contain_text("đơn vị lạ")
    expect(page.locator("#quarantine")).to_contain_text('"MaDonVi": "Quận 13"')
    expect(page.locator("#reasons")).to_contain_text("4đơn vị lạ")
    expect(page.locator(".command")).to_contain_text("python -m etl quarantine replay")


def test_definitions_are_found_by_any_word_without_diacritics(open_page: Open) -> None:
    page = open_page("/dinh-nghia")
    expect(page.locator("#dossiers_open")).to_be_visible()
    page.get_by_label("Tìm chỉ tiêu").press_sequentially("tre hen")
    expect(page.locator("#tickets_opened_today")).to_be_hidden()
    expect(page.locator("#dossiers_late")).to_be_visible()
    page.get_by_label("Tìm chỉ tiêu").press_sequentially(" zzz")
    expect(page.get_by_text("Không có chỉ tiêu nào khớp.")).to_be_visible()


def test_an_address_leads_to_one_definition(open_page: Open) -> None:
    page = open_page("/dinh-nghia#satisfaction_low_30d")
    expect(page.locator("#satisfaction_low_30d")).to_be_in_viewport()


def test_pages_keep_what_was_chosen(open_page: Open) -> None:
    page = open_page("/?geo=168&theme=dark")
    page.locator(".nav-more > summary").click()
    page.locator(".nav-list").get_by_role("link", name="Nguồn dữ liệu").click()
    expect(page.locator(".feed").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"/nguon\?geo=168&theme=dark"))
    page.locator(".nav-links").get_by_role("link", name="Toàn cảnh").click()
    expect(page.locator(".place")).to_have_count(168)


def test_a_page_that_does_not_exist_leads_back(open_page: Open, stage: Stage) -> None:
    stage.forgives = "404"
    page = open_page("/khong-co", wait_for="[data-page]")
    expect(page.get_by_role("heading", name="Không có trang này")).to_be_visible()
    page.get_by_role("link", name="Về Toàn cảnh").click()
    expect(page.locator(".place")).to_have_count(24)
