"""The pages of who made it late, of one dossier and of letters: what the store answers, and to whom."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
import sqlalchemy
from docx import Document

from dashboard import dossier_routes, drafts
from dashboard.problems import Problem
from dashboard.store import Store
from etl import explain
from sql import database
from tests.db.deliveries import NOW, batches_of, deliver, feed_of, framer_of, local
from tests.db.test_holders import DESK, DOSSIER, POLICE, STEP, step
from tests.db.test_letters import LETTER, letter

FULL = (*DOSSIER, "status", "submitted_at")


def dossier(code, due, unit="10", finished=None, changed=None):
    return {"code": code, "unit": unit, "procedure": "P3", "submitted_at": str(local(2, 7)), "status": "4",
            "accepted_at": str(local(2, 7, 30)), "due_at": str(due), "finished_at": finished and str(finished),
            "changed_at": str(changed or finished or local(3))}  # fmt: skip


class Town:
    """A database with deliveries, and a store that shows its frame."""

    def __init__(self, city: str, folder) -> None:
        self.url, self.conn = city, database.connect(city)
        names = {"dossiers": FULL, "steps": STEP, "letters": LETTER}
        self.feeds = {name: feed_of(folder, name, name, columns) for name, columns in names.items()}
        self.engine = sqlalchemy.create_engine(city)
        self.frame = None
        self.store = Store(self.engine, lambda: self.frame, lambda: NOW)

    def give(self, name, *given):
        deliver(self.conn, self.feeds[name], batches_of(self.feeds[name], list(given), 99))

    def show(self):
        explain.turn(self.url)
        self.frame = framer_of(self.url).frame(self.conn, NOW) | {"version": 1}


@pytest.fixture
def town(city, tmp_path):
    made = Town(city, tmp_path)
    yield made
    made.conn.close()
    made.engine.dispose()


@pytest.fixture
def late(town):
    """Dossier A ended 11 h late through desk (8 h) and police (3 h); B is late now with the police; C has no steps."""
    town.give(
        "dossiers",
        dossier("A", local(4, 17), finished=local(6, 10, 30)),
        dossier("B", local(18, 17)),
        dossier("C", local(4, 17), finished=local(5, 10, 30)),
    )
    town.give(
        "steps",
        step("A", 1, DESK, local(2, 7, 30), local(3, 17)) | {"due_at": str(local(2, 17))},
        step("A", 2, POLICE, local(3, 17), local(6, 10, 30)),
        step("B", 1, POLICE, local(2, 7, 30)),
    )
    town.show()
    return town


def test_the_stops_of_a_window_are_told_with_their_parts(late):
    found = late.store.steps.page({})
    named = {tuple(found["holders"][stop["holder"]]): stop for stop in found["stops"]}
    assert named["@district", "Một cửa"]["late_s"] == 8 * 3600
    assert named["Công an", "Cư trú"]["late_s"] == 3 * 3600
    assert named["@none", ""]["most"] == 1
    assert sum(stop["most"] for stop in found["stops"]) == 2
    assert found["city"] == {"ended": 2, "late": 2, "late_first": 2, "late_fair": 2, "moved": 0, "unexplained": 0,
                             "paused": 0, "asked_twice": 0}  # fmt: skip
    assert (found["waiting"], found["day_s"]) == (0, 8 * 3600)


def test_a_unit_and_a_field_leave_only_their_own_stops(late):
    assert late.store.steps.page({"unit": "40"})["stops"] == []
    assert late.store.steps.page({"field": "ho-tich"})["stops"] == []
    assert len(late.store.steps.page({"unit": "10", "field": "dat-dai"})["stops"]) == 3


def test_tables_have_a_row_for_each_stop_and_each_unit(late):
    stops, units = late.store.steps.tables({}, "en")
    assert next(row["days"] for row in stops.rows) == 1.0
    assert {row["unit"] for row in units.rows} >= {"An District"}
    (letters,) = late.store.letters.tables({}, "vi")
    assert {"unit", "owed", "overdue"} <= {column.key for column in letters.columns}


def test_one_dossier_is_told_with_its_course_and_without_personal_data(late):
    found = late.store.dossier.page("A", None)
    assert [(stop["step"], stop["late_s"] / 3600) for stop in found["stops"]] == [("1", 8.0), ("2", 3.0)]
    assert (found["is_late"], found["late_s"], found["unit"]) == (True, 11 * 3600, "10")
    assert datetime.fromisoformat(found["stops"][0]["begin_at"]) == local(2, 7, 30)
    assert datetime.fromisoformat(found["stops"][1]["end_at"]) == local(6, 10, 30)


def test_a_dossier_that_is_still_open_is_split_up_to_now(late):
    found = late.store.dossier.page("B", None)
    # Due Wednesday 18, 17:00; now Friday 20, 10:30: a day and 3 h, all with the police.
    assert [(stop["step"], stop["late_s"] / 3600, stop["is_alone"]) for stop in found["stops"]] == [("1", 11.0, True)]
    assert found["ended_at"] is None


def test_an_unknown_dossier_and_one_out_of_scope_are_refused_in_one_sentence(late):
    with pytest.raises(Problem) as unknown:
        late.store.dossier.page("Z", None)
    assert unknown.value.status == 404
    with pytest.raises(Problem) as foreign:
        late.store.dossier.page("A", frozenset({"40"}))
    assert foreign.value.status == 403
    assert late.store.dossier.page("A", frozenset({"10"}))["code"] == "A"


def test_the_page_of_letters_tells_what_was_sent_and_what_is_owed(late):
    late.give("letters", letter("A", local(5, 8)), letter("C", local(4, 16)))
    late.show()
    found = late.store.letters.page({})
    assert found["units"]["10"] == {"sent": 2, "sent_late": 1, "again": 0, "too_long": 0, "never_sent": 0,
                                    "reviews_due": 0, "reviews_overdue": 0}  # fmt: skip
    assert (found["fed"], [rule["id"] for rule in found["rules"]]) == (True, ["city", "duong"])
    (owed,) = late.store.letters.cases({}, None)["rows"]
    assert (owed["dossier_code"], owed["letter_by"], owed["is_overdue"]) == ("B", "2026-11-18", True)
    assert late.store.letters.cases({}, frozenset({"40"}))["rows"] == []


def test_the_draft_of_a_letter_has_what_the_rule_requires_and_no_name(late):
    letter_ = dossier_routes.drafted(late.store, "B", None)
    told = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(drafts.written(letter_))).paragraphs)
    for word in ("Ông/Bà ....", "(mã hồ sơ): B", "Đăng ký biến động đất đai (P3)", "17 giờ 00, ngày 18/11/2026",
                 "đang xử lý", "Công an · Cư trú", "Lý do chậm trễ: ....", "xin lỗi Ông/Bà", "hẹn lại: ......",
                 "chậm nhất hết ngày 18/11/2026"):  # fmt: skip
        assert word in told, word
    with pytest.raises(Problem):
        dossier_routes.drafted(late.store, "B", frozenset({"40"}))
