"""The journeys people make on the overview, each without an error in the console."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, WALL, Open
from tests.browser.stage import Stage


def value(page: Page, tile: str):
    return page.locator(f'[data-tile="{tile}"] [data-part="value"]')


def test_the_overview_tells_the_city_in_vietnamese(open_page: Open) -> None:
    page = open_page("/")
    expect(value(page, "dossiers_open")).to_have_text("271.204")
    expect(value(page, "accepted_late_rate_30d")).to_have_text("8,9\u00a0%")
    expect(value(page, "satisfaction")).to_have_text("54–98\u00a0%")
    expect(page.locator(".simulated")).to_have_text("dữ liệu mô phỏng")
    expect(page.locator(".place")).to_have_count(24)
    expect(page).to_have_title(re.compile("Toàn cảnh · Điều hành"))


def test_the_desk_shows_everything_without_scrolling(open_page: Open) -> None:
    page = open_page("/", DESK)
    expect(page.locator(".heat td").first).to_be_visible()
    assert page.evaluate(
        "[document.documentElement.scrollHeight <= innerHeight, document.body.scrollWidth <= innerWidth]"
    ) == [True, True]


def test_the_phone_never_scrolls_sideways(open_page: Open) -> None:
    for address in ("/", "/?geo=168", "/nguon", "/dinh-nghia"):
        page = open_page(address, PHONE)
        expect(page.locator(".nav a:visible").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_a_number_that_changed_glows_and_nothing_else_does(open_page: Open, stage: Stage) -> None:
    page = open_page("/")
    expect(value(page, "dossiers_late")).to_have_text("4.865")
    stage.change(city={"dossiers_late": 4_866})
    expect(value(page, "dossiers_late")).to_have_text("4.866")
    expect(value(page, "dossiers_late")).to_have_class(re.compile("glow"))
    expect(value(page, "dossiers_open")).not_to_have_class(re.compile("glow"))


def test_a_zoomed_chart_stays_zoomed_when_frames_come(open_page: Open, stage: Stage) -> None:
    page = open_page("/")
    page.locator(".js-plotly-plot .bars").first.wait_for(state="attached")
    plot = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert plot is not None
    page.mouse.move(plot["x"] + plot["width"] * 0.2, plot["y"] + 20)
    page.mouse.down()
    page.mouse.move(plot["x"] + plot["width"] * 0.5, plot["y"] + 20, steps=5)
    page.mouse.up()
    zoomed = page.evaluate("document.querySelector('.js-plotly-plot').layout.xaxis.range")
    assert zoomed[1] - zoomed[0] < 5
    received = list(stage.frame["hours"]["received"])
    received[0] += 700  # hours to come have no bar
    stage.change(hours={"received": received})
    drawn = "document.querySelector('.js-plotly-plot')"
    expect(page.locator("#hours-chart")).to_be_visible()
    expect(page.locator('[data-part="frame"]')).to_have_text(f"khung {stage.version:,}".replace(",", "."))
    assert page.evaluate(f"{drawn}.data[0].y.includes({received[0]})")
    assert page.evaluate(f"{drawn}.layout.xaxis.range") == zoomed


def test_a_click_on_a_unit_asks_about_it_and_back_returns(open_page: Open) -> None:
    page = open_page("/")
    page.locator('.place[data-key="784"]').click()
    expect(page).to_have_url(re.compile("unit=784"))
    expect(page.locator(".chip")).to_contain_text("Huyện Hóc Môn")
    expect(value(page, "dossiers_open")).not_to_have_text("271.204")
    expect(page.locator(".rows .row").first).to_contain_text("Hóc Môn")
    page.go_back()
    expect(value(page, "dossiers_open")).to_have_text("271.204")
    expect(page.locator(".chip")).to_have_count(0)


def test_the_address_holds_what_is_chosen(open_page: Open) -> None:
    page = open_page("/?geo=168&ind=dossiers_late&lang=en&theme=dark")
    expect(page.locator(".place")).to_have_count(168)
    expect(page.get_by_role("combobox", name="Indicator shown").locator("option:checked")).to_have_text(
        "Overdue dossiers"
    )
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(value(page, "dossiers_open")).to_have_text("271,204")


def test_choosing_another_geography_changes_the_address(open_page: Open) -> None:
    page = open_page("/")
    expect(page.locator(".place")).to_have_count(24)
    chooser = page.get_by_role("combobox", name="Địa giới")
    chooser.select_option(label=chooser.locator("option", has_text="168 phường").inner_text())
    expect(page.locator(".place")).to_have_count(168)
    expect(page).to_have_url(re.compile("geo=168"))


def test_units_are_found_without_diacritics(open_page: Open) -> None:
    page = open_page("/")
    expect(page.locator(".place")).to_have_count(24)
    search = page.get_by_role("combobox", name="Tìm đơn vị")
    search.click()
    search.press_sequentially("go vap")
    found = page.locator("#filter-units [role=option]")
    expect(found).to_have_count(1)
    found.filter(has_text="Quận Gò Vấp").click()
    expect(page).to_have_url(re.compile("unit=764"))


def test_what_is_not_fed_is_never_zero(open_page: Open, stage: Stage) -> None:
    page = open_page("/")
    expect(page.locator('.place[data-key="787"]')).to_have_class(re.compile("hatched"))
    stage.change(city={"tickets_open": None, "tickets_late": None})
    expect(value(page, "tickets_open")).to_have_text("chưa có số liệu")


def test_a_silent_source_greys_what_depends_on_it(open_page: Open, stage: Stage) -> None:
    page = open_page("/")
    expect(value(page, "on_time_rate_30d")).to_have_attribute("data-status", "watch")
    stage.change(feeds={"portal": stage.frame["feeds"]["portal"] | {"state": "silent"}})
    expect(value(page, "on_time_rate_30d")).to_have_attribute("data-status", "unknown")
    expect(page.locator('[data-tile="on_time_rate_30d"] .since')).to_contain_text("nguồn im lặng")
    expect(page.locator('[data-tile="tickets_open"]')).to_have_attribute("data-health", "live")


def test_pause_freezes_the_screen_and_resume_catches_up(open_page: Open, stage: Stage) -> None:
    page = open_page("/")
    expect(value(page, "dossiers_late")).to_have_text("4.865")
    page.get_by_role("button", name="Tạm dừng").click()
    expect(page.locator(".live .state")).to_contain_text("tạm dừng · số liệu lúc")
    stage.change(city={"dossiers_late": 5_000})
    stage.change(city={"dossiers_late": 5_001})
    expect(value(page, "dossiers_late")).to_have_text("4.865")
    page.get_by_role("button", name="Tiếp tục").click()
    expect(value(page, "dossiers_late")).to_have_text("5.001")
    expect(page.locator(".live .state")).to_have_text("trực tiếp")


def test_a_hidden_tab_paints_nothing_and_catches_up_when_shown(open_page: Open, stage: Stage) -> None:
    page = open_page("/")
    expect(value(page, "dossiers_late")).to_have_text("4.865")
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    stage.change(city={"dossiers_late": 5_002})
    newest = "window.dash_clientside.board.live.newest().version"
    while page.evaluate(newest) != stage.version:
        page.wait_for_timeout(50)
    assert value(page, "dossiers_late").text_content() == "4.865"
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    expect(value(page, "dossiers_late")).to_have_text("5.002")


def test_a_lost_connection_is_said_and_mended(open_page: Open, stage: Stage) -> None:
    page = open_page("/")
    expect(page.locator(".live .state")).to_have_text("trực tiếp")
    stage.stop()
    expect(page.locator(".live .state")).to_have_text("mất kết nối, đang nối lại")
    expect(page.locator(".banner")).to_contain_text("Mất kết nối với máy chủ")
    stage.restart()
    stage.change(city={"dossiers_late": 6_000})
    expect(value(page, "dossiers_late")).to_have_text("6.000")
    expect(page.locator(".live .state")).to_have_text("trực tiếp")


def test_a_dead_database_marks_the_last_frame_as_old(open_page: Open, stage: Stage) -> None:
    page = open_page("/")
    stage.say("stale", "database_down")
    expect(page.locator(".live .state")).to_have_text("số liệu cũ")
    expect(page.locator(".banner")).to_contain_text("Không có số liệu mới từ")
    stage.say("live", "ok")
    expect(page.locator(".live .state")).to_have_text("trực tiếp")


def test_the_first_minutes_of_a_city_are_a_calm_page(open_page: Open, stage: Stage) -> None:
    stage.show(stage.store.empty_frame() | {"version": 90_000, "as_of": "2000-01-01T00:00:00+07:00"})
    page = open_page("/", wait_for='html[data-filled="no"]')
    expect(page.get_by_role("heading", name="Đang nạp những số liệu đầu tiên")).to_be_visible()
    expect(page.locator(".tiles")).to_be_hidden()


def test_language_and_theme_switch(open_page: Open) -> None:
    page = open_page("/")
    page.locator("#language").click()
    expect(page.locator('[data-tile="dossiers_late"] h2')).to_have_text("Overdue")
    expect(value(page, "dossiers_open")).to_have_text("271,204")
    before = page.locator("html").get_attribute("data-theme")
    page.locator("#theme").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", before or "")


def test_the_wall_is_dark_and_has_nothing_to_touch(open_page: Open) -> None:
    page = open_page("/?wall=1", WALL)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(value(page, "dossiers_open")).to_be_visible()
    for part in (".nav", ".controls", ".choosers", ".about"):
        expect(page.locator(part).first).to_be_hidden()
    assert page.evaluate(
        "[document.documentElement.scrollHeight <= innerHeight, document.body.scrollWidth <= innerWidth]"
    ) == [True, True]


def test_a_definition_is_one_click_away(open_page: Open) -> None:
    page = open_page("/")
    page.get_by_label("Định nghĩa: Trễ hẹn", exact=True).click()
    expect(page.locator(".about-box[open] .about-text")).to_contain_text("Hồ sơ không có ngày hẹn")
    page.get_by_role("link", name="Xem định nghĩa đầy đủ").click()
    expect(page.locator("#dossiers_late")).to_be_in_viewport()


def test_no_page_is_heavier_than_a_photo(open_page: Open, stage: Stage, browser) -> None:
    for address in ("/", "/nguon", "/dinh-nghia"):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        answers = []
        page.on("requestfinished", lambda request, into=answers: into.append(request))
        page.goto(stage.url + address)
        page.locator("html[data-filled=yes]").wait_for(state="attached")
        page.wait_for_load_state("load")
        sent = sum(answer.sizes()["responseBodySize"] for answer in answers)
        context.close()
        assert sent < 1_500_000, (address, sent)


def test_a_page_opened_while_the_database_is_down_fills_when_it_is_back(open_page: Open, stage: Stage) -> None:
    stage.forgives = "503|Callback error updating"
    stage.store.broken = True
    page = open_page("/", wait_for='html[data-filled="no"]')
    expect(page.locator("#empty")).to_be_visible()
    stage.store.broken = False
    expect(value(page, "dossiers_open")).to_have_text("271.204")


def test_every_number_leads_to_what_is_behind_it(open_page: Open, stage: Stage) -> None:
    page = open_page("/?geo=24")
    leads = page.locator(".tile .leads").evaluate_all("all => all.map((link) => link.getAttribute('href'))")
    assert leads[1:2] == ["/tre-han?geo=24"]
    assert {"/ho-so?geo=24&mode=open", "/1022?geo=24", "/hai-long?geo=24"} <= set(leads)
    first = page.locator("#attention-list .rows .row").first
    unit = first.get_attribute("data-key")
    expect(first.locator(".cell.late a")).to_have_attribute("href", f"/ho-so?geo=24&unit={unit}")
    page.locator('[data-tile="accepted_late_rate_30d"] .leads').click()
    expect(page).to_have_url(re.compile(r"/tre-han\?geo=24&mode=accepted"))
    page.go_back()
    page.locator("#heatmap-table a.value").first.click()
    expect(page).to_have_url(re.compile(r"/ho-so\?geo=24&field="))
