import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from dashboard.exports import delimited, spreadsheet, workbook
from dashboard.exports.cover import cover
from dashboard.exports.pages import stamp_of, tables_of
from dashboard.exports.reading import Reading
from dashboard.exports.router import chosen, count_of, file_name, frame_of, pinned, sent
from dashboard.problems import Problem
from dashboard.tables import Bars, Column, Heat, Note, Stamp, Table, value
from tests.browser.fake_store import FakeStore

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 22, 10, 32, 5, tzinfo=ZONE)
STAMP = Stamp("Thành phố Hồ Chí Minh", "Toàn cảnh", 48_213, NOW, NOW, (("Địa giới", "22 quận"),), simulated=True)
COLUMNS = (
    Column("name", "Đơn vị"),
    Column("code", "Mã", "code"),
    Column("n", "Số", "int"),
    Column("days", "Ngày trễ", "float"),
    Column("rate", "Tỷ lệ", "rate"),
    Column("on", "Ngày", "date"),
    Column("at", "Lúc", "time"),
)
ROW = {
    "name": "Huyện Hóc Môn & <Củ Chi>",
    "code": "0784",
    "n": 1371,
    "days": 2.5,
    "rate": 0.11,
    "on": "2026-11-22",
    "at": "2026-11-22T03:32:05+00:00",
}


def table(rows: Any, **more: Any) -> Table:
    return Table("units", "Trễ hẹn: đơn vị × lĩnh vực", COLUMNS, rows, **more)


def book(tables: list[Table], **more: Any) -> Any:
    written = b"".join(spreadsheet.write(tables, cover(STAMP, tables, "vi", ZONE), ZONE, **more))
    return openpyxl.load_workbook(io.BytesIO(written))


def lines(one: Table) -> list[list[str]]:
    written = b"".join(delimited.write(one, ZONE)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(written, newline="")))


