import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import extract, feeds
from tests.unit.feed_files import Asked, Reply, feed_from, pulled, rejected_of, rows_of, serving
from tests.unit.test_connector_open311 import as_xml, open311_feed
from tests.unit.test_connector_portal import SECRETS, portal_feed

COLUMNS = 'code = "id"\nopened_at = "opened"\nunit = "ward"'
MAPPED = {"id": "R-1", "opened": "2026-01-05", "ward": "W"}
PORTAL_MAPPED = {"MaHoSo": "R-1", "DonViXuLy": "W", "NgayTiepNhan": "20260105083000"}
OPEN311_MAPPED = {"service_request_id": "R-1", "requested_datetime": "2026-01-05T00:00:00Z", "status": "closed"}

# What tells of people: every value is marked, so that it is found again wherever it turns up.
people = st.builds(
    "⟦{}⟧".format,
    st.one_of(
        st.sampled_from(["Nguyễn Thị Hoa", "0901234567", "079185001234", "12 Lê Lợi, P. Bến Nghé", "hoa@example.org"]),
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
    ),
)
names = st.sampled_from(
    ["ChuHoSo", "NguoiXuLy", "SoDienThoai", "name", "phone", "address", "description", "Id", "id ", "data.id", "notes"]
)
secrets_of_people = st.recursive(
    people, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=6
)
personal = st.dictionaries(names, secrets_of_people, min_size=1, max_size=5)
strangers = st.lists(people | st.lists(people, max_size=2) | st.none(), max_size=3)  # in the place of records


def told(batches: list[extract.Batch]) -> str:
    """Return everything that batches say."""
    return repr([(row, batch.cursor) for batch in batches for row in batch.table.to_pylist()]) + repr(
        rejected_of(batches)
    )


def loaded(
    folder: Path, connector: str, data: bytes, columns: str = COLUMNS, dataset: str = "tickets"
) -> list[extract.Batch]:
    (folder / "data").write_bytes(data)
    return list(extract.from_file(feed_from(folder, connector, columns, dataset), folder / "data"))


