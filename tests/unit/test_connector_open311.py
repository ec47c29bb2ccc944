import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import pytest

from etl import extract, feeds
from tests.unit.feed_files import Asked, Reply, feed_from, pulled, rows_of, serving


def request(number: int, **fields: Any) -> dict[str, Any]:
    """Make a service request as GeoReport v2 has it."""
    return {
        "service_request_id": f"R{number}",
        "status": "open",
        "service_name": "Pothole",
        "service_code": "P1",
        "description": "In front of 12 Lê Lợi, ask for Mrs. Hoa, 0901234567",
        "agency_responsible": "Sở Xây dựng",
        "requested_datetime": "2026-11-20T08:00:00+07:00",
        "updated_datetime": "2026-11-21T08:00:00+07:00",
        "expected_datetime": "2026-11-25T08:00:00+07:00",
        "address": "12 Lê Lợi",
        "lat": 10.77,
        "long": 106.7,
        "media_url": "http://x/photo.jpg",
    } | fields


def as_xml(records: list[dict[str, Any]], root: str = "service_requests", each: str = "request") -> bytes:
    """Write records as GeoReport XML."""

    def fill(element: Element, value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                fill(SubElement(element, name), inner)
        elif isinstance(value, list):
            for inner in value:
                fill(SubElement(element, element.tag.rstrip("s")), inner)
        else:
            element.text = "" if value is None else str(value)

    top = Element(root)
    for record in records:
        fill(SubElement(top, each), record)
    return tostring(top, encoding="utf-8", xml_declaration=True)


def open311_feed(folder: Path, url: str, options: str = "", columns: str = "") -> feeds.Feed:
    return feed_from(folder, f'kind = "open311"\nurl = "{url}/v2"\n{options}', columns)


def day(at: str) -> datetime:
    return datetime.fromisoformat(at)


class GeoReport:
    """Play a server: time bounds, at most 90 days, pages, JSON and XML, the standard's errors."""

    def __init__(self, records: list[dict[str, Any]], largest: int = 1000):
        self.records, self.largest = records, largest

    def __call__(self, asked: Asked) -> Any:
        query = asked.query
        bounds = [day(query[name]) for name in ("start_date", "end_date") if name in query]
        if len(bounds) == 2 and bounds[1] - bounds[0] > timedelta(days=90):
            return Reply([{"code": "400", "description": "The span is longer than 90 days"}], 400)
        found = [record for record in self.records if self._within(record, query)]
        if "page_size" in query:
            size = min(int(query["page_size"]), self.largest)
            found = found[(int(query["page"]) - 1) * size :][:size]
        return Reply(as_xml(found) if asked.path.endswith(".xml") else found[: self.largest])

    @staticmethod
    def _within(record: dict[str, Any], query: dict[str, str]) -> bool:
        requested, updated = day(record["requested_datetime"]), day(record["updated_datetime"])
        return (
            day(query.get("start_date", "1970-01-01T00:00:00Z"))
            <= requested
            < day(query.get("end_date", "2100-01-01T00:00:00Z"))
            and day(query.get("updated_after", "1970-01-01T00:00:00Z")) <= updated
            and updated < day(query.get("updated_before", "2100-01-01T00:00:00Z"))
        )


@pytest.mark.parametrize("form", ["json", "xml"])
def test_requests_come_with_times_categories_and_units_in_both_formats(tmp_path, form):
    closed = request(2, status="closed", service_name="Light", expected_datetime=None, agency_responsible="")
    with serving(GeoReport([request(1), closed])) as server:
        batches = pulled(open311_feed(tmp_path, server.url, f'format = "{form}"'))
    one, two = rows_of(batches)
    assert one == {
        "service_request_id": "R1",
        "requested_datetime": "2026-11-20T08:00:00+07:00",
        "expected_datetime": "2026-11-25T08:00:00+07:00",
        "first_answer_datetime": None,
        "closed_datetime": None,
        "reopened_datetime": None,
        "agency_responsible": "Sở Xây dựng",
        "service_name": "Pothole",
        "status": "open",
        "updated_datetime": "2026-11-21T08:00:00+07:00",
        "row_no": 1,
    }
    assert two["closed_datetime"] == "2026-11-21T08:00:00+07:00"
    assert two["expected_datetime"] is two["agency_responsible"] is None
    assert server.asked[0].path == f"/v2/requests.{form}"
    assert server.asked[0].query["extensions"] == "true"
    assert batches[-1].cursor == {"since": "2026-11-21T01:00:00+00:00"}


@pytest.mark.parametrize("form", ["json", "xml"])
def test_extended_attributes_and_notes_are_used(tmp_path, form):
    notes = [
        {"datetime": "2026-11-20T08:00:00+07:00", "type": "opened", "description": "Mrs. Hoa"},
        {"datetime": "2026-11-20T09:00:00+07:00", "type": "activity"},
        {"datetime": "2026-11-20T10:00:00+07:00", "type": "closed"},
        {"datetime": "2026-11-20T11:00:00+07:00", "type": "reopened"},
        {"datetime": "2026-11-20T12:00:00+07:00", "type": "closed"},
    ]
    full = request(1, status="closed", notes=notes, extended_attributes={"channel": "phone", "ward": "7"})
    full["attributes"] = [{"code": "DEPT", "label": "Department", "value": "D9"}, {"code": "NAME", "value": "Mrs. Hoa"}]
    columns = 'unit = "attributes.DEPT"\nchannel = "extended_attributes.channel"'
    with serving(GeoReport([full])) as server:
        (row,) = rows_of(pulled(open311_feed(tmp_path, server.url, f'format = "{form}"', columns)))
    assert row["first_answer_datetime"] == "2026-11-20T09:00:00+07:00"
    assert row["closed_datetime"] == "2026-11-20T12:00:00+07:00"
    assert row["reopened_datetime"] == "2026-11-20T11:00:00+07:00"
    assert (row["attributes.DEPT"], row["extended_attributes.channel"]) == ("D9", "phone")
    assert "Hoa" not in repr(row)


def test_times_that_a_server_adds_to_the_standard_are_preferred(tmp_path):
    own = {
        "closed_datetime": "2026-11-20T10:00:00Z",
        "extended_attributes": {"first_answer_datetime": "2026-11-20T09:00:00Z"},
    }
    with serving(
        GeoReport([request(1, status="closed", **own), request(2, closed_datetime="2026-11-01T00:00:00Z")])
    ) as server:
        one, two = rows_of(pulled(open311_feed(tmp_path, server.url)))
    assert (one["closed_datetime"], one["first_answer_datetime"]) == ("2026-11-20T10:00:00Z", "2026-11-20T09:00:00Z")
    assert two["closed_datetime"] is None  # it is open


def test_a_span_is_asked_for_in_windows_of_ninety_days(tmp_path):
    records = [request(n, requested_datetime=f"2026-{n:02d}-15T00:00:00Z") for n in range(1, 11)]
    with serving(GeoReport(records)) as server:
        window = (datetime(2026, 1, 1, microsecond=5, tzinfo=UTC), datetime(2026, 9, 30, 23, 59, 59, 5, tzinfo=UTC))
        batches = pulled(open311_feed(tmp_path, server.url), {"since": "2026-11-22T00:00:00Z"}, *window)
    assert [row["service_request_id"] for row in rows_of(batches)] == [f"R{n}" for n in range(1, 10)]
    spans = [
        (asked.query["start_date"], asked.query["end_date"]) for asked in server.asked if asked.query["page"] == "1"
    ]
    assert spans == [
        ("2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"),
        ("2026-04-01T00:00:00Z", "2026-06-30T00:00:00Z"),
        ("2026-06-30T00:00:00Z", "2026-09-28T00:00:00Z"),
        ("2026-09-28T00:00:00Z", "2026-10-01T00:00:00Z"),
    ]
    assert batches[-1].cursor == {"since": "2026-11-22T00:00:00Z"}


def test_without_times_of_update_a_look_back_before_the_cursor_is_read_again(tmp_path):
    with serving(GeoReport([])) as server:
        pulled(open311_feed(tmp_path, server.url, 'lookback = "30d"'), {"since": "2026-11-12T03:00:00Z"})
    assert server.asked[0].query["start_date"] == "2026-10-13T03:00:00Z"
    assert server.asked[-1].query["end_date"] == "2026-11-22T03:00:00Z"


def test_with_times_of_update_only_what_changed_is_asked_for(tmp_path):
    old = request(1, requested_datetime="2026-01-01T00:00:00Z", updated_datetime="2026-11-22T01:55:00Z")
    with serving(GeoReport([old, request(2)])) as server:
        options = 'updated_param = "updated_after"\nupdated_until_param = "updated_before"\nlookback = "10d"'
        feed = open311_feed(tmp_path, server.url, options)
        first = pulled(feed)
        then = pulled(feed, {"since": "2026-11-22T02:00:00Z"})
    assert server.asked[0].query["start_date"] == "2026-11-12T03:00:00Z"
    assert [row["service_request_id"] for row in rows_of(first)] == ["R2"]
    assert [row["service_request_id"] for row in rows_of(then)] == ["R1"]
    assert (server.asked[-2].query["updated_after"], server.asked[-2].query["updated_before"]) == (
        "2026-11-22T01:50:00Z",
        "2026-11-22T03:00:00Z",
    )
    assert "start_date" not in server.asked[-2].query


@pytest.mark.parametrize("largest", [1000, 50])
def test_every_page_is_read_even_when_a_server_gives_fewer_records_a_page(tmp_path, largest):
    records = [request(n) for n in range(230)]
    with serving(GeoReport(records, largest)) as server:
        assert len(rows_of(pulled(open311_feed(tmp_path, server.url)))) == 230


def test_a_404_beyond_the_last_page_is_the_end_and_on_the_first_an_error(tmp_path):
    def answer(asked: Asked) -> Any:
        if asked.query["page"] == "1":
            return [request(n) for n in range(100)]
        return Reply([{"code": 404, "description": "No requests"}], 404)

    with serving(answer) as server:
        assert len(rows_of(pulled(open311_feed(tmp_path, server.url)))) == 100
    with (
        serving(lambda asked: Reply([{"code": 404, "description": "jurisdiction_id not found"}], 404)) as server,
        pytest.raises(
            extract.FeedError, match=r"f: /v2/requests.json: refused with error 404: jurisdiction_id not found"
        ),
    ):
        pulled(open311_feed(tmp_path, server.url))


@pytest.mark.parametrize("count", [21, 150])
def test_a_server_without_pages_is_read_once(tmp_path, count):
    with serving(lambda asked: [request(n) for n in range(count)]) as server:
        assert len(rows_of(pulled(open311_feed(tmp_path, server.url)))) == count


@pytest.mark.parametrize("page_size", [100, 21])
def test_a_server_that_sends_the_same_full_page_for_ever_is_an_error(tmp_path, page_size):
    with (
        serving(lambda asked: [request(n) for n in range(page_size)]) as server,
        pytest.raises(extract.FeedError, match="sends the same page again and again: has it pages"),
    ):
        pulled(open311_feed(tmp_path, server.url, f"page_size = {page_size}"))
    assert len(server.asked) == 2


def test_an_answer_without_pages_that_is_full_is_asked_for_again_in_halves(tmp_path):
    begin = datetime(2026, 9, 1, tzinfo=UTC)
    records = [request(n, requested_datetime=(begin + timedelta(hours=4 * n)).isoformat()) for n in range(300)]
    with serving(GeoReport(records, largest=100)) as server:
        batches = pulled(open311_feed(tmp_path, server.url, "page_size = 0\ncap = 100"))
    assert {row["service_request_id"] for row in rows_of(batches)} == {f"R{n}" for n in range(300)}
    assert "page" not in server.asked[0].query


def test_an_answer_that_stays_full_however_short_the_window_is_an_error(tmp_path):
    with (
        serving(lambda asked: [request(n) for n in range(10)]) as server,
        pytest.raises(extract.FeedError, match="sends 10 records, which may not be all of them"),
    ):
        pulled(open311_feed(tmp_path, server.url, "page_size = 0\ncap = 10"))


def test_requests_without_a_service_name_get_it_from_the_services(tmp_path):
    def answer(asked: Asked) -> Any:
        if asked.path.endswith("services.json"):
            return [{"service_code": "P1", "service_name": "Pothole"}, {"service_code": 7, "service_name": "Light"}]
        return [
            request(1, service_name=None),
            request(2, service_name="", service_code=7),
            request(3, service_name="", service_code="?"),
        ]

    with serving(answer) as server:
        rows = rows_of(pulled(open311_feed(tmp_path, server.url)))
        by_code = rows_of(pulled(open311_feed(tmp_path, server.url, 'category = "service_code"')))
    assert [row["service_name"] for row in rows] == ["Pothole", "Light", None]
    assert [row["service_code"] for row in by_code] == ["P1", "7", "?"]
    assert [asked.path for asked in server.asked].count("/v2/services.json") == 2


def test_keys_of_the_jurisdiction_are_sent_and_never_told(tmp_path):
    with serving(lambda asked: Reply("no", 500)) as server, pytest.raises(extract.FeedError) as caught:
        feed = open311_feed(tmp_path, server.url, 'jurisdiction_id = "city.gov"\napi_key = "${KEY}"\nretries = 0')
        pulled(feed, secrets={"KEY": "s3cret"})
    assert server.asked[0].query["api_key"] == "s3cret"
    assert server.asked[0].query["jurisdiction_id"] == "city.gov"
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("form", "reply", "reason"),
    [
        ("json", Reply([{"code": 400, "description": "bad date"}], 400), "refused with error 400: bad date"),
        ("json", Reply([{"code": 403, "description": "no key"}]), "refused with error 403: no key"),
        (
            "xml",
            Reply(as_xml([{"code": 400, "description": "bad date"}], "errors", "error"), 400),
            "refused with error 400: bad date",
        ),
        ("json", Reply("<html>", 404), "answered 404"),
        ("json", Reply("<html>"), "answered HTML or XML, not JSON"),
        ("json", Reply({"requests": []}), "is not a list of records"),
        ("json", Reply('[{"service_request_id": 1'), "answered broken JSON, at character 25 of 25"),
        ("xml", Reply("<!DOCTYPE html><html></html>"), "answered HTML, not GeoReport XML"),
        ("xml", Reply("<service_requests><request>"), "answered broken XML at line 1, column 28"),
        ("xml", Reply('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'), "answered broken XML"),
    ],
)
def test_what_is_wrong_with_an_answer_is_told(tmp_path, form, reply, reason):
    with serving(lambda asked: reply) as server, pytest.raises(extract.FeedError) as caught:
        pulled(open311_feed(tmp_path, server.url, f'format = "{form}"\nretries = 0'))
    assert (caught.value.key, caught.value.reason) == (f"/v2/requests.{form}", reason)


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_saved_answer_is_loaded_as_a_file(tmp_path, form):
    records = [request(1), request(2, status="closed")]
    (tmp_path / "saved").write_bytes(as_xml(records) if form == "xml" else json.dumps(records).encode())
    rows = rows_of(list(extract.from_file(open311_feed(tmp_path, "http://x"), tmp_path / "saved")))
    assert [row["closed_datetime"] for row in rows] == [None, "2026-11-21T08:00:00+07:00"]


def test_a_broken_saved_answer_is_an_error(tmp_path):
    (tmp_path / "saved").write_bytes(as_xml([request(1), request(2)])[:-30])
    with pytest.raises(extract.FeedError, match="is broken XML after record"):
        list(extract.from_file(open311_feed(tmp_path, "http://x"), tmp_path / "saved"))


def test_a_pull_of_nothing_still_ends_with_a_batch(tmp_path):
    with serving(GeoReport([])) as server:
        (batch,) = pulled(open311_feed(tmp_path, server.url))
    assert (batch.rows, batch.cursor) == (0, None)