class Store(FakeStore):
    """The made-up city with one frame that is kept, and the one before it."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.newest = super().frame()
        self.before = self.newest | {"version": 48_212}

    def frame(self) -> dict[str, Any]:
        return self.newest

    def frame_of(self, version: int) -> dict[str, Any] | None:
        return self.before if version == 48_212 else None


@pytest.fixture(scope="module")
def store() -> Store:
    return Store()


def reading(store: Store, language: str = "vi", **state: str) -> Reading:
    return Reading(store, store.newest, state, language)


def test_cells_of_excel_are_of_real_types() -> None:
    row = book([table([ROW])]).worksheets[1][2]
    assert [cell.value for cell in row] == [
        "Huyện Hóc Môn & <Củ Chi>",
        "0784",
        1371,
        2.5,
        0.11,
        datetime(2026, 11, 22),  # noqa: DTZ001  (a workbook knows no zones)
        datetime(2026, 11, 22, 10, 32, 5),  # noqa: DTZ001
    ]
    assert [cell.number_format for cell in row[1:5]] == ["@", "#,##0", "#,##0.00", "0.0%"]
    assert all(cell.is_date for cell in row[5:])


def test_a_missing_value_is_an_empty_cell_and_zero_is_zero() -> None:
    row = [cell.value for cell in book([table([{"code": "1", "n": 0, "rate": None}])]).worksheets[1][2]]
    assert row[:5] == [None, "1", 0, None, None]


def test_nothing_a_sheet_shows_is_computed() -> None:
    cell = book([table([{"name": "=1+1"}])]).worksheets[1]["A2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_a_workbook_has_as_many_rows_as_there_are_over_as_many_sheets_as_it_takes() -> None:
    found = book([table({"n": n} for n in range(25))], most_rows=11)
    sheets = found.worksheets[1:]
    assert [sheet.max_row for sheet in sheets] == [11, 11, 6]
    assert [row[2] for sheet in sheets for row in sheet.iter_rows(min_row=2, values_only=True)] == list(range(25))
    said = [cell for row in found.worksheets[0].iter_rows(values_only=True) for cell in row if cell]
    assert 25 in said and any("tiếp ở các trang tính sau" in str(cell) for cell in said)


def test_rows_that_just_fill_a_sheet_need_no_further_one() -> None:
    assert [sheet.max_row for sheet in book([table([{"n": n} for n in range(10)])], most_rows=11).worksheets[1:]] == [
        11
    ]


def test_a_table_without_rows_is_a_sheet_with_its_heading() -> None:
    assert [list(sheet.values) for sheet in book([table([])]).worksheets[1:]] == [[tuple(c.label for c in COLUMNS)]]


def test_sheets_bear_names_that_excel_takes() -> None:
    names = [sheet.title for sheet in book([table([]), table([]), table([])]).worksheets]
    assert len({name.casefold() for name in names}) == 4
    assert all(0 < len(name) <= 31 and not workbook.FORBIDDEN.search(name) for name in names)


def test_the_first_sheet_says_of_what_and_of_when_it_is() -> None:
    said = {row[0]: row[1] for row in book([table([], definitions=("dossiers_late",))]).worksheets[0].values if row[0]}
    assert "Toàn cảnh · Thành phố Hồ Chí Minh" in said
    assert said["Khung số liệu"] == "48.213"
    assert said["Số liệu lúc"] == "10:32:05 22/11/2026"
    assert said["Địa giới"] == "22 quận"
    assert "Trễ hẹn" in said


def test_notes_of_the_leadership_are_on_the_first_sheet() -> None:
    stamp = Stamp("", "", 1, NOW, NOW, notes=(Note("chuyển hệ thống", date(2026, 11, 2), author="chu-tich"),))
    words = cover(stamp, [], "vi", ZONE)
    assert words.notes == (("02/11/2026", "chuyển hệ thống · chu-tich"),)


def test_a_workbook_leaves_while_it_is_written() -> None:
    read = 0

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal read
        for n in range(40_000):
            read += 1
            yield ROW | {"n": n, "name": f"{n * 7919 % 100_003} {n * 104_729 % 999_983}"}

    pieces = spreadsheet.write([table(rows())], cover(STAMP, [], "vi", ZONE), ZONE)
    first = next(pieces)
    assert read < 10_000
    rest = list(pieces)
    assert read == 40_000
    assert max(map(len, rest)) < 400_000
    assert zipfile.ZipFile(io.BytesIO(first + b"".join(rest))).testzip() is None


def test_the_csv_begins_with_a_byte_order_mark_and_keeps_its_letters() -> None:
    written = b"".join(delimited.write(table([ROW]), ZONE))
    assert written.startswith(b"\xef\xbb\xbf")
    assert lines(table([ROW])) == [
        ["Đơn vị", "Mã", "Số", "Ngày trễ", "Tỷ lệ", "Ngày", "Lúc"],
        ["Huyện Hóc Môn & <Củ Chi>", "0784", "1371", "2.5", "0.11", "2026-11-22", "2026-11-22 10:32:05"],
    ]


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_of_a_csv_is_taken_for_a_formula(formula: str) -> None:
    assert not lines(table([{"name": formula}]))[1][0].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_negative_number_of_a_csv_stays_a_number() -> None:
    assert lines(table([{"n": -5}]))[1][2] == "-5"


def test_letters_are_composed_and_control_characters_left_out() -> None:
    row = {"name": "Go\u0300 Va\u0302\u0301p\x00\x1f"}
    assert lines(table([row]))[1][0] == "Gò Vấp"
    assert book([table([row])]).worksheets[1]["A2"].value == "Gò Vấp"


def test_numbers_that_are_none_are_empty() -> None:
    assert lines(table([{"days": float("nan"), "rate": float("inf")}]))[1] == [""] * 7


def test_columns_with_one_key_and_charts_of_no_column_are_refused() -> None:
    with pytest.raises(ValueError, match="one key"):
        Table("a", "A", (Column("x", "X"), Column("x", "Y")), [])
    with pytest.raises(ValueError, match="no column: z"):
        Table("a", "A", (Column("x", "X"),), [], chart=Bars("x", ("z",)))
    with pytest.raises(ValueError, match="no column: n"):
        Table("a", "A", COLUMNS, [], chart=Heat("name", "code", "rate", "no n"))


def test_instants_without_a_zone_are_the_citys_own() -> None:
    assert value(COLUMNS[6], {"at": datetime(2026, 1, 2, 3, tzinfo=UTC)}) == datetime(2026, 1, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize("page", ["overview", "sources", "definitions"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_pages_hand_out_tables_that_can_be_written(store: Store, page: str, language: str) -> None:
    tables = tables_of(page, reading(store, language)) or []
    assert tables
    sheets = book(tables).worksheets[1:]
    assert [sheet.max_row - 1 for sheet in sheets] == [len(list(one.rows)) for one in tables]


def test_a_page_that_hands_nothing_out_has_no_tables(store: Store) -> None:
    assert tables_of("geographies", reading(store)) is None
    assert tables_of("nowhere", reading(store)) is None


def test_pages_hand_out_what_their_questions_say() -> None:
    class Sources:
        def tables_for(self, account: str | None, state: Any, language: str) -> list[Table]:
            return [table([{"name": f"{account} {state['unit']} {language}"}])]

    asking = Store()
    asking.sign_in = Sources()  # type: ignore[attr-defined]
    found = tables_of("sign_in", reading(asking, unit="784"), lambda: "chair") or []
    assert [row["name"] for row in found[0].rows] == ["chair 784 vi"]


def test_the_overview_is_cut_by_the_geography_and_the_unit_of_the_address(store: Store) -> None:
    city, units, *_ = (tables_of("overview", reading(store, geo="168")) or [])[0::2]
    assert len(list(units.rows)) == 168
    assert city.title.endswith("Thành phố")
    one = (tables_of("overview", reading(store, unit="784")) or [])[0]
    assert one.title.endswith("Huyện Hóc Môn")
    assert [row["count"] for row in one.rows if row["code"] == "dossiers_late"] == [
        store.newest["units"]["784"]["dossiers_late"]
    ]


def test_the_stamp_tells_the_filters_in_words(store: Store) -> None:
    state = {"geo": "24", "unit": "784", "field": "ho-tich", "ind": "tickets_late", "theme": "dark", "lang": "vi"}
    stamp = stamp_of("overview", reading(store, **state), NOW)
    assert stamp.filters == (
        ("Địa giới", "24 quận, huyện"),
        ("Đơn vị", "Huyện Hóc Môn"),
        ("Lĩnh vực", "Hộ tịch"),
        ("Chỉ tiêu", "Số phản ánh 1022 trễ"),
    )
    assert (stamp.version, stamp.simulated) == (48_213, True)


def test_the_frame_on_the_screen_is_asked_for_by_its_version(store: Store) -> None:
    assert frame_of(store, None) is store.newest
    assert frame_of(store, "48213") is store.newest
    assert frame_of(store, "48212") is store.before
    for asked in ("48211", "nonsense", "9" * 30):
        with pytest.raises(Problem) as error:
            frame_of(store, asked)
        assert error.value.status == 404


def test_a_table_is_chosen_by_its_name() -> None:
    one, other = table([]), Table("other", "Khác", COLUMNS, [])
    assert chosen([one, other], None) == [one, other]
    assert chosen([one, other], "other") == [other]
    for tables, asked in (([one], "other"), (None, None)):
        with pytest.raises(Problem):
            chosen(tables, asked)


def test_rows_are_counted_ahead_when_they_are_known() -> None:
    assert count_of([table([ROW]), table([ROW, ROW])]) == 3
    assert count_of([table(iter([ROW]))]) is None


def test_notes_of_the_chosen_unit_are_on_its_stamp(store: Store) -> None:
    rows = [
        {"unit": unit, "indicator": "dossiers_late", "day": date(2026, 11, 2), "words": unit or "city", "author": "a"}
        for unit in ("784", "760", None)
    ]
    assert [note.text for note in pinned(rows, reading(store, unit="784"))] == ["784"]
    assert [note.unit for note in pinned(rows, reading(store))] == ["Huyện Hóc Môn", "Quận 1", None]


def test_files_are_named_after_page_table_and_frame() -> None:
    assert file_name("overview", "units", STAMP, ZONE, "csv") == "overview-units-2026-11-22-10-32-v48213.csv"
    nothing = Stamp("", "", None, None, NOW)
    assert file_name("overview", None, nothing, ZONE, "pdf") == "overview-2026-11-22-10-32.pdf"


def test_what_fails_before_the_first_piece_is_said_in_words() -> None:
    def pieces() -> Iterator[bytes]:
        raise Problem(503, "no", "no")
        yield b""

    with pytest.raises(Problem):
        sent(pieces(), "a.csv", "csv", None)
