"""The page of late dossiers, counted by hand on the dossiers of tests/db/late_city.py."""

from collections.abc import Iterator

import pytest

from dashboard.scope import Scope
from dashboard.store import Store
from sql import database
from tests.db.late_city import DESK, NOW, OFFICE, fill, frame


@pytest.fixture
def store(city: str) -> Iterator[Store]:
    with database.connect(city, "tests") as db:
        fill(db)
    db.close()
    engine = database.engine(city, "lateness of a test")
    units = {"10": {"dossiers_late": 3, "dossiers_open": 4}}
    yield Store(engine, lambda: frame(units=units), lambda: NOW)
    engine.dispose()


def test_late_files_are_as_old_as_the_working_days_since_they_were_due(store: Store) -> None:
    assert store.lateness.page({})["ages"] == {"1-3": 2, "4-7": 1, "8-30": 1, ">30": 1}
    assert store.lateness.page({"unit": "10"})["ages"] == {"1-3": 2, "4-7": 1, "8-30": 0, ">30": 0}
    assert store.lateness.page({"field": "ho-tich"})["ages"] == {"1-3": 1, "4-7": 0, "8-30": 1, ">30": 0}


def test_late_files_stand_with_who_has_them(store: Store) -> None:
    holders = store.lateness.page({})["holders"]
    [office] = [id_ for id_, name in holders["names"].items() if name == [OFFICE, DESK]]
    assert holders["cells"] == {"dat-dai": {office: 1, f"{office}s": 1, "0": 1}, "ho-tich": {"0": 2}}


def test_the_two_clocks_are_counted_apart(store: Store) -> None:
    clocks = store.lateness.page({})["clocks"]
    assert clocks["city"] == [1, 2, 1, 1]  # of the results one was late; the refused one is none
    assert clocks["10"] == [1, 2, 0, 0]
    assert clocks["40"] == [0, 0, 1, 1]
    chosen = store.lateness.page({"unit": "40"})["clocks"]
    assert (chosen["chosen"], chosen["city"]) == ([0, 0, 1, 1], clocks["city"])
    assert store.lateness.page({"win": "7"})["clocks"]["city"] == [0, 0, 0, 0]


def test_windows_are_shown_by_unit_and_field(store: Store) -> None:
    assert store.lateness.page({"mode": "finished"})["fields"] == {
        "city": {"ho-tich": [1, 2]},
        "10": {"ho-tich": [1, 2]},
    }
    assert store.lateness.page({"mode": "accepted"})["fields"]["40"] == {"ho-tich": [1, 1]}


def test_a_window_of_the_past_ends_with_its_last_day(store: Store) -> None:
    page = store.lateness.page({"mode": "finished", "win": "2026-10-30_2026-11-15"})
    assert (page["first"], page["through"], page["weeks"]["days"][-1]) == ("2026-10-30", "2026-11-15", "2026-11-09")
    assert page["fields"]["city"] == {"ho-tich": [1, 2]}
    assert page["weeks"]["cells"]["10"][-1] == [1, 2]
    before = store.lateness.page({"mode": "finished", "win": "2026-11-08_2026-10-01"})
    assert (before["through"], before["fields"]) == ("2026-11-08", {"city": {}})
    late = store.lateness.page({"win": "2026-10-30_2026-11-15"})["weeks"]
    whole = store.lateness.page({})["weeks"]
    place = whole["days"].index("2026-11-09")
    assert {key: cells[-1] for key, cells in late["cells"].items()} == {
        key: cells[place] for key, cells in whole["cells"].items()
    }


def test_weeks_tell_what_was_late_as_they_ended_and_now_is_the_frames(store: Store) -> None:
    weeks = store.lateness.page({})["weeks"]
    assert len(weeks["days"]) == 52
    assert weeks["days"][-1] == "2026-11-16"
    before = weeks["days"].index("2026-11-09")
    assert weeks["cells"]["10"][before] == [0, 4]  # what is open now was so then
    assert weeks["cells"]["40"][before] == [1, 2]
    assert weeks["cells"]["20"][before] == [1, 1]
    assert weeks["cells"]["10"][-1] == [3, 4]
    assert weeks["cells"]["40"][0] is None  # before anything is known


def test_weeks_of_what_was_finished_late(store: Store) -> None:
    weeks = store.lateness.page({"mode": "finished"})["weeks"]
    assert weeks["cells"]["10"][weeks["days"].index("2026-11-09")] == [1, 2]


def test_the_past_is_shown_in_the_geography_of_then(store: Store) -> None:
    assert "30" in store.lateness.page({"geo": "before"})["weeks"]["cells"]
    assert "30" not in store.lateness.page({"geo": "now"})["weeks"]["cells"]


def test_procedures_stand_in_the_order_of_their_late_files(store: Store) -> None:
    page = store.lateness.page({})
    assert [(row["code"], row["late"]) for row in page["procedures"]] == [("P3", 3), ("P1", 2)]
    for state in ({"mode": "finished"}, {"mode": "finished", "unit": "10"}):
        page = store.lateness.page(state)
        assert [(row["code"], row["late"]) for row in page["procedures"]] == [("P1", 1)]
    assert store.lateness.page({"mode": "finished", "unit": "40"})["procedures"] == []


def test_what_is_no_choice_falls_back_to_what_holds_without_one(store: Store) -> None:
    page = store.lateness.page({"win": "12", "mode": "what", "geo": "nowhere"})
    assert (page["mode"], page["geo"], page["first"], page["through"]) == ("late", "now", "2026-10-24", "2026-11-22")


def test_before_the_first_frame_there_is_nothing_to_tell(city: str) -> None:
    engine = database.engine(city, "lateness of a test")
    assert Store(engine, lambda: None, lambda: NOW).lateness.page({}) is None
    engine.dispose()


@pytest.mark.parametrize("mode", ["late", "finished", "accepted"])
def test_tables_hold_the_cells_of_the_screen(store: Store, mode: str) -> None:
    page = store.lateness.page({"mode": mode})
    tables = {table.id: list(table.rows) for table in store.lateness.tables({"mode": mode}, "vi")}
    assert set(tables) == {"fields", "weeks", "holders", "ages", "procedures", "clocks"}
    if mode != "late":
        assert {(row["code"], row["late"], row["of"]) for row in tables["fields"]} == {
            (key, *cell) for key, cells in page["fields"].items() for cell in cells.values()
        }
    shown = [cell for line in page["weeks"]["cells"].values() for cell in line if cell is not None]
    assert len(tables["weeks"]) == len(shown)
    assert sum(row["late"] for row in tables["ages"]) == 5
    assert sum(row["late"] for row in tables["holders"]) == {"late": 5, "finished": 0, "accepted": 0}[mode]


@pytest.mark.parametrize("at_once", [2, 5_000])
def test_the_table_of_the_case_list_is_the_list(store: Store, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr("dashboard.questions.cases.AT_ONCE", at_once)
    store.cases.scope = Scope(lambda _: None, lambda: False, lambda: {}, "127.0.0.1")
    [table] = store.cases.tables_for(None, {}, "en")
    rows = list(table.rows)
    assert len(table.rows) == len(rows)
    assert [row["code"] for row in rows] == ["A4", "A5", "A3", "A2", "A1"]
    assert (rows[0]["procedure"], rows[0]["days_late"]) == ("Land change registration", 36)
