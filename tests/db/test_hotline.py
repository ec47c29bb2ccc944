"""The questions of the hotline's page, against a made-up service-request file whose OVERDUE flags are known."""

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.store import Store
from etl import feeds
from indicators import hotline
from sql import database, embedded
from tests.conftest import ROOT, create_database, named
from tests.db.deliveries import differences, framer_of, loaded, rows

HARBOUR = ROOT / "tests" / "profiles" / "harbour"
NOW = datetime(2015, 4, 10, 12, tzinfo=UTC)  # open rows are judged at this instant: 7 is late by then, 8 is not


@pytest.fixture(scope="module")
def harbour(postgres: str) -> str:
    """URL of a database with the made-up requests loaded."""
    create_database(postgres, "harbour", "empty_city")
    url = named(postgres, "harbour")
    embedded.load_profile(url, HARBOUR)
    outcome = loaded(url, feeds.read(HARBOUR / "feeds" / "requests.toml"), HARBOUR / "requests.csv")
    assert outcome.error is None
    return url


@pytest.fixture
def store(harbour: str) -> Iterator[Store]:
    frame = framed(harbour, NOW)
    engine = database.engine(harbour, "hotline of a test")
    yield Store(engine, lambda: frame, lambda: NOW)
    engine.dispose()


def framed(url: str, at: datetime) -> dict[str, Any]:
    with closing(database.connect(url)) as conn:
        return {"version": 7} | framer_of(url, at).frame(conn, at)


