import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from etl import extract
from etl.connectors import records
from tests.unit.feed_files import feed_from, rows_of

COLUMNS = 'code = "id"\nopened_at = "opened"\nunit = "ward"'
TIMES = '[times]\nformat = "%d/%m/%Y %H:%M:%S"\nzone = "UTC"'


def write(folder: Path, rows: list[list[object]], title: str = "Sheet") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.create_sheet("other").append(["id", "opened", "ward"])
    book.save(folder / "data.xlsx")
    return folder / "data.xlsx"


def read(path: Path, connector: str = 'kind = "xlsx"', times: str = TIMES) -> list[extract.Batch]:
    return list(extract.from_file(feed_from(path.parent, connector, COLUMNS, more=times), path))


def test_cells_become_the_texts_that_a_csv_export_would_have(tmp_path):
    opened = dt.datetime(2026, 1, 5, 8, 30, 15)  # noqa: DTZ001
    path = write(
        tmp_path, [["id", "phone", "opened", "ward"], [101001240734, "0901", opened, 3.0], ["A-2", None, None, 2.5]]
    )
    assert rows_of(read(path)) == [
        {"id": "101001240734", "opened": "05/01/2026 08:30:15", "ward": "3", "row_no": 1},
        {"id": "A-2", "opened": None, "ward": "2.5", "row_no": 2},
    ]


def test_dates_are_written_in_the_format_of_the_feed(tmp_path):
    path = write(tmp_path, [["id", "opened", "ward"], [1, dt.date(2026, 1, 5), True]])
    (row,) = rows_of(read(path, times='[times]\nzone = "UTC"'))
    assert (row["opened"], row["ward"]) == ("2026-01-05T00:00:00", "true")


def test_rows_without_content_are_no_records(tmp_path):
    path = write(tmp_path, [["id", "opened", "ward"], [1, 2, 3], [None, "", None], [4, 5, 6], []])
    assert [row["row_no"] for row in rows_of(read(path))] == [1, 2]


def test_the_sheet_and_the_line_of_the_header_are_options(tmp_path):
    path = write(tmp_path, [["Sở Tư pháp"], [], ["id", "opened", "ward"], [1, 2, 3]], title="Tháng 1")
    assert len(rows_of(read(path, 'kind = "xlsx"\nheader_row = 3'))) == 1
    assert len(rows_of(read(path, 'kind = "xlsx"\nheader_row = 3\nsheet = "Tháng 1"'))) == 1
    assert rows_of(read(path, 'kind = "xlsx"\nsheet = "other"')) == []
    with pytest.raises(extract.FeedError, match="no sheet 'Tháng 2'; the file has 'Tháng 1', 'other'"):
        read(path, 'kind = "xlsx"\nsheet = "Tháng 2"')


def test_a_sheet_that_lacks_a_column_or_is_empty_is_an_error(tmp_path):
    with pytest.raises(extract.FeedError, match="no column 'ward' in the file; it has 'id', 'opened'"):
        read(write(tmp_path, [["id", "opened"]]))
    with pytest.raises(extract.FeedError, match="the sheet is empty"):
        read(write(tmp_path, []))


@pytest.mark.parametrize("data", [b"", b"id,opened,ward\n", b"PK\x03\x04" + bytes(100)])
def test_a_file_that_is_no_workbook_is_an_error(tmp_path, data):
    (tmp_path / "data.xlsx").write_bytes(data)
    with pytest.raises(extract.FeedError, match="is not an Excel file"):
        read(tmp_path / "data.xlsx")


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(extract.FeedError, match="cannot be read"):
        read(tmp_path / "none.xlsx")


def test_many_rows_come_in_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "ROWS_PER_BATCH", 100)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in [("id", "opened", "ward"), *((n, n, n) for n in range(250))]:
        sheet.append(row)
    book.save(tmp_path / "data.xlsx")
    assert [batch.rows for batch in read(tmp_path / "data.xlsx")] == [100, 100, 50]
