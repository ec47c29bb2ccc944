import io
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pypdf
import pytest

from dashboard.exports import paper
from dashboard.exports.cover import cover, line
from dashboard.exports.pages import tables_of
from dashboard.exports.reading import Reading
from dashboard.exports.typeface import REGULAR, fitted, register, width, wrapped
from dashboard.tables import Band, Bars, Column, Heat, Note, Stamp, Table
from tests.browser.fake_store import FakeStore

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 22, 10, 32, 5, tzinfo=ZONE)
STAMP = Stamp("Thành phố Hồ Chí Minh", "Toàn cảnh", 48_213, NOW, NOW)
PANGRAM = "Nguyễn Đức Thịnh ở Hóc Môn: ế ề ể ễ ệ ắ ằ ẳ ẵ ặ ứ ừ ử ữ ự ớ ờ ở ỡ ợ ấ ầ ẩ ẫ ậ ỵ ỷ ỹ ĐĂÂÊÔƠƯ đăâêôơư ≥ × ·"


def written(tables: list[Table], stamp: Stamp = STAMP, language: str = "vi") -> pypdf.PdfReader:
    words = cover(stamp, tables, language, ZONE)
    return pypdf.PdfReader(io.BytesIO(b"".join(paper.write(tables, words, line(stamp, language, ZONE), ZONE))))


def said(reader: pypdf.PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def plain(rows: Any, chart: Any = None, *columns: Column) -> Table:
    return Table("a", "Bảng một", columns or (Column("name", "Tên"), Column("n", "Số", "int")), rows, chart=chart)


def test_every_sheet_is_a4_landscape_and_bears_frame_and_time() -> None:
    reader = written([plain([{"name": f"hàng {n}", "n": n} for n in range(200)])])
    assert len(reader.pages) > 3
    for number, page in enumerate(reader.pages, 1):
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (842, 595)
        found = page.extract_text()
        assert "khung 48.213 · số liệu lúc 10:32:05 22/11/2026" in found
        assert f"trang {number}/{len(reader.pages)}" in found


def test_vietnamese_can_be_copied_from_the_paper() -> None:
    words = PANGRAM.split()
    parts = [" ".join(words[start : start + 8]) for start in range(0, len(words), 8)]
    found = said(written([plain([{"name": part} for part in parts])]))
    assert [part for part in parts if part not in found] == []


def test_the_typeface_is_embedded() -> None:
    fonts: dict[str, Any] = {}
    for page in written([plain([{"name": "ế"}])]).pages:
        fonts |= page["/Resources"]["/Font"]  # type: ignore[operator]
    used = [font.get_object() for font in fonts.values()]
    embedded = [font for font in used if "FontDescriptor" in str(font)]
    assert any("Inter" in str(font["/BaseFont"]) for font in used)
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in embedded)


def test_rows_that_the_meeting_will_not_read_are_told_of() -> None:
    found = said(written([plain([{"name": "x", "n": n} for n in range(700)])]))
    assert "In 600 trên 700 dòng; bản Excel có đủ." in found
    assert "In 600 dòng đầu" in said(written([plain({"name": "x", "n": n} for n in range(700))]))
    assert "In 600" not in said(written([plain([{"name": "x", "n": n} for n in range(600)])]))


def test_a_table_without_rows_says_so() -> None:
    assert "Không có dòng nào." in said(written([plain([])]))


def test_a_table_too_wide_for_the_sheet_goes_on_below_with_its_first_column() -> None:
    columns = (Column("name", "Tên"), *(Column(f"c{n}", f"Cột số {n}", "int") for n in range(40)))
    found = said(written([plain([{"name": "Hóc Môn", **{f"c{n}": 1000 + n for n in range(40)}}], None, *columns)]))
    assert found.count("Hóc Môn") > 1
    assert all(f"{1000 + n:,}".replace(",", ".") in found for n in range(40))


def test_a_heatmap_prints_its_values_in_the_cells_and_no_list_of_them() -> None:
    columns = (Column("u", "Đơn vị"), Column("f", "Lĩnh vực"), Column("r", "Tỷ lệ", "rate"), Column("n", "n", "int"))
    rows = [{"u": u, "f": f, "r": 0.273, "n": 100} for u in ("Gò Vấp", "Củ Chi") for f in ("Đất đai", "Hộ tịch")]
    rows[3] |= {"n": 3, "r": 0.9}
    found = said(written([plain(rows[1:], Heat("u", "f", "r", "n", 30), *columns)]))
    assert found.count("27,3") == 2
    assert "n 3" in found and "90,0" not in found
    assert found.count("Củ Chi") == 1


def test_a_heatmap_of_52_weeks_fits_on_the_sheet() -> None:
    columns = (Column("u", "Đơn vị"), Column("w", "Tuần", "date"), Column("n", "Trễ", "int"))
    rows = [
        {"u": f"đơn vị {u}", "w": f"2026-{1 + w // 5:02}-{1 + w % 5:02}", "n": u + w}
        for u in range(60)
        for w in range(52)
    ]
    reader = written([plain(rows, Heat("u", "w", "n"), *columns)])
    assert "bản Excel có đủ" not in said(reader)
    assert len(reader.pages) == 2


@pytest.mark.parametrize("kind", ["text", "int", "date"])
def test_bars_and_columns_are_drawn(kind: Any) -> None:
    names = {"text": "Gò Vấp", "int": 8, "date": "2026-11-22"}
    columns = (Column("k", "Theo", kind), Column("a", "Nhận", "int"), Column("b", "Trả", "int"))
    found = said(written([plain([{"k": names[kind], "a": 5, "b": None}], Bars("k", ("a", "b")), *columns)]))
    assert "Nhận" in found and "Trả" in found


def test_ranges_are_drawn_with_their_ends() -> None:
    columns = (
        Column("k", "Theo"),
        Column("l", "Thấp", "rate"),
        Column("h", "Cao", "rate"),
        Column("m", "Giữa", "rate"),
    )
    rows = [{"k": "Gò Vấp", "l": 0.485, "h": 0.985, "m": 0.97}, {"k": "Củ Chi", "l": None, "h": None, "m": None}]
    assert "48,5 – 98,5 %" in said(written([plain(rows, Band("k", "l", "h", "m"), *columns)]))


def test_notes_stand_on_the_first_sheet() -> None:
    stamp = Stamp("", "", 1, NOW, NOW, notes=(Note("chuyển hệ thống", NOW.date()),))
    assert "22/11/2026: chuyển hệ thống" in written([plain([])], stamp).pages[0].extract_text()


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("page", ["overview", "sources", "definitions"])
def test_pages_can_be_printed(page: str, language: str) -> None:
    store = FakeStore(NOW)
    tables = tables_of(page, Reading(store, store.frame(), {}, language)) or []
    found = said(written(tables, STAMP, language))
    assert all(fitted(one.title, REGULAR, 1, 400) in found for one in tables)


def test_text_is_cut_to_its_room_and_wrapped_into_few_lines() -> None:
    register()
    cut = fitted("Đăng ký, quản lý cư trú", REGULAR, 10, 60)
    assert cut.endswith("…") and width(cut, REGULAR, 10) <= 60
    lines = wrapped("một hai ba bốn năm sáu bảy", REGULAR, 10, 40, 2)
    assert len(lines) == 2 and all(width(one, REGULAR, 10) <= 40 for one in lines)
