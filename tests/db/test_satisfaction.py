"""The questions of satisfaction and of results within the day, against dossiers counted by hand."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.store import Store
from sql import database
from tests.conftest import create_database, named
from tests.db.deliveries import batches_of, deliver, differences, feed_of, framer_of, local, rows

NOW = datetime(2026, 11, 20, 3, 30, tzinfo=UTC)
DOSSIER = ("code", "procedure", "unit", "channel", "accepted_at", "due_at", "finished_at", "status", "changed_at")
RATING = ("dossier", "stage", "score", "rated_at")


def dossiers(unit: str, count: int, procedure: str = "P2", **more: Any) -> list[dict[str, str | None]]:
    accepted, finished = local(10), local(13)
    told = {"accepted_at": accepted, "due_at": local(17), "finished_at": finished, "channel": "counter"} | more
    plain = {name: at.isoformat() if isinstance(at, datetime) else at for name, at in told.items()}
    changed = (told["finished_at"] or told["accepted_at"]).isoformat()
    return [
        {"code": f"{unit}-{procedure}-{told['channel']}-{n}", "procedure": procedure, "unit": unit, "status": "10",
         "changed_at": changed} | plain
        for n in range(count)
    ]  # fmt: skip


def rating(code: str, stage: str, score: int) -> dict[str, str | None]:
    return {"dossier": code, "stage": stage, "score": str(score), "rated_at": local(14).isoformat()}


def given() -> tuple[list, list]:
    """Tân Phú's case in An (195 ratings on 120 dossiers, one of them "normal"), Trường Thạnh's in Dương (11 of 14)."""
    an, duong = dossiers("10", 120), dossiers("40", 14, "P1", finished_at=local(10, 16))
    late = dossiers("20", 4, "P3", channel="online_full", finished_at=local(18))
    told = [rating(one["code"], "reception", 2) for one in an]
    told += [rating(one["code"], "return", 2) for one in an[:74]] + [rating(an[74]["code"], "return", 1)]
    told += [rating(one["code"], "return", 2 if n < 11 else 1) for n, one in enumerate(duong)]
    told += [rating(late[0]["code"], "return", 0)]
    return an + duong + late, told


@pytest.fixture(scope="module")
def town(postgres: str, city_template: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of the small city with those dossiers and ratings."""
    create_database(postgres, "satisfied", city_template)
    url = named(postgres, "satisfied")
    folder: Path = tmp_path_factory.mktemp("satisfied")
    files, told = given()
    with closing(database.connect(url)) as conn:
        for feed_id, dataset, columns, records in (
            ("ratings", "ratings", RATING, told),
            ("dossiers", "dossiers", DOSSIER, files),
        ):
            feed = feed_of(folder, feed_id, dataset, columns)
            assert deliver(conn, feed, batches_of(feed, records, 50)).refused == 0
    return url


@pytest.fixture
def store(town: str) -> Iterator[Store]:
    with closing(database.connect(town)) as conn:
        frame = {"version": 3} | framer_of(town, NOW).frame(conn, NOW)
    engine = database.engine(town, "satisfaction of a test")
    yield Store(engine, lambda: frame, lambda: NOW)
    engine.dispose()


