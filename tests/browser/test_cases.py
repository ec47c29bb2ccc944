"""The case list: from a number to its files, a page at a time."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from dashboard.problems import Problem
from tests.browser.conftest import PHONE, Open
from tests.browser.fake_cases import TOTAL
from tests.browser.stage import Stage

ROWS = "#cases tbody tr"


class Shut:
    """A scope that lets nobody in."""

    def of(self, account: object) -> None:
        raise Problem(401, "case files need an account", "Sign in.")


@pytest.fixture
def shut(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("dashboard.scope.Scope.of", Shut.of)
    stage.forgives = "401"
    yield


def test_a_number_leads_to_as_many_files_and_back(open_page: Open, stage: Stage) -> None:
    page = open_page("/tre-han", wait_for="#late-fields a.value")
    page.locator("#late-fields tr[data-key='784'] a.value:not([href*='field=ho-tich'])").first.click()
    expect(page).to_have_url(re.compile(r"/ho-so\?.*unit=784"))
    page.locator(ROWS).first.wait_for()
    expect(page.locator(".cases-total")).to_contain_text(f"{TOTAL} hồ sơ")
    assert stage.store.cases.asked[-1]["unit"] == "784"
    assert stage.store.cases.asked[-1]["mode"] == "late"
    page.go_back()
    expect(page.locator("#late-fields td").first).to_be_visible()


def test_more_rows_come_as_one_reads_on(open_page: Open) -> None:
    page = open_page("/ho-so", wait_for=ROWS)
    page.locator(".more").scroll_into_view_if_needed()
    expect(page.locator(ROWS)).to_have_count(200)
    page.locator(".more").scroll_into_view_if_needed()
    expect(page.locator(ROWS)).to_have_count(TOTAL)
    expect(page.locator(".more")).to_be_hidden()


def test_a_row_names_the_holder_the_days_and_leads_to_its_dossier(open_page: Open) -> None:
    page = open_page("/ho-so", wait_for=ROWS)
    row = page.locator(ROWS).nth(1)
    expect(row.locator("a")).to_have_attribute("href", "/ho-so/H29.155-261022-00001")
    expect(row.locator(".case-holder")).to_contain_text("Phòng Đăng ký và cấp giấy")
    expect(row.locator(".case-days_late")).to_have_text("299")
    expect(page.locator(ROWS).first.locator(".case-days_late")).to_have_text("–")


def test_what_is_chosen_beside_the_bar_can_be_taken_off(open_page: Open, stage: Stage) -> None:
    page = open_page("/ho-so?age=4-7&holder=42&mode=late", wait_for=ROWS)
    assert (stage.store.cases.asked[-1]["age"], stage.store.cases.asked[-1]["holder"]) == ("4-7", "42")
    page.locator(".chips button", has_text="4–7").click()
    expect(page).not_to_have_url(re.compile("age="))
    expect(page.locator(".chips button")).to_have_count(1)


def test_none_is_said_in_words(open_page: Open) -> None:
    page = open_page("/ho-so?field=ho-tich", wait_for="#cases .calm")
    expect(page.locator("#cases .calm")).to_have_text("Không có hồ sơ nào như vậy.")


def test_who_may_not_see_case_files_is_told_so(open_page: Open, shut: None) -> None:
    page = open_page("/ho-so", wait_for="#cases .calm")
    expect(page.locator("#cases .calm")).to_contain_text("Cần đăng nhập")


def test_without_the_database_the_list_says_so(open_page: Open, stage: Stage) -> None:
    stage.forgives = "503|does not answer"
    page = open_page("/ho-so", wait_for=ROWS)
    stage.store.broken = True
    try:
        page.locator(".filters .segment", has_text="trả trễ").first.click()
        expect(page.locator("#cases .calm")).to_contain_text("Chưa đọc được")
    finally:
        stage.store.broken = False


def test_the_phone_shows_each_file_whole(open_page: Open) -> None:
    page = open_page("/ho-so?lang=en", PHONE, wait_for=ROWS)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator(ROWS).nth(1)).to_contain_text("Land change registration")
