import csv
import gzip
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import extract
from etl.connectors import csv_file
from tests.unit.feed_files import feed_from, rejected_of, rows_of

COLUMNS = 'code = "id"\nopened_at = "opened"\nunit = "ward"'
HEADER = "id,who,opened,ward\n"


def read(
    folder: Path, data: bytes | str, connector: str = 'kind = "csv"', columns: str = COLUMNS
) -> list[extract.Batch]:
    path = folder / "data.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return list(extract.from_file(feed_from(folder, connector, columns), path))


def refusal(folder: Path, data: bytes | str, connector: str = 'kind = "csv"') -> extract.FeedError:
    with pytest.raises(extract.FeedError) as caught:
        read(folder, data, connector)
    return caught.value


def test_only_mapped_columns_leave_a_file_and_empty_is_null(tmp_path):
    batches = read(tmp_path, HEADER + '1,An,2026-01-05,"Ward, 1"\n2,"",,""\n')
    assert [batch.table.column_names for batch in batches] == [["id", "opened", "ward", "row_no"]]
    assert rows_of(batches) == [
        {"id": "1", "opened": "2026-01-05", "ward": "Ward, 1", "row_no": 1},
        {"id": "2", "opened": None, "ward": None, "row_no": 2},
    ]
    assert batches[0].read_bytes == batches[0].total_bytes == (tmp_path / "data.csv").stat().st_size
    assert batches[0].cursor is None


def test_a_file_with_only_a_header_holds_nothing(tmp_path):
    assert rows_of(read(tmp_path, HEADER)) == []
    assert rows_of(read(tmp_path, HEADER.strip())) == []


def test_an_empty_file_and_a_missing_file_are_errors(tmp_path):
    assert "the file is empty" in refusal(tmp_path, "").reason
    assert "the file is empty" in refusal(tmp_path, "\n\n").reason
    with pytest.raises(extract.FeedError, match="cannot be read: No such file"):
        list(extract.from_file(feed_from(tmp_path, 'kind = "csv"', COLUMNS), tmp_path / "none.csv"))


def test_a_missing_column_is_named_beside_those_that_are_there(tmp_path):
    error = refusal(tmp_path, "id,who,Ward\n1,An,2\n")
    assert error.reason == "no column 'opened', 'ward' in the file; it has 'id', 'who', 'Ward'"


def test_a_file_without_a_header_does_not_show_its_first_record(tmp_path):
    error = refusal(tmp_path, "1,Nguyen Van An,2026-01-05,3\n")
    assert "the first line has 4 fields and none of 'id', 'opened', 'ward'" in error.reason
    assert "Nguyen" not in str(error)


def test_a_mapped_column_that_stands_twice_is_an_error(tmp_path):
    assert "'id' stands in the file more than once" in refusal(tmp_path, "id,id,opened,ward\n1,1,2,3\n").reason


def test_header_names_are_compared_without_spaces_and_in_one_unicode_form(tmp_path):
    columns = 'code = "Mã hồ sơ"\nopened_at = "opened"\nunit = "ward"'
    decomposed = "Ma\u0303 h\u00f4\u0300 s\u01a1"
    assert rows_of(read(tmp_path, f" {decomposed} ,opened, ward\n1,2,3\n", columns=columns))[0]["Mã hồ sơ"] == "1"


def test_rows_with_too_many_or_too_few_fields_are_refused_by_number_and_say_nothing_else(tmp_path):
    lines = ["1,An,o,w", "short", "2,Bình,o,w", "", '3,"a\nb",o,w', "4,x,o,w,0901234567", "5,x,o,w"]
    batches = read(tmp_path, HEADER + "\n".join(lines))
    assert [(row["id"], row["row_no"]) for row in rows_of(batches)] == [("1", 1), ("2", 3), ("3", 4), ("5", 6)]
    assert rejected_of(batches) == [
        extract.Rejected(2, {}, "wrong number of fields", "1 instead of 4"),
        extract.Rejected(5, {}, "wrong number of fields", "5 instead of 4"),
    ]


def test_a_quote_that_never_ends_is_an_error_and_not_a_long_value(tmp_path):
    assert (
        "a quote is opened after record 0 and never closed" in refusal(tmp_path, HEADER + '1,a,o,"w\n2,b,o,w\n').reason
    )
    big = HEADER + "1,a,o,w\n" * 200_000 + '1,"a,o,w\n' + "1,a,o,w\n" * 400_000
    assert "or with a quote that is never closed" in refusal(tmp_path, big).reason


def test_a_quote_inside_an_unquoted_value_is_a_quote(tmp_path):
    assert rows_of(read(tmp_path, HEADER + '1,5" pipe,o,w\n2,x,o,3" w\n'))[1]["ward"] == '3" w'


def test_quoting_can_be_turned_off(tmp_path):
    rows = rows_of(read(tmp_path, HEADER + '1,"a,o,"w\n2,b,o,w\n', 'kind = "csv"\nquote = ""'))
    assert [row["ward"] for row in rows] == ['"w', "w"]


