"""The hotline, satisfaction and results within the day: each journey without an error in the console."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Open
from tests.browser.stage import Stage

HOTLINE, CONTENT, SAME_DAY = "[data-part=calls_bursts] table", "[data-part=content_units] table", ".course-chart"
PAGES = {"/1022": HOTLINE, "/hai-long": CONTENT, "/trong-ngay": SAME_DAY}


def cell(page: Page, panel: str, row: str, column: int) -> str:
    return page.locator(f"[data-part={panel}] tbody tr[data-key='{row}'] > *").nth(column).inner_text()


def test_the_number_of_a_category_leads_to_as_many_calls(open_page: Open) -> None:
    page = open_page("/1022", wait_for=HOTLINE)
    late = page.locator("[data-part=calls_categories] tr[data-key='tieng-on'] .asks").nth(2)
    said = late.inner_text()
    late.click()
    expect(page).to_have_url(re.compile("cat=tieng-on.*calls=late|calls=late.*cat=tieng-on"))
    expect(page.locator(".calls-list .note")).to_have_text(f"{said} phản ánh")
    expect(page.locator(".calls-list h2")).to_have_text("Đang trễ · Tiếng ồn")
    page.get_by_role("button", name="Đóng danh sách").click()
    expect(page.locator(".calls-list")).to_be_hidden()
    page.go_back()
    expect(page.locator(".calls-list")).to_be_visible()


def test_a_cell_of_unit_and_category_leads_to_its_calls(open_page: Open, stage: Stage) -> None:
    page = open_page("/1022", wait_for=HOTLINE)
    button = page.locator("[data-part=calls_matrix] tbody button").first
    late, _ = button.inner_text().split("/")
    button.click()
    expect(page.locator(".calls-list .note")).to_have_text(f"{late.strip()} phản ánh")


def test_an_hour_of_the_week_leads_to_its_calls(open_page: Open) -> None:
    page = open_page("/1022", wait_for=HOTLINE)
    page.locator("[data-slot='33']").click()
    expect(page).to_have_url(re.compile("slot=33"))
    expect(page.locator(".calls-list h2")).to_contain_text("Gọi đến")
    expect(page.locator(".calls-list h2")).to_contain_text("Thứ Ba 9–10 giờ")


def test_long_lists_are_turned_page_by_page(open_page: Open) -> None:
    page = open_page("/1022?calls=open", wait_for=".calls-list tbody tr")
    expect(page.locator(".calls-list tbody tr")).to_have_count(50)
    expect(page.locator(".pager span")).to_contain_text("trang 1 /")
    page.get_by_role("button", name="Trang sau").click()
    expect(page).to_have_url(re.compile("page=2"))
    expect(page.locator(".pager span")).to_contain_text("trang 2 /")


def test_median_and_ninth_tenth_are_told_and_never_a_mean(open_page: Open) -> None:
    page = open_page("/1022", wait_for=HOTLINE)
    expect(page.locator("[data-tile=calls_answer] [data-part=first]")).to_contain_text("9/10 dưới")
    expect(page.locator(".waits")).to_have_count(2)
    expect(page.locator(".calls_waits .note").last).to_contain_text("nguồn không gửi thời điểm chuyển")
    expect(page.locator(".waits .level.median")).to_have_count(2)
    expect(page.locator(".waits").first).not_to_contain_text("trung bình")


def test_a_category_is_chosen_and_cleared(open_page: Open) -> None:
    page = open_page("/1022", wait_for=HOTLINE)
    page.get_by_role("button", name="Tiếng ồn", exact=True).first.click()
    expect(page.locator(".chosen-category")).to_contain_text("Tiếng ồn")
    expect(page.locator(".calls_units .note")).to_have_text("chỉ Tiếng ồn")
    page.get_by_role("button", name="Bỏ chọn Tiếng ồn").click()
    expect(page.locator(".chosen-category")).to_be_empty()


def test_a_silent_hotline_is_grey(open_page: Open, stage: Stage) -> None:
    page = open_page("/1022", wait_for=HOTLINE)
    expect(page.locator("[data-tile=calls_late] .verdict")).not_to_have_class(re.compile("unknown"))
    stage.change(feeds={"hotline": stage.frame["feeds"]["hotline"] | {"state": "silent"}})
    expect(page.locator("[data-tile=calls_late] .verdict")).to_have_class(re.compile("unknown"))
    expect(page.locator(".calls_categories .feed-notice")).to_contain_text("nguồn im lặng")


def test_97_percent_of_half_is_shown_as_what_it_is(open_page: Open) -> None:
    page = open_page("/hai-long", wait_for=CONTENT)
    expect(page.locator("[data-fact=bounds] b")).to_have_text("48,5–98,5 %")
    expect(page.locator("[data-fact=answered] b")).to_have_text("50,0 %")
    expect(page.locator(".content-why p")).to_have_text(re.compile(r"^[^.]+\. [^.]+\.$"))  # two sentences


def test_too_few_answers_stand_last_with_their_n(open_page: Open, stage: Stage) -> None:
    page = open_page("/hai-long", wait_for=CONTENT)
    last = page.locator("[data-part=content_units] tbody tr").last
    expect(last).to_contain_text("n = 14")
    expect(last.locator(".pale")).to_have_count(3)  # neither bounds nor tipping point are told as if they were known


def test_a_unit_is_chosen_by_the_keyboard(open_page: Open) -> None:
    page = open_page("/hai-long", wait_for=CONTENT)
    page.locator("[data-part=content_units] tbody tr .asks").first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("unit="))


def test_the_campaign_tells_its_pace_and_its_end(open_page: Open) -> None:
    page = open_page("/trong-ngay", wait_for=SAME_DAY)
    expect(page.locator("[data-fact=done] b")).to_have_text("561.000")
    expect(page.locator("[data-fact=pace]")).to_contain_text("đang vượt")
    expect(page.locator("[data-fact=forecast]")).to_contain_text("mục tiêu 700.000")
    expect(page.locator(".same_day_course .note").last).to_contain_text("tạm thời, chưa kiểm chứng")


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("query", ["", "?lang=en&theme=dark", "?geo=168"])
def test_every_page_fits_the_phone(open_page: Open, address: str, query: str) -> None:
    page = open_page(address + query, PHONE, wait_for=PAGES[address])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("main")).not_to_contain_text(re.compile("undefined|NaN|null"))


@pytest.mark.parametrize("address", PAGES)
def test_a_page_of_a_city_without_data_says_so(open_page: Open, stage: Stage, address: str) -> None:
    stage.show(stage.store.empty_frame() | {"version": 90_000, "as_of": "2000-01-01T00:00:00+07:00"})
    page = open_page(address, DESK, wait_for='html[data-filled="no"]')
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("main")).to_be_hidden()
