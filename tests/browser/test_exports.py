"""What is on the screen leaves it as a file: the menu of a panel, and that of the page."""

import csv
import io
import threading

import openpyxl
import pypdf
import pytest
from PIL import Image
from playwright.sync_api import Download, Page, expect

from tests.browser.conftest import Open
from tests.browser.stage import Stage


def hand_out(page: Page, panel: str, kind: str) -> Download:
    """Take a file from the menu of a panel."""
    menu = page.locator(f"{panel} details.export").first
    menu.locator("summary").click()
    with page.expect_download() as download:
        menu.locator(f"[data-export={kind}]").click()
    return download.value


def test_a_panel_hands_out_as_many_rows_as_it_shows(open_page: Open, stage: Stage) -> None:
    page = open_page("/")
    shown = len(stage.frame["attention"]["22"])
    excel = hand_out(page, ".attention-panel", "xlsx")
    assert excel.suggested_filename.startswith("overview-attention-")
    assert excel.suggested_filename.endswith(f"-v{stage.frame['version']}.xlsx")
    assert openpyxl.load_workbook(io.BytesIO(excel.path().read_bytes())).worksheets[1].max_row == shown + 1
    written = hand_out(page, ".attention-panel", "csv").path().read_text(encoding="utf-8-sig")
    assert len(list(csv.reader(io.StringIO(written)))) == shown + 1


def test_the_paper_is_of_the_frame_and_the_choices_on_the_screen(open_page: Open, stage: Stage) -> None:
    page = open_page("/?geo=24&unit=784")
    paper = pypdf.PdfReader(hand_out(page, ".controls", "pdf").path())
    version = f"{stage.frame['version']:,}".replace(",", ".")
    assert all(f"khung {version} · số liệu lúc" in sheet.extract_text() for sheet in paper.pages)
    assert "24 quận, huyện" in paper.pages[0].extract_text()
    assert "Huyện Hóc Môn" in paper.pages[0].extract_text()


def test_the_picture_of_a_panel_shows_all_of_it(open_page: Open) -> None:
    page = open_page("/")
    expect(page.locator(".heat td").first).not_to_be_empty()
    panel = page.locator(".heatmap-panel").bounding_box()
    with Image.open(hand_out(page, ".heatmap-panel", "png").path()) as picture:
        assert panel is not None
        assert picture.width >= 2 * panel["width"] and picture.height > 2 * panel["height"]
        colours = picture.convert("RGB").getcolors(1 << 24) or []
    assert len(colours) > 300, "text is drawn with its soft edges"


def test_a_frame_that_is_no_longer_kept_is_said_on_the_page(open_page: Open, stage: Stage) -> None:
    stage.forgives = "404"
    page = open_page("/")
    page.locator("#pause").click()
    stage.change(hours={"day": "2026-01-01"})
    menu = page.locator(".controls details.export")
    menu.locator("summary").click()
    menu.locator("[data-export=xlsx]").click()
    expect(page.locator(".download[data-state=failed]")).to_contain_text("không còn được lưu")


def test_what_takes_long_shows_that_it_comes_and_can_be_stopped(
    open_page: Open, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    monkeypatch.setattr(stage.store, "frame_of", lambda version: gate.wait(60) and None)
    page = open_page("/")
    menu = page.locator(".controls details.export")
    menu.locator("summary").click()
    menu.locator("[data-export=xlsx]").click()
    line = page.locator(".download")
    expect(line).to_contain_text("Đang chuẩn bị overview.xlsx")
    line.get_by_label("Dừng").click()
    expect(line).to_have_count(0)
    gate.set()


def test_a_lost_connection_is_said_on_the_page(open_page: Open, stage: Stage) -> None:
    page = open_page("/")
    stage.stop()
    menu = page.locator(".controls details.export")
    menu.locator("summary").click()
    menu.locator("[data-export=pdf]").click()
    expect(page.locator(".download[data-state=failed]")).to_contain_text("Mất kết nối")
    stage.restart()