def flat(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def as_csv(folder: Path, record: dict[str, Any], others: list[Any]) -> list[extract.Batch]:
    out = io.StringIO(newline="")
    extra = {name: flat(value) for name, value in record.items() if name.strip() not in MAPPED}
    writer = csv.writer(out)
    writer.writerow([*MAPPED, *extra])
    writer.writerow([*MAPPED.values(), *extra.values()])
    writer.writerows([[flat(other)] for other in others])
    writer.writerow([*MAPPED.values(), *extra.values(), "⟦one too many⟧"])
    unreadable = ",".join(["id", "⟦o⟧", "w", *["⟦x⟧"] * len(extra)]).encode().replace("⟦o⟧".encode(), b"\xff") + b"\n"
    return loaded(folder, 'kind = "csv"', out.getvalue().encode() + unreadable)


def as_xlsx(folder: Path, record: dict[str, Any], others: list[Any]) -> list[extract.Batch]:
    extra = {name: flat(value) for name, value in record.items() if name.strip() not in MAPPED}
    book = openpyxl.Workbook()
    book.active.append([*MAPPED, *extra])
    book.active.append([*MAPPED.values(), *extra.values()])
    for other in others:
        book.active.append([None, None, None, flat(other), flat(other)])
    out = io.BytesIO()
    book.save(out)
    return loaded(folder, 'kind = "xlsx"', out.getvalue())


def as_json(folder: Path, record: dict[str, Any], others: list[Any]) -> list[extract.Batch]:
    refused = {**record, **MAPPED, "ward": {"name": "⟦ward⟧"}}
    return loaded(folder, 'kind = "json"', json.dumps([{**record, **MAPPED}, *others, refused]).encode())


def as_ndjson(folder: Path, record: dict[str, Any], others: list[Any]) -> list[extract.Batch]:
    lines = [json.dumps(each) for each in ({**record, **MAPPED}, *others, record)] + ['{"id": "⟦half a line⟧']
    return loaded(folder, 'kind = "ndjson"', "\n".join(lines).encode())


def as_http_json(folder: Path, record: dict[str, Any], others: list[Any]) -> list[extract.Batch]:
    with serving(lambda asked: {"items": [{**record, **MAPPED}, *others]}) as server:
        return pulled(feed_from(folder, f'kind = "http_json"\nurl = "{server.url}"', COLUMNS))


def as_portal(folder: Path, record: dict[str, Any], others: list[Any]) -> list[extract.Batch]:
    def answer(asked: Asked) -> dict[str, Any]:
        data = [{**record, **PORTAL_MAPPED}, *others]
        return (
            {"session": "s", "error_code": "0"}
            if "username" in asked.data
            else {"error_code": "0", "data": data, "tongSo": 0}
        )

    with serving(answer) as server:
        return pulled(portal_feed(folder, server.url), secrets=SECRETS)


def as_steps(folder: Path, record: dict[str, Any], others: list[Any]) -> list[extract.Batch]:
    data = {"service": "CapNhatTienDoHoSoMC", "ChuHoSo": "⟦envelope⟧", "data": [{**record, "MaHoSo": "R-1"}, *others]}
    (folder / "data").write_text(json.dumps(data))
    return list(extract.from_file(portal_feed(folder, "http://x", "steps"), folder / "data"))


def as_open311(folder: Path, record: dict[str, Any], others: list[Any]) -> list[extract.Batch]:
    with serving(lambda asked: [{**record, **OPEN311_MAPPED}, *others]) as server:
        return pulled(open311_feed(folder, server.url))


def as_open311_xml(folder: Path, record: dict[str, Any], others: list[Any]) -> list[extract.Batch]:
    extra = {name.replace(".", "_").strip(): flat(value) for name, value in record.items()}
    with serving(lambda asked: Reply(as_xml([{**extra, **OPEN311_MAPPED}]))) as server:
        return pulled(open311_feed(folder, server.url, 'format = "xml"'))


KINDS: list[Callable[[Path, dict[str, Any], list[Any]], list[extract.Batch]]] = [
    as_csv,
    as_xlsx,
    as_json,
    as_ndjson,
    as_http_json,
    as_portal,
    as_steps,
    as_open311,
    as_open311_xml,
]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(record=personal, others=strangers)
def test_nothing_that_tells_of_a_person_gets_past_extract(kind, record, others):
    with tempfile.TemporaryDirectory() as folder:
        batches = kind(Path(folder), record, others)
    assert rows_of(batches)[0].get("id", "R-1") == "R-1"
    assert "⟦" not in told(batches)


def every_kind(folder: Path) -> Iterator[list[extract.Batch]]:
    for number, kind in enumerate(KINDS):
        (folder / str(number)).mkdir()
        yield kind(folder / str(number), {"name": "x"}, [])


def test_a_table_holds_text_and_a_record_number_and_nothing_else(tmp_path):
    for batches in every_kind(tmp_path):
        for batch in batches:
            *columns, row_no = batch.table.schema
            assert {column.type for column in columns} == {pa.string()}
            assert (row_no.name, row_no.type) == ("row_no", pa.int64())


def test_records_are_numbered_from_one_without_a_gap(tmp_path):
    for batches in every_kind(tmp_path):
        numbers = sorted([row["row_no"] for row in rows_of(batches)] + [row.row_no for row in rejected_of(batches)])
        assert numbers == list(range(1, len(numbers) + 1))


def test_reading_does_not_begin_before_the_first_batch_is_asked_for(tmp_path):
    batches = extract.from_file(feed_from(tmp_path, 'kind = "csv"', COLUMNS), tmp_path / "none.csv")
    with pytest.raises(feeds.FeedError):
        next(batches)
