"""The simulated hotline: GeoReport v2 in both formats, its errors, its pages, its volume."""

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from simulator.clock import Clock
from tests.unit.simulated import NOW, Asker, city, days_ago


@pytest.fixture(scope="module")
def hotline() -> Asker:
    return Asker(city())


def requests(asker: Asker, **params: Any) -> list[dict]:
    found, page = [], 1
    while records := asker.get("/open311/v2/requests.json", page=page, page_size=5000, **params).json():
        found += records
        page += 1
    return found


def of_xml(body: str) -> Any:
    """Read XML as the JSON it should equal: empty is None, `notes` is a list."""

    def value(element: ElementTree.Element) -> Any:
        if element.tag == "notes":
            return [value(child) for child in element]
        return {child.tag: value(child) for child in element} if len(element) else element.text

    return [value(child) for child in ElementTree.fromstring(body)]


def test_services_are_the_categories_of_the_profile(hotline):
    services = hotline.get("/open311/v2/services.json").json()
    assert {"hanh-chinh-cong", "tieng-on", "xe-buyt"} < {service["service_code"] for service in services}
    assert all(service["metadata"] is False and service["type"] == "realtime" for service in services)


@pytest.mark.parametrize("what", ["services", "requests"])
def test_xml_says_what_json_says(hotline, what):
    params = {"start_date": days_ago(3).isoformat(), "end_date": days_ago(2).isoformat(), "extensions": "true"}
    plain = hotline.get(f"/open311/v2/{what}.json", **params).json()
    marked = of_xml(hotline.get(f"/open311/v2/{what}.xml", **params).text)
    assert len(plain) == len(marked) > 10

    def spelled(told: Any) -> Any:
        if isinstance(told, dict):
            return {name: spelled(value) for name, value in told.items()}
        if isinstance(told, list):
            return [spelled(value) for value in told]
        return str(told).lower() if isinstance(told, bool) else told or None

    assert [spelled(record) for record in plain] == marked


@pytest.mark.parametrize(
    ("params", "status", "says"),
    [
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z"}, 400, "90 days"),
        ({"start_date": "2026-06-01T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"}, 400, "before"),
        ({"start_date": "yesterday"}, 400, "start_date"),
        ({"updated_after": "2026-13-01"}, 400, "updated_after"),
        ({"status": "lost"}, 400, "status"),
        ({"page": "0"}, 400, "page"),
        ({"service_code": "no-such"}, 404, "no-such"),
    ],
)
def test_a_wrong_question_gets_the_standard_error_in_both_formats(hotline, params, status, says):
    answer = hotline.get("/open311/v2/requests.json", **params)
    assert answer.status_code == status
    assert [set(error) for error in answer.json()] == [{"code", "description"}]
    assert answer.json()[0]["code"] == status
    assert says in answer.json()[0]["description"]
    marked = hotline.get("/open311/v2/requests.xml", **params)
    assert marked.status_code == status
    assert of_xml(marked.text) == [{"code": str(status), "description": answer.json()[0]["description"]}]


def test_what_does_not_exist_is_not_found(hotline):
    for path in ("requests/1022-261120-99999.json", "requests/none.json", "services/none.json", "requests.csv"):
        answer = hotline.get(f"/open311/v2/{path}")
        assert answer.status_code == 404
        assert answer.json()[0]["code"] == 404


def test_one_request_is_the_same_alone_and_in_the_list(hotline):
    listed = requests(hotline, start_date=days_ago(3).isoformat(), end_date=days_ago(2).isoformat())
    record = listed[7]
    alone = hotline.get(f"/open311/v2/requests/{record['service_request_id']}.json").json()
    assert alone == [record]
    both = hotline.get("/open311/v2/requests.json", service_request_id=f"{record['service_request_id']},none").json()
    assert both == [record]


def test_without_dates_the_first_thousand_of_ninety_days_come(hotline):
    found = hotline.get("/open311/v2/requests.json").json()
    assert len(found) == 1000
    assert found[0]["requested_datetime"][:10] == days_ago(90).date().isoformat()


def test_pages_are_complete_and_filters_split_them(hotline):
    span = {"start_date": days_ago(20).isoformat(), "end_date": days_ago(0).isoformat()}
    every = requests(hotline, **span)
    small, page = [], 1
    while records := hotline.get("/open311/v2/requests.json", page=page, page_size=700, **span).json():
        small += records
        page += 1
    assert small == every
    parts = [requests(hotline, status=status, **span) for status in ("open", "closed")]
    assert sorted(map(str, parts[0] + parts[1])) == sorted(map(str, every))
    noise = requests(hotline, service_code="tieng-on", **span)
    assert {record["service_name"] for record in noise} == {"Tiếng ồn"}


def test_updates_are_found_by_their_time():
    played = city()
    asker = Asker(played)
    before = NOW.isoformat()
    played.clock = Clock.still(NOW + timedelta(hours=2))
    found = requests(asker, updated_after=before, extensions="true")
    assert len(found) > 50
    assert all(record["updated_datetime"] >= before for record in found)
    assert any(record["requested_datetime"] < before for record in found)
    assert {note["type"] for record in found for note in record["notes"]} >= {"opened", "answered", "closed"}


def test_the_hotline_has_the_published_size_at_any_scale():
    for scale in (0.002, 0.2):
        found = requests(Asker(city(scale, faults=0.0)), start_date=days_ago(85).isoformat())
        month = [r for r in found if r["requested_datetime"] >= days_ago(30.44).isoformat()]
        is_open = [r for r in found if r["status"] == "open"]
        late = [r for r in is_open if r["expected_datetime"] < NOW.isoformat()]
        assert 0.95 < len(month) / 14_700 < 1.05
        assert 0.8 < len(is_open) / 396 < 1.2
        assert 0.7 < len(late) / 125 < 1.3
        admin = [r for r in month if r["service_code"] == "hanh-chinh-cong"]
        assert 0.40 < len(admin) / len(month) < 0.46


def test_calls_that_were_reopened_are_open_and_say_when(hotline):
    found = requests(hotline, start_date=days_ago(20).isoformat(), extensions="true")
    reopened = [r for r in found if r["extended_attributes"]["reopened_at"]]
    assert 0.01 < len(reopened) / len(found) < 0.05
    open_again = [r for r in reopened if r["status"] == "open"]
    assert open_again
    for record in open_again:
        assert record["extended_attributes"]["closed_at"] < record["extended_attributes"]["reopened_at"]


def test_noise_in_former_binh_tan_is_closed_late(hotline):
    found = requests(hotline, start_date=days_ago(85).isoformat(), service_code="tieng-on", extensions="true")
    wards = {"Phường Bình Hưng Hòa", "Phường Bình Tân", "Phường Bình Trị Đông", "Phường Tân Tạo", "Phường An Lạc"}

    def late_share(there: bool) -> float:
        closed = [r for r in found if (r["agency_responsible"] in wards) == there and r["status"] == "closed"]
        late = [r for r in closed if r["extended_attributes"]["closed_at"] > r["expected_datetime"]]
        return len(late) / len(closed)

    assert late_share(True) > 3 * late_share(False)