def flags() -> list[dict[str, str]]:
    with (HARBOUR / "requests.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def codes(store: Store, **state: str) -> list[str]:
    found = store.hotline.calls(state)
    assert found is not None
    assert found["total"] == len(found["rows"])
    return sorted(row["code"] for row in found["rows"])


def test_late_is_what_the_city_itself_calls_overdue(store: Store) -> None:
    overdue = sorted(row["CASE_ENQUIRY_ID"] for row in flags() if row["OnTime_Status"] == "OVERDUE")
    assert sorted(codes(store, calls="late") + codes(store, calls="closed_late", win="365")) == overdue


def test_a_case_closed_in_its_last_second_is_on_time_also_when_the_clocks_change(store: Store) -> None:
    late = codes(store, calls="closed_late", win="365")
    assert "2" not in late
    assert "3" in late
    assert "4" in late  # due an hour and a half before the clocks skip an hour, closed right after
    assert "5" not in late


def test_open_and_late_by_neighbourhood_are_the_frames(store: Store) -> None:
    now, frame = store.hotline.now({}), store.frame()
    assert now is not None
    assert frame is not None
    assert now["version"] == 7
    sums = {key: [sum(cell[at] for cell in cells.values()) for at in (0, 1)] for key, cells in now["cells"].items()}
    assert sums == {"H1": [1, 0], "H2": [1, 1]}
    for key, (open_, late) in sums.items():
        assert (frame["units"][key]["tickets_open"], frame["units"][key]["tickets_late"]) == (open_, late)


def test_the_weeks_add_up_to_the_rows_of_the_file(store: Store) -> None:
    past = store.hotline.past({"win": "365"})
    assert past is not None
    by_unit = {key: counts["opened"] for key, counts in past["units"].items()}
    assert by_unit == {"H1": 4, "H2": 4, "unassigned": 1}
    by_category = {row["name_en"]: (row["opened"], row["judged"], row["on_time"]) for row in past["categories"]}
    assert by_category["Street Light Outages"] == (5, 3, 2)
    assert by_category["Noise"] == (3, 3, 1)
    assert by_category["Notification"] == (1, 0, 0)  # without a due time nothing is judged
    assert sum(map(sum, past["hours"])) == len(flags())
    assert past["close"]["n"] == 7


def test_a_call_stands_at_the_hour_of_its_own_zone(store: Store) -> None:
    past = store.hotline.past({"win": "365"})
    assert past is not None
    assert past["hours"][0][8] == 3  # Monday 5 January, 8 in the morning in New York
    assert past["hours"][5][23] == 2  # Saturday 7 March, an hour before midnight


def test_every_number_has_its_list_and_as_many_rows(store: Store) -> None:
    noise = next(row["code"] for row in store.hotline.past({"win": "365"})["categories"] if row["name_en"] == "Noise")
    assert codes(store, calls="opened", win="365", cat=noise) == ["4", "5", "9"]
    assert codes(store, calls="opened", win="365", slot=str(5 * 24 + 23)) == ["4", "5"]
    assert codes(store, calls="opened", win="365", unit="H1") == ["1", "2", "3", "8"]
    assert codes(store, calls="opened", win="365", unit="unassigned") == ["9"]
    assert codes(store, calls="open") == ["7", "8"]
    assert codes(store, calls="reopened", win="365") == []
    assert codes(store, calls="opened", win="365", unit="no such unit") == []
    assert store.hotline.calls({"calls": "everything"}) is None


def test_a_list_comes_in_pages_that_know_the_whole(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.questions.hotline.PAGE_ROWS", 4)
    pages = [store.hotline.calls({"calls": "opened", "win": "365", "page": str(page)}) for page in (1, 2, 3)]
    assert [page["total"] for page in pages if page] == [9, 9, 9]
    assert sorted(row["code"] for page in pages if page for row in page["rows"]) == [str(n) for n in range(1, 10)]


def test_a_list_tells_of_nobody(store: Store) -> None:
    found = store.hotline.calls({"calls": "open"})
    assert found is not None
    assert set(found["rows"][0]) == {
        "code", "opened_at", "due_at", "first_answer_at", "closed_at", "reopened_at", "ended_at", "unit", "category",
    }  # fmt: skip


def test_one_unit_and_category_are_counted_as_the_rollups_count(store: Store) -> None:
    state = {"win": "365"}
    noise = next(row["code"] for row in store.hotline.past(state)["categories"] if row["name_en"] == "Noise")
    both = store.hotline.past(state | {"unit": "H2", "cat": noise})
    of_category = store.hotline.past(state | {"cat": noise})
    of_unit = store.hotline.past(state | {"unit": "unassigned"})
    assert both["hours"][5][23] == 2
    assert Counter(both["close"]["bins"]) + Counter(of_unit["close"]["bins"]) == Counter(of_category["close"]["bins"])


def test_a_city_without_dossiers_says_so(store: Store) -> None:
    past = store.hotline.past({})
    assert past is not None
    assert past["dossiers"] is None


def test_nothing_is_asked_before_the_first_frame(harbour: str) -> None:
    engine = database.engine(harbour, "hotline of a test")
    store = Store(engine, lambda: None, lambda: NOW)
    assert [store.hotline.now({}), store.hotline.past({}), store.hotline.calls({"calls": "open"})] == [None] * 3
    engine.dispose()


def test_the_database_and_the_browser_know_the_same_bins(harbour: str) -> None:
    with closing(database.connect(harbour)) as conn:
        ends, *_ = rows(conn, "select ticket_bins()")[0]
        assert tuple(ends) == hotline.BIN_ENDS
        for place, end in enumerate(hotline.BIN_ENDS):
            edge = timedelta(minutes=end)
            found = rows(conn, "select ticket_bin(%s), ticket_bin(%s)", edge, edge + timedelta(microseconds=1))
            assert found == [(place, place + 1)]


def test_the_rollups_are_those_of_the_facts(harbour: str) -> None:
    with closing(database.connect(harbour)) as conn:
        assert differences(conn, framer_of(harbour, NOW), NOW) == []


def test_what_is_handed_out_has_as_many_rows_as_there_are(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.questions.hotline.PAGE_ROWS", 4)
    found = {one.id: list(one.rows) for one in store.hotline.tables({"calls": "opened", "win": "365"}, "en")}
    assert sorted(row["code"] for row in found["calls"]) == [str(n) for n in range(1, 10)]
    assert {row["unit"]: row["opened"] for row in found["calls_units"]} == {
        "East End": 4, "Mill / Wharf": 4, "Unassigned": 1,
    }  # fmt: skip
    assert sum(row["calls"] for row in found["calls_hours"]) == 9
    assert len(found["calls_hours"]) == 168
    assert "calls" not in {one.id for one in store.hotline.tables({}, "vi")}
