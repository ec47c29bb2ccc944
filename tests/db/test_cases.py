"""The case files behind the numbers of tests/db/late_city.py: as many as it says, and only those one may see."""

from collections.abc import Iterator

import pytest

from dashboard.problems import Problem
from dashboard.store import Store
from sql import database
from tests.db.late_city import DESK, NOW, OFFICE, fill, frame

AGES = ("1-3", "4-7", "8-30", ">30")


@pytest.fixture
def store(city: str) -> Iterator[Store]:
    with database.connect(city, "tests") as db:
        fill(db)
    db.close()
    engine = database.engine(city, "cases of a test")
    yield Store(engine, lambda: frame(), lambda: NOW)
    engine.dispose()


def codes(store: Store, units: frozenset[str] | None = None, **state: str) -> list[str]:
    found = store.cases.page(state, units)
    assert found["total"] == len(found["rows"])
    return [row["code"] for row in found["rows"]]


def test_late_files_stand_the_longest_late_first(store: Store) -> None:
    assert codes(store) == ["A4", "A5", "A3", "A2", "A1"]
    assert codes(store, sort="new") == ["A1", "A2", "A3", "A5", "A4"]


def test_each_list_is_the_one_behind_its_number(store: Store) -> None:
    assert codes(store, unit="10", field="dat-dai") == ["A3", "A2"]
    assert codes(store, unit="20") == ["A5"]  # what was unit 30 is of the city of 2021
    assert codes(store, unit="30", geo="before") == ["A5"]
    assert codes(store, proc="P1") == ["A5", "A1"]
    assert codes(store, mode="finished") == ["A7"]
    assert codes(store, mode="accepted") == ["A9"]
    assert codes(store, mode="open", unit="40") == ["A4", "A9"]
    assert codes(store, mode="finished", win="7") == []


def test_every_cell_of_the_page_has_as_many_files_as_it_says(store: Store) -> None:
    page = store.lateness.page({})
    assert {age: len(codes(store, age=age)) for age in AGES} == page["ages"]
    for field, cell in page["holders"]["cells"].items():
        assert {holder: len(codes(store, field=field, holder=holder)) for holder in cell} == cell
    for key, line in page["weeks"]["cells"].items():
        for day, cell in zip(page["weeks"]["days"][-4:-1], line[-4:-1], strict=True):
            assert len(codes(store, unit=key, week=day)) == (cell or [0])[0], (key, day)
    for mode in ("finished", "accepted"):
        page = store.lateness.page({"mode": mode})
        for key, cells in page["fields"].items():
            unit = "" if key == "city" else key
            assert {field: len(codes(store, mode=mode, unit=unit, field=field)) for field in cells} == {
                field: cell[0] for field, cell in cells.items()
            }


def test_a_row_tells_who_has_the_file_and_for_how_many_working_days_it_is_late(store: Store) -> None:
    rows = {row["code"]: row for row in store.cases.page({}, None)["rows"]}
    assert {code: row["days_late"] for code, row in rows.items()} == {"A1": 1, "A2": 3, "A3": 4, "A4": 36, "A5": 8}
    assert (rows["A2"]["agency"], rows["A2"]["department"], rows["A2"]["is_sent"]) == (OFFICE, DESK, False)
    assert rows["A3"]["is_sent"]
    assert rows["A4"]["agency"] is None
    [finished] = store.cases.page({"mode": "finished"}, None)["rows"]
    [accepted] = store.cases.page({"mode": "accepted"}, None)["rows"]
    assert (finished["days_late"], accepted["days_late"]) == (2, 2)


def test_no_row_tells_more_than_the_list_shows(store: Store) -> None:
    [row] = store.cases.page({"mode": "finished"}, None)["rows"]
    assert set(row) == {
        "code", "procedure", "name_vi", "name_en", "field", "unit", "agency", "department", "is_sent", "status",
        "submitted_at", "accepted_at", "accept_by", "due_at", "ended_at", "days_late",
    }  # fmt: skip


def test_pages_follow_each_other_without_loss_or_repetition(store: Store) -> None:
    first = store.cases.page({}, None, limit=2)
    second = store.cases.page({}, None, first["after"], 2)
    third = store.cases.page({}, None, second["after"], 2)
    assert [row["code"] for page in (first, second, third) for row in page["rows"]] == ["A4", "A5", "A3", "A2", "A1"]
    assert (first["total"], third["after"]) == (5, None)


@pytest.mark.parametrize("mode", ["late", "open", "finished", "accepted"])
def test_nobody_sees_the_files_of_other_units(store: Store, mode: str) -> None:
    every = {row["code"]: row["unit"] for row in store.cases.page({"mode": mode}, None)["rows"]}
    own = frozenset({"40"})
    assert set(codes(store, own, mode=mode)) == {code for code, unit in every.items() if unit == "40"}
    assert codes(store, own, mode=mode, unit="10") == []
    assert codes(store, frozenset({"nowhere"}), mode=mode) == []


def test_an_answer_for_one_reader_is_never_anothers(store: Store) -> None:
    assert len(codes(store)) == 5
    assert codes(store, frozenset({"40"})) == ["A4"]
    assert len(codes(store)) == 5


def test_who_answers_for_a_unit_sees_what_it_stands_for(store: Store) -> None:
    assert codes(store, frozenset({"20"})) == ["A5"]


@pytest.mark.parametrize("state", [{"age": "9-12"}, {"week": "soon"}, {"holder": "x"}])
def test_what_cannot_be_asked_is_said_in_a_sentence(store: Store, state: dict[str, str]) -> None:
    with pytest.raises(Problem):
        store.cases.page(state, None)


def test_a_cursor_that_is_none_is_refused(store: Store) -> None:
    with pytest.raises(Problem):
        store.cases.page({}, None, "nonsense")
