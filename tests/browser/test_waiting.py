"""Numbers that do not answer what is asked, or that are old: every page says so, and judges nothing by them."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.stage import Stage

FIRST = {
    "/tre-han": "#late-fields td",
    "/trach-nhiem": "#blame-stops td",
    "/thu-xin-loi": "#letter-units td",
    "/1022": "[data-part=calls_units] td",
    "/hai-long": "[data-part=content_units] td",
    "/trong-ngay": "[data-part=same_day_units] td",
}
EMPTY_ON = ("/", *FIRST, "/ho-so")
JUDGED = ".main :is(.mark, td, .fact b):is(.late, .watch, .fine)"


@pytest.mark.parametrize("address", FIRST)
def test_numbers_of_an_earlier_choice_pale_and_it_is_said(open_page: Open, stage: Stage, address: str) -> None:
    stage.forgives = "503|does not answer"
    page = open_page(address, wait_for=FIRST[address])
    before = page.locator(FIRST[address]).all_inner_texts()
    stage.store.broken = True
    try:
        page.evaluate("() => dash_clientside.board.state.choose({ geo: '24' })")
        expect(page.locator("#main")).to_have_attribute("data-waiting", "yes")
        expect(page.locator("#banner [data-part=waits]")).to_contain_text("là của lựa chọn trước")
        assert page.locator(FIRST[address]).all_inner_texts() == before
    finally:
        stage.store.broken = False
    page.evaluate("() => dash_clientside.board.state.choose({ geo: '' })")
    expect(page.locator("#main")).not_to_have_attribute("data-waiting", re.compile("."))
    expect(page.locator("#banner [data-part=waits]")).to_have_text("")


@pytest.mark.parametrize("address", FIRST)
def test_nothing_is_judged_by_old_figures(open_page: Open, stage: Stage, address: str) -> None:
    page = open_page(address, wait_for=FIRST[address])
    expect(page.locator("#main")).not_to_have_attribute("data-silent", "yes")
    old = {key: feed | {"state": "silent"} for key, feed in stage.frame["feeds"].items()}
    stage.change(feeds=old)
    expect(page.locator("#main")).to_have_attribute("data-silent", "yes")
    expect(page.locator(JUDGED)).to_have_count(0)


@pytest.mark.parametrize("address", EMPTY_ON)
def test_before_anything_has_come_a_page_says_so_instead_of_zero(open_page: Open, stage: Stage, address: str) -> None:
    stage.supply.edition = None
    empty = stage.store.empty_frame() | {
        "version": stage.version + 1,
        "as_of": (stage.store.now - timedelta(seconds=1)).isoformat(),
    }
    stage.show(empty)
    page = open_page(address, wait_for='html[data-filled="no"]')
    expect(page.locator("#empty h1")).to_have_text("Đang nạp những số liệu đầu tiên")
    expect(page.locator("#main")).to_be_hidden()


@pytest.mark.parametrize("address", EMPTY_ON)
def test_without_the_database_a_page_says_so_instead_of_loading(open_page: Open, stage: Stage, address: str) -> None:
    stage.forgives = "503|does not answer|Callback error updating"
    stage.store.broken = True
    stage.say("stale", "database")
    try:
        page = open_page(address, wait_for='html[data-filled="no"]')
        expect(page.locator("#empty h1")).to_have_text("Cơ sở dữ liệu chưa trả lời")
        expect(page.locator("#banner")).not_to_contain_text("Mọi số")
    finally:
        stage.store.broken = False