def by(key: str, found: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(row for row in found if row[key] == name)


def test_195_ratings_on_120_dossiers_are_120_answers(store: Store) -> None:
    row = by("key", store.satisfaction.past({})["units"], "10")
    assert (row["finished"], row["rated"], row["content"]) == (120, 120, 119)
    assert [round(100 * bound, 1) for bound in row["interval"]] == [95.4, 99.9]
    assert row["tipping_point"] is None  # nobody is silent


def test_195_ratings_are_shown_as_195_by_stage(store: Store) -> None:
    stages = store.satisfaction.past({"unit": "10"})["stages"]
    assert {row["stage"]: row["n"] for row in stages} == {"reception": 120, "return": 75}
    assert by("stage", stages, "return")["scores"] == {2: 74, 1: 1}
    assert sum(row["n"] for row in stages) == 195
    assert sum(row["content"] for row in stages) == 194


def test_eleven_of_fourteen_is_anything_from_52_to_92(store: Store) -> None:
    row = by("key", store.satisfaction.past({})["units"], "40")
    assert [round(100 * bound) for bound in row["interval"]] == [52, 92]


def test_the_whole_is_the_sum_of_units_fields_and_channels(store: Store) -> None:
    past = store.satisfaction.past({})
    whole = [past["whole"][name] for name in ("finished", "rated", "content")]
    assert whole == [138, 135, 130]
    for part in ("units", "fields", "channels", "punctual"):
        assert [sum(row[name] for row in past[part]) for name in ("finished", "rated", "content")] == whole
    assert by("key", past["channels"], "online_full")["finished"] == 4
    assert by("key", past["punctual"], "0")["rated"] == 1


def test_what_is_chosen_is_all_that_is_counted(store: Store) -> None:
    of_unit = store.satisfaction.past({"unit": "20"})
    assert (of_unit["whole"]["finished"], of_unit["whole"]["rated"]) == (4, 1)
    assert [row["code"] for row in of_unit["fields"]] == ["dat-dai"]
    of_field = store.satisfaction.past({"field": "ho-tich"})
    assert of_field["whole"]["finished"] == 134
    assert {row["key"] for row in of_field["units"]} == {"10", "40"}
    of_both = store.satisfaction.past({"unit": "40", "field": "ho-tich"})
    assert of_both["whole"]["finished"] == 14
    assert of_both["modelled"] is None  # too few to model
    assert store.satisfaction.past({"unit": "40"})["modelled"] is not None
    assert store.satisfaction.past({"win": "7"})["whole"]["finished"] == 4  # the late ones only


def test_tables_hand_out_what_the_page_shows(store: Store) -> None:
    found = {one.id: list(one.rows) for one in store.satisfaction.tables({}, "en")}
    by_name = {row["name"]: row for row in found["content_units"]}
    assert (by_name["An District"]["rated"], by_name["An District"]["content"]) == (120, 119)
    assert round(by_name["Duong District"]["interval_low"], 2) == 0.52
    assert [row["n"] for row in found["content_stages"]] == [120, 90]
    assert found["content_whole"][0]["answered"] == round(135 / 138, 6)
    days = {one.id: list(one.rows) for one in store.same_day.tables({}, "vi")}
    assert sum(row["n"] for row in days["same_day_units"]) == 14


def test_a_dossier_that_moves_takes_its_ratings_along(store: Store, town: str) -> None:
    with closing(database.connect(town)) as conn:
        before = rows(conn, "select unit_id, sum(n)::int from rating_day where unit_id > 0 group by 1 order by 1")
        moved = rows(conn, "select code from dossier where rating_min = 1 order by code limit 1")[0][0]
        rows(
            conn,
            "update dossier set unit_id = (select id from unit where key = '40') where code = %s returning 1",
            moved,
        )
        assert differences(conn, framer_of(town, NOW), NOW) == []
        after = rows(conn, "select unit_id, sum(n)::int from rating_day where unit_id > 0 group by 1 order by 1")
        assert before != after
        rows(
            conn,
            "update dossier set unit_id = (select id from unit where key = '10') where code = %s returning 1",
            moved,
        )
        assert differences(conn, framer_of(town, NOW), NOW) == []


def test_within_the_day_is_counted_on_the_day_of_acceptance(store: Store) -> None:
    past = store.same_day.past({})
    assert past["campaign"] is None  # the small city has none: the last thirty days
    assert (past["whole"]["n"], past["whole"]["of"]) == (14, 138)
    assert by("key", past["units"], "40")["share"]["value"] == 1.0
    assert store.same_day.past({"unit": "10"})["whole"]["n"] == 0


def test_a_campaign_is_measured_against_its_pace(store: Store, town: str) -> None:
    said = '{"first": "2026-11-02", "last": "2026-11-27", "dossiers": 200, "share": 0.5}'
    with closing(database.connect(town)) as conn:
        rows(
            conn,
            "update city set rules = rules || jsonb_build_object('same_day_campaign', %s::jsonb) returning 1",
            said,
        )
    engine = database.engine(town, "campaign of a test")
    fresh = Store(engine, store.frame, lambda: NOW + timedelta(minutes=5))
    past = fresh.same_day.past({})
    assert past["course"]["done"] == 14
    assert past["course"]["expected"] == 200 * past["course"]["days"] / past["course"]["of_days"]
    assert past["lines"][-1]["pace"] == 200
    assert fresh.same_day.past({"unit": "40"})["course"]["expected"] is None  # the number to reach is the city's
    engine.dispose()