def test_other_delimiters_and_line_ends_are_read(tmp_path):
    rows = rows_of(read(tmp_path, "id;who;opened;ward\r\n1;a;o;w\r\n2;b;;w2", 'kind = "csv"\ndelimiter = ";"'))
    assert rows[1] == {"id": "2", "opened": None, "ward": "w2", "row_no": 2}
    assert len(rows_of(read(tmp_path, "id\twho\topened\tward\r1\ta\to\tw\r", 'kind = "csv"\ndelimiter = "\\t"'))) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1258", "gb18030"])
def test_encodings_are_read_and_a_byte_order_mark_is_no_part_of_a_name(tmp_path, encoding):
    name = "Quận Đà" if encoding != "windows-1258" else "Quân Đa"
    data = (HEADER + f"1,a,o,{name}\n").encode(encoding)
    assert rows_of(read(tmp_path, data, f'kind = "csv"\nencoding = "{encoding}"'))[0]["ward"] == name


def test_a_file_in_utf_16_is_recognised_when_the_feed_says_otherwise(tmp_path):
    assert 'say encoding = "utf-16"' in refusal(tmp_path, (HEADER + "1,a,o,w\n").encode("utf-16")).reason


@pytest.mark.parametrize(
    ("encoding", "bad"),
    [("utf-8", b"\xff"), ("utf-8", b"\x00"), ("ascii", b"\xff"), ("shift_jis", b"\x85\x20"), ("cp1258", b"\xd2")],
)
def test_only_rows_with_unreadable_text_in_a_mapped_column_are_refused(tmp_path, encoding, bad):
    lines = [b"1,a,o,w", b"2,a,o,w" + bad + b"x", b"3,a" + bad + b" ,o,w", b"4,a,o,w"]
    batches = read(tmp_path, HEADER.encode() + b"\n".join(lines), f'kind = "csv"\nencoding = "{encoding}"')
    if (encoding, bad) == ("cp1258", b"\xd2"):  # a letter there
        assert len(rows_of(batches)) == 4
        return
    assert [(row["id"], row["row_no"]) for row in rows_of(batches)] == [("1", 1), ("3", 3), ("4", 4)]
    (refused,) = rejected_of(batches)
    assert (refused.row_no, refused.row, refused.reason) == (2, {"id": "2", "opened": "o"}, "unreadable text")
    assert refused.detail.startswith("ward: ")


def test_packed_files_are_read_and_a_broken_one_is_an_error(tmp_path):
    packed = gzip.compress((HEADER + "1,a,o,w\n" * 5000).encode())
    batches = read(tmp_path, packed)
    assert len(rows_of(batches)) == 5000
    assert batches[-1].read_bytes == batches[-1].total_bytes == len(packed)
    assert "breaks off or is broken" in refusal(tmp_path, packed[:-20]).reason


def test_batches_are_never_larger_than_50_000_rows_and_lose_none(tmp_path):
    lines = [f"{n},a,o,w" if n % 7 else f"{n}" for n in range(1, 160_001)]
    batches = read(tmp_path, HEADER + "\n".join(lines))
    assert all(batch.table.num_rows <= extract.ROWS_PER_BATCH for batch in batches)
    assert sum(batch.rows for batch in batches) == 160_000
    assert all(int(row["id"]) == row["row_no"] for row in rows_of(batches))
    assert {row.row_no for row in rejected_of(batches)} == {n for n in range(1, 160_001) if n % 7 == 0}
    assert [batch.read_bytes for batch in batches] == sorted(batch.read_bytes for batch in batches)


def test_a_file_of_refused_rows_alone_is_read_in_batches_too(tmp_path):
    batches = read(tmp_path, HEADER + "x\n" * 120_000)
    assert all(len(batch.rejected) <= extract.ROWS_PER_BATCH for batch in batches)
    assert [row.row_no for row in rejected_of(batches)] == list(range(1, 120_001))


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)


@given(st.lists(st.lists(cells, min_size=1, max_size=6), max_size=40), st.integers(400, 1500))
def test_any_file_is_read_as_the_csv_module_reads_it(records, block_bytes):
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "who", "opened", "ward"])
    writer.writerows(records)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_file, "BLOCK_BYTES", block_bytes)
        patch.setattr(csv_file, "GATHERED_ROWS", 3)
        batches = read(Path(folder), out.getvalue())
    expected = {n: record for n, record in enumerate(records, 1) if len(record) == 4}
    assert {row["row_no"]: [row["id"], row["opened"], row["ward"]] for row in rows_of(batches)} == {
        n: [value or None for value in (record[0], record[2], record[3])] for n, record in expected.items()
    }
    assert [row.row_no for row in rejected_of(batches)] == [n for n in range(1, len(records) + 1) if n not in expected]
