"""Who made it late, one dossier, letters of apology: what a reader finds there."""

from playwright.sync_api import expect

from tests.browser.conftest import DESK, Open
from tests.browser.fake_course import DOSSIER
from tests.browser.stage import Stage


def test_the_stops_and_the_unit_that_moves_far_more_are_named(open_page: Open) -> None:
    page = open_page("/trach-nhiem", DESK)
    expect(page.locator("#blame-stops tbody th").first).to_contain_text("Lãnh đạo UBND")
    expect(page.locator("#blame-stops .unsplit")).to_contain_text("Không có bước xử lý")
    expect(page.locator("#blame-ledger tr.named")).to_have_count(1)


def test_one_dossier_shows_its_deadlines_and_its_parts(open_page: Open) -> None:
    page = open_page(f"/ho-so/{DOSSIER}", DESK)
    expect(page.locator(".verdict")).to_contain_text("Đang trễ 3 ngày làm việc")
    expect(page.locator(".parts li")).to_have_count(2)
    expect(page.locator(".dossier .draft")).to_have_attribute("href", f"/thu-xin-loi/{DOSSIER}.docx")


def test_an_unknown_dossier_is_said_in_one_sentence(open_page: Open, stage: Stage) -> None:
    stage.forgives = "404"  # the answer that says so
    page = open_page("/ho-so/H29.000", DESK)
    expect(page.locator("#dossier .calm")).to_contain_text("Không có hồ sơ nào mang mã H29.000.")


def test_letters_are_listed_with_their_drafts(open_page: Open) -> None:
    page = open_page("/thu-xin-loi", DESK)
    expect(page.locator("#letter-cases a.button")).to_have_attribute("href", f"/thu-xin-loi/{DOSSIER}.docx")
    expect(page.locator("#letter-rules li")).to_have_count(1)
