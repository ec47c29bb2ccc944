import gzip
import json
from pathlib import Path

import pytest

from etl import extract
from tests.unit.feed_files import feed_from, rejected_of, rows_of

COLUMNS = 'code = "id"\nopened_at = "times.opened"\nunit = "ward"'


def read(folder: Path, data: bytes | str | object, connector: str = 'kind = "json"') -> list[extract.Batch]:
    path = folder / "data.json"
    text = data if isinstance(data, bytes | str) else json.dumps(data)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(extract.from_file(feed_from(folder, connector, COLUMNS), path))


def refusal(folder: Path, data: bytes | str | object, connector: str = 'kind = "json"') -> str:
    with pytest.raises(extract.FeedError) as caught:
        read(folder, data, connector)
    return caught.value.reason


def test_values_become_text_and_nested_ones_are_reached_by_name(tmp_path):
    data = '[{"id": 12345678901234567890, "times": {"opened": "2026"}, "ward": 1.50}, {"id": true, "times": 3}, {}]'
    assert rows_of(read(tmp_path, data)) == [
        {"id": "12345678901234567890", "times.opened": "2026", "ward": "1.50", "row_no": 1},
        {"id": "true", "times.opened": None, "ward": None, "row_no": 2},
        {"id": None, "times.opened": None, "ward": None, "row_no": 3},
    ]


def test_a_name_with_a_dot_is_first_looked_for_as_it_stands(tmp_path):
    assert rows_of(read(tmp_path, [{"times.opened": "a", "times": {"opened": "b"}}]))[0]["times.opened"] == "a"


def test_the_only_list_of_objects_is_found(tmp_path):
    assert len(rows_of(read(tmp_path, {"meta": {"pages": [1, 2]}, "result": {"rows": [{"id": 1}, {"id": 2}]}}))) == 2
    assert rows_of(read(tmp_path, {"items": []})) == []
    assert "the file's lists are: a, b" in refusal(tmp_path, {"a": [{"id": 1}], "b": [{"id": 2}]})
    assert "the file's lists are: none" in refusal(tmp_path, {"id": 1})


def test_where_the_records_are_can_be_said(tmp_path):
    two = {"a": [{"id": 1}], "b": {"c": [{"id": 2}]}}
    assert rows_of(read(tmp_path, two, 'kind = "json"\nrecords = "b.c"'))[0]["id"] == "2"
    assert "there is no list at 'b.d'; the file's lists are: a, b.c" in refusal(
        tmp_path, two, 'kind = "json"\nrecords = "b.d"'
    )


def test_what_is_not_an_object_is_refused_and_the_rest_loads(tmp_path):
    batches = read(tmp_path, [{"id": 1}, "Nguyen Van An", [1], None, {"id": {"name": "An"}}, {"id": 6}])
    assert [(row["id"], row["row_no"]) for row in rows_of(batches)] == [("1", 1), ("6", 6)]
    assert [(row.row_no, row.row, row.reason) for row in rejected_of(batches)] == [
        (2, {}, "not a record"),
        (3, {}, "not a record"),
        (4, {}, "not a record"),
        (5, {}, "unreadable text"),
    ]
    assert "An" not in repr(rejected_of(batches))


@pytest.mark.parametrize("value", [rb"\u0000", b"\xff"])
def test_only_records_with_unreadable_text_are_refused(tmp_path, value):
    batches = read(
        tmp_path, b'[{"id": "1", "note": "' + value + b'"}, {"id": "2", "ward": "a' + value + b'"}, {"id": "3"}]'
    )
    assert [row["id"] for row in rows_of(batches)][-1] == "3"
    assert [(row.row_no, row.row.get("id"), row.reason) for row in rejected_of(batches)] == [
        (2, "2", "unreadable text")
    ]


def test_broken_json_is_told_by_place_and_not_by_content(tmp_path):
    said = refusal(tmp_path, '[{"id": 1},\n {"id": 2},\n {"id": "Nguyen" "An"}]')
    assert said == "is broken JSON after record 2, line 3, column 18"
    assert "is broken JSON after record 1" in refusal(tmp_path, '[{"id": 1}, {"id":')
    assert "is broken JSON" in refusal(tmp_path, "")
    assert "is broken JSON" in refusal(tmp_path, "<html></html>")


def test_encodings_and_packed_files_are_read(tmp_path):
    data = json.dumps([{"id": "Đà"}], ensure_ascii=False)
    assert rows_of(read(tmp_path, b"\xef\xbb\xbf" + data.encode()))[0]["id"] == "Đà"
    assert rows_of(read(tmp_path, data.encode("utf-16"), 'kind = "json"\nencoding = "utf-16"'))[0]["id"] == "Đà"
    assert rows_of(read(tmp_path, gzip.compress(data.encode())))[0]["id"] == "Đà"


def test_many_records_come_in_batches(tmp_path):
    assert [batch.rows for batch in read(tmp_path, [{"id": n} for n in range(60_000)])] == [50_000, 10_000]


LINES = 'kind = "ndjson"'


def test_lines_that_are_no_objects_are_refused_and_the_rest_loads(tmp_path):
    lines = [
        '{"id": 1.0}',
        "",
        "Nguyen Van An",
        "[1]",
        '{"id": 4',
        '{"id": "5", "ward": "x"}',
        "[" * 100_000,
        '{"id": 7}',
    ]
    batches = read(tmp_path, "\n".join(lines), LINES)
    assert [(row["id"], row["row_no"]) for row in rows_of(batches)] == [("1.0", 1), ("5", 5), ("7", 7)]
    assert [(row.row_no, row.reason) for row in rejected_of(batches)] == [(n, "not a record") for n in (2, 3, 4, 6)]
    assert rejected_of(batches)[2].detail == "line 5: broken JSON at column 9"
    assert "Nguyen" not in repr(rejected_of(batches))


def test_a_line_with_unreadable_bytes_is_refused_only_for_a_mapped_column(tmp_path):
    batches = read(tmp_path, b'{"id": "1", "who": "\xff"}\n{"id": "\xff", "ward": "w"}\n', LINES)
    assert [row["id"] for row in rows_of(batches)] == ["1"]
    assert rejected_of(batches)[0].row == {"times.opened": None, "ward": "w"}


def test_half_a_character_in_a_line_is_unreadable(tmp_path):
    assert rejected_of(read(tmp_path, r'{"id": "a\ud800"}', LINES))[0].reason == "unreadable text"


def test_lines_come_in_batches_and_an_empty_file_holds_none(tmp_path):
    assert [batch.rows for batch in read(tmp_path, '{"id": 1}\n' * 60_000, LINES)] == [50_000, 10_000]
    assert read(tmp_path, "", LINES) == []
