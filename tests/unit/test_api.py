import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from dashboard import models
from dashboard.api import instant
from dashboard.cache import Unavailable
from dashboard.problems import Problem
from tests.unit.asking import ask
from tests.unit.boards import NOW, Answers, board, own_pages

FRAME: dict[str, Any] = {
    "version": 7,
    "as_of": "2026-11-22T10:00:00+07:00",
    "data_version": 3,
    "title": "Thành phố Nhỏ",
    "simulated": False,
    "timezone": "Asia/Ho_Chi_Minh",
    "feeds": {},
    "city": {"dossiers_late": 5, "tickets_late": None},
    "units": {"10": {"dossiers_late": 2}, "20": {"dossiers_late": 3}, "old": {"dossiers_late": 1}},
    "fields": {"city": {"dat": [9, 5]}, "10": {"dat": [4, 2]}, "20": {"dat": [5, 3]}},
    "hours": {},
    "attention": {"now": [{"unit": "20", "late": 3}, {"unit": "10", "late": 2}], "before": [{"unit": "old"}]},
    "backfill": None,
}
PAST = FRAME | {"version": 6, "as_of": "2026-11-21T10:00:00+07:00"}


class City(Answers):
    """A store with two geographies and one frame of the past."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_at: list[datetime] = []

    def geographies(self) -> list[dict[str, Any]]:
        return [{"id": "now"}, {"id": "before"}]

    def units(self) -> list[dict[str, Any]]:
        common = {"name_vi": "a", "name_en": "a", "kind": "urban", "level": "district", "parent_code": None}
        place = {"map_col": None, "map_row": None}
        rows = [("10", "2000-01-01", None, ["now", "before"]), ("20", "2021-01-01", None, ["now"])]
        rows += [("old", "2000-01-01", "2020-12-31", ["before"])]
        return [
            {"key": key, "code": key, "valid_from": start, "valid_to": end, "geographies": tiles, **common, **place}
            for key, start, end, tiles in rows
        ]

    def frame_at(self, at: datetime) -> dict[str, Any] | None:
        self.asked_at.append(at)
        return PAST if at >= datetime(2026, 11, 21, tzinfo=UTC) else None

    def definitions(self) -> list[dict[str, Any]]:
        texts = dict.fromkeys((name for name in models.Definition.model_fields if name != "queries"), "x")
        return [texts | {"queries": [{"file": "recount", "name": "dossiers", "sql": "select 1"}]}]


@pytest.fixture
def city() -> City:
    return City()


@pytest.fixture
def app(city: City) -> Iterator[FastAPI]:
    with own_pages():
        yield board(store=city, frame=FRAME)


@pytest.fixture
def empty() -> Iterator[FastAPI]:
    with own_pages():
        yield board(store=City())


def test_the_current_frame_is_told_whole(app: FastAPI) -> None:
    answer = ask(app, "/api/v1/indicators")
    assert (answer.status, answer.json()) == (200, FRAME)
    assert answer.headers["content-type"] == "application/json"
    coded = ask(app, "/api/v1/indicators", coding="gzip")
    assert json.loads(gzip.decompress(coded.raw)) == FRAME


def test_who_has_the_frame_gets_304_until_there_is_a_new_one(app: FastAPI) -> None:
    tag = ask(app, "/api/v1/indicators").headers["etag"]
    answer = ask(app, "/api/v1/indicators", if_none_match=tag)
    assert (answer.status, answer.raw, answer.headers["etag"]) == (304, b"", tag)
    assert ask(app, "/api/v1/indicators", if_none_match='W/"frame-6"').status == 200


def test_a_frame_fits_its_description() -> None:
    models.Frame.model_validate(FRAME)


def test_before_the_first_frame_there_is_nothing_to_tell(empty: FastAPI) -> None:
    answer = ask(empty, "/api/v1/indicators")
    assert (answer.status, answer.json()["title"]) == (503, "no frame yet")
    assert answer.headers["retry-after"]


@pytest.mark.parametrize(
    "text",
    ["2026-11-21T10:00:00%2B07:00", "2026-11-21T10:00:00+07:00", "2026-11-21T03:00:00Z", "2026-11-21T10:00:00"],
)
def test_the_frame_of_a_past_moment_is_told(app: FastAPI, city: City, text: str) -> None:
    answer = ask(app, f"/api/v1/indicators?at={text}")
    assert (answer.status, answer.json()["version"]) == (200, 6)
    assert city.asked_at == [datetime(2026, 11, 21, 3, tzinfo=UTC)]


def test_a_moment_of_which_no_frame_is_stored_is_404(app: FastAPI) -> None:
    answer = ask(app, "/api/v1/indicators?at=2020-01-01T00:00:00Z")
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "2020-01-01" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/api/v1/indicators?at=yesterday", "at=yesterday is not an ISO 8601 time"),
        ("/api/v1/indicators?at=", "at= is not an ISO 8601 time"),
        ("/api/v1/indicators?at=2026-13-01", "is not an ISO 8601 time"),
        (f"/api/v1/indicators?at={NOW.year + 1}-01-01T00:00:00Z", "has not come yet"),
        ("/api/v1/indicators?unit=nowhere", "unit=nowhere has no numbers"),
        ("/api/v1/indicators?geography=moon", "geography must be one of now, before"),
        ("/api/v1/units?geography=moon", "geography must be one of now, before"),
        ("/api/v1/units?at=noon", "at=noon is not an ISO 8601 time"),
        ("/api/v1/live?since=noon", "since=noon must be the number of a frame"),
    ],
)
def test_a_bad_parameter_is_422_with_the_reason(app: FastAPI, path: str, said: str) -> None:
    answer = ask(app, path)
    assert answer.status == 422
    assert said in answer.json()["detail"]


def test_one_unit_can_be_asked_for(app: FastAPI) -> None:
    said = ask(app, "/api/v1/indicators?unit=10").json()
    assert said["units"] == {"10": {"dossiers_late": 2}}
    assert said["fields"] == {"10": {"dat": [4, 2]}}
    assert said["attention"] == {"now": [{"unit": "10", "late": 2}]}
    assert said["city"] == FRAME["city"]


def test_one_geography_can_be_asked_for(app: FastAPI) -> None:
    said = ask(app, "/api/v1/indicators?geography=now").json()
    assert set(said["units"]) == {"10", "20"}
    assert set(said["attention"]) == {"now"}
    both = ask(app, "/api/v1/indicators?geography=before&unit=10&at=2026-11-21T10:00:00Z").json()
    assert (both["version"], set(both["units"]), both["attention"]) == (6, {"10"}, {})


def test_units_of_a_geography_or_a_day(app: FastAPI) -> None:
    def keys(query: str) -> list[str]:
        return [row["key"] for row in ask(app, f"/api/v1/units{query}").json()]

    assert keys("") == ["10", "20", "old"]
    assert keys("?geography=now") == ["10", "20"]
    assert keys("?at=2020-12-31") == ["10", "old"]
    assert keys("?at=2020-12-31T18:00:00Z") == ["10", "20"]
    assert keys("?geography=before&at=2026-01-01") == ["10"]


def test_definitions_are_told_with_their_sql(app: FastAPI) -> None:
    assert ask(app, "/api/v1/definitions").json()[0]["queries"][0]["sql"] == "select 1"


def test_without_a_database_the_api_says_so_and_when_to_ask_again() -> None:
    class Gone(City):
        def units(self) -> list[dict[str, Any]]:
            raise Unavailable("connection refused to 10.0.0.5")

    with own_pages():
        app = board(store=Gone(), frame=FRAME)
    answer = ask(app, "/api/v1/units")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert b"10.0.0.5" not in answer.raw
    assert ask(app, "/api/v1/indicators").status == 200


def test_the_process_is_alive_and_tells_why_it_is_not_ready(app: FastAPI) -> None:
    assert ask(app, "/healthz").json() == {"status": "alive"}
    answer = ask(app, "/readyz")
    assert (answer.status, answer.json()["reason"]) == (503, "the database has not been asked yet")


def test_every_route_of_the_api_is_described(app: FastAPI) -> None:
    said = ask(app, "/openapi.json").json()
    assert {"/healthz", "/readyz", "/metrics", "/api/v1/live", "/api/v1/dossiers", "/api/v1/notes"} <= set(
        said["paths"]
    )
    for path, methods in said["paths"].items():
        for method, told in methods.items():
            assert told["description"], (method, path)
    answers = said["paths"]["/api/v1/indicators"]["get"]["responses"]
    assert answers["200"]["content"]["application/json"]["schema"]["$ref"].endswith("/Frame")
    assert answers["422"]["content"]["application/json"]["schema"]["$ref"].endswith("/Trouble")


def test_the_description_is_shown_from_our_own_files(app: FastAPI) -> None:
    page = ask(app, "/docs").raw.decode()
    assert "/docs/assets/swagger-ui-bundle.js" in page
    script = ask(app, "/docs/assets/swagger-ui-bundle.js", coding="br")
    assert (script.status, script.headers["content-encoding"]) == (200, "br")
    assert ask(app, "/docs/assets/swagger-ui.css").status == 200


def test_metrics_are_prometheus_text(app: FastAPI) -> None:
    said = ask(app, "/metrics").raw.decode().splitlines()
    assert "dashboard_frame_version 7.0" in said
    assert "dashboard_frame_age_seconds 0.0" in said
    assert "dashboard_viewers 0.0" in said
    assert 'dashboard_live_state{state="stale"} 1.0' in said


def test_a_time_without_an_offset_is_the_citys() -> None:
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    assert instant("2026-11-22", zone) == datetime(2026, 11, 22, tzinfo=zone)
    with pytest.raises(Problem):
        instant("22/11/2026", zone)
