"""The page of late dossiers and its filter bar: each journey without an error in the console."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, WALL, Open
from tests.browser.fake_lateness import window_of
from tests.browser.stage import Stage

FILLED = "#late-fields td"


def rows(page: Page, matrix: str) -> list[str]:
    return page.locator(f"#{matrix} tbody th").all_inner_texts()


def test_the_matrix_of_fields_shows_the_frame_and_each_cell_leads_to_its_files(open_page: Open, stage: Stage) -> None:
    page = open_page("/tre-han", wait_for=FILLED)
    open_, late = stage.frame["fields"]["784"]["dat-dai"]
    row = page.locator("#late-fields tbody tr[data-key='784']")
    column = page.locator("#late-fields thead th").evaluate_all(
        "all => all.findIndex(th => th.dataset.key === 'dat-dai')"
    )
    cell = row.locator("td").nth(column - 1)
    expect(cell).to_have_text(f"{100 * late / open_:.1f}".replace(".", ","))
    address = cell.locator("a").get_attribute("href")
    assert address is not None and {"unit=784", "field=dat-dai"} <= set(address.split("?")[1].split("&"))
    cell.hover()
    expect(page.locator(".tip")).to_contain_text(re.compile(rf"{late:,} trễ trên".replace(",", ".")))
    expect(page.locator(".tip")).to_contain_text("khoảng 95 %")


def test_the_window_says_its_dates_and_the_address_keeps_it(open_page: Open, stage: Stage) -> None:
    page = open_page("/tre-han", wait_for=FILLED)
    expect(page.locator(".filters .dates")).to_have_text(window_of(stage.store.now, 30))
    page.get_by_role("button", name="90 ngày").click()
    expect(page).to_have_url(re.compile("win=90"))
    expect(page.locator(".filters .dates")).to_have_text(window_of(stage.store.now, 90))
    page.go_back()
    expect(page.get_by_role("button", name="30 ngày")).to_have_attribute("aria-pressed", "true")


def test_two_days_are_chosen_instead_of_so_many(open_page: Open) -> None:
    page = open_page("/tre-han?mode=finished&win=7", wait_for=FILLED)
    page.get_by_role("button", name="chọn ngày").click()
    expect(page).to_have_url(re.compile(r"win=\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d"))
    page.get_by_label("Từ ngày").fill("2026-01-01")
    page.get_by_label("Đến ngày").fill("2026-03-31")
    expect(page).to_have_url(re.compile("win=2026-01-01_2026-03-31"))
    expect(page.locator(".filters .dates")).to_have_text("01/01/2026 – 31/03/2026")
    page.reload()
    expect(page.get_by_label("Từ ngày")).to_have_value("2026-01-01")
    page.get_by_role("button", name="7 ngày", exact=True).click()
    expect(page.get_by_label("Từ ngày")).to_be_hidden()


def test_a_unit_is_found_without_its_marks_by_the_keyboard_alone(open_page: Open) -> None:
    page = open_page("/tre-han", wait_for=FILLED)
    page.get_by_role("combobox", name="Tìm đơn vị").focus()
    page.keyboard.type("go vap")
    expect(page.locator("#filter-units [role=option]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("unit=764"))
    expect(page.locator("#late-fields tbody th").nth(1)).to_have_text("Gò Vấp")
    page.get_by_role("button", name="Bỏ lọc").click()
    expect(page).not_to_have_url(re.compile("unit="))


def test_names_stand_in_vietnamese_order(open_page: Open) -> None:
    page = open_page("/tre-han?sort=name&geo=24", wait_for=FILLED)
    names = rows(page, "late-fields")[1:]
    assert names.index("Tân Phú") < names.index("Thủ Đức") < len(names)
    assert names.index("Quận 2") < names.index("Quận 10")


def test_the_communes_stand_folded_under_their_former_districts(open_page: Open) -> None:
    page = open_page("/tre-han?geo=168", wait_for=FILLED)
    folds = page.locator("#late-fields .fold")
    expect(folds.first).to_have_attribute("aria-expanded", "false")
    before = len(rows(page, "late-fields"))
    folds.first.click()
    expect(page).to_have_url(re.compile("group="))
    expect(page.locator("#late-fields .fold").first).to_have_attribute("aria-expanded", "true")
    assert len(rows(page, "late-fields")) > before


def test_the_switch_shows_what_was_finished_and_accepted_late(open_page: Open) -> None:
    page = open_page("/tre-han", wait_for=FILLED)
    page.locator("[data-sum=accepted] button").click()
    expect(page).to_have_url(re.compile("mode=accepted"))
    expect(page.locator("#late-holders .calm")).to_have_text(re.compile("một cửa"))
    page.get_by_role("button", name="trả trễ", exact=True).click()
    expect(page.locator("#late-holders td").first).to_be_visible()
    href = page.locator("#late-fields a.value").first.get_attribute("href") or ""
    assert "mode=finished" in href


def test_missing_is_hatched_zero_is_zero_and_few_are_pale_with_their_n(open_page: Open) -> None:
    page = open_page("/tre-han", wait_for=FILLED)
    expect(page.locator("#late-weeks td.hatched").first).to_have_text("")
    expect(page.locator("#late-fields tr[data-key='773'] td.few").first).to_have_text(re.compile(r"^n = \d+$"))
    expect(page.locator("#late-weeks td:not(.hatched)", has_text=re.compile("^0,0$")).first).to_be_visible()


def test_arrow_keys_walk_the_cells_and_a_matrix_is_one_stop_of_the_tabulator(open_page: Open) -> None:
    page = open_page("/tre-han", wait_for=FILLED)
    assert page.locator('#late-fields a.value[tabindex="0"]').count() == 1
    page.locator('#late-fields a.value[tabindex="0"]').focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('tr').rowIndex") > 1
    assert page.locator('#late-fields a.value[tabindex="0"]').count() == 1


def test_without_the_database_the_page_still_shows_what_the_frame_tells(open_page: Open, stage: Stage) -> None:
    stage.forgives = "503|does not answer"
    page = open_page("/tre-han", wait_for=FILLED)
    stage.store.broken = True
    try:
        page.get_by_role("button", name="7 ngày").click()
        expect(page.locator("#late-fields td").first).to_be_visible()
    finally:
        stage.store.broken = False


def test_no_size_scrolls_sideways(open_page: Open) -> None:
    for size in (PHONE, DESK, WALL):
        page = open_page("/tre-han?geo=168", size, wait_for=FILLED)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size


def test_the_phone_folds_the_bar_and_its_targets_are_large(open_page: Open) -> None:
    page = open_page("/tre-han", PHONE, wait_for=FILLED)
    expect(page.locator(".segments").first).to_be_hidden()
    page.get_by_role("button", name=re.compile("Bộ lọc")).click()
    expect(page.locator(".segments").first).to_be_visible()
    sizes = page.locator(".filters :is(.segment, select, input):visible").evaluate_all(
        "all => all.map(one => one.offsetHeight)"
    )
    assert min(sizes) >= 42


def test_english_is_whole(open_page: Open) -> None:
    page = open_page("/tre-han?lang=en", wait_for=FILLED)
    expect(page.locator("#late-ages .bar-name").first).to_have_text("1–3 days")
    expect(page.locator(".sum .name").first).to_have_text("Late now")


def test_days_that_were_over_before_a_source_fell_silent_stay_known(open_page: Open, stage: Stage) -> None:
    silent = {"portal": stage.frame["feeds"]["portal"] | {"state": "silent"}}
    today, past = "/tre-han?mode=finished&win=30", "/tre-han?mode=finished&win=2026-01-01_2026-03-31"
    pages = [open_page(path, wait_for=FILLED) for path in (today, past)]
    stage.change(feeds=silent)
    expect(pages[0].locator("#late-fields td.grey").first).to_be_visible()
    pages[1].wait_for_timeout(1_500)
    expect(pages[1].locator("#late-fields td.grey")).to_have_count(0)
