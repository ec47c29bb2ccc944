"""Source texts become facts, or are refused with the first reason there is."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from etl import feeds
from etl.mapping import Mapper, translated, whole_numbers
from tests.unit.registries import STARTED, batch, small

REGISTRY = small()
DOSSIER = {"code": "D1", "unit": "10", "accepted_at": "2026-11-20T09:00:00"}
TICKET = {"code": "T1", "unit": "10", "opened_at": "2026-11-20T09:00:00"}
STEP = {"dossier": "D1", "agency": "An", "started_at": "2026-11-20T09:00:00"}
RATING = {"dossier": "D1", "score": "2", "rated_at": "2026-11-20T09:00:00"}
RECORDS = {"dossiers": DOSSIER, "tickets": TICKET, "steps": STEP, "ratings": RATING}


@pytest.fixture
def mapped(tmp_path):
    """Map rows of a dataset whose source columns are called as the canonical ones."""

    def map_(dataset, *rows, more="", create=None):
        names = dict.fromkeys(name for row in rows for name in row)
        columns = "\n".join(f'{name} = "{name}"' for name in names)
        path = tmp_path / "feed.toml"
        path.write_text(
            f'[feed]\nid = "f"\ndataset = "{dataset}"\nlate_after = "10m"\n[connector]\nkind = "csv"\n'
            f"[columns]\n{columns}\n{more}\n",
            "utf-8",
        )
        return Mapper(feeds.read(path), REGISTRY, STARTED, create).map(batch(list(rows)))

    return map_


def hcm(day: int, hour: int = 0, minute: int = 0, month: int = 11) -> datetime:
    """Return an instant of 2026 of the city's clock as the fact tables hold it: naive, in UTC."""
    return datetime(2026, month, day, hour, minute) - timedelta(hours=7)  # noqa: DTZ001


@pytest.mark.parametrize(("dataset", "change", "reason", "told"), [
    ("dossiers", {"code": None}, "no code", "code = None"),
    ("dossiers", {"code": "   "}, "no code", "code = '   '"),
    ("steps", {"dossier": ""}, "no code", "dossier = ''"),
    ("ratings", {"dossier": None}, "no code", "dossier = None"),
    ("dossiers", {"accepted_at": None}, "no opening time", "accepted_at = None"),
    ("tickets", {"opened_at": None}, "no opening time", "opened_at = None"),
    ("dossiers", {"accepted_at": "yesterday"}, "unreadable time", "accepted_at = 'yesterday'"),
    ("dossiers", {"due_at": "31/02/2026"}, "unreadable time", "due_at = '31/02/2026'"),
    ("tickets", {"changed_at": "2026-02-31"}, "unreadable time", "changed_at = '2026-02-31'"),
    ("ratings", {"rated_at": "?"}, "unreadable time", "rated_at = '?'"),
    ("steps", {"due_at": "?"}, "unreadable time", "due_at = '?'"),
    ("dossiers", {"finished_at": "2026-11-20T08:59:59"}, "closed before opened", "finished_at = '2026-11-20T08:59:59'"),
    ("dossiers", {"returned_at": "2026-11-19"}, "closed before opened", "returned_at = '2026-11-19'"),
    ("tickets", {"closed_at": "2026-11-19"}, "closed before opened", "closed_at = '2026-11-19'"),
    ("steps", {"finished_at": "2026-11-19"}, "closed before opened", "finished_at = '2026-11-19'"),
    ("dossiers", {"unit": "99"}, "unknown unit", "unit = '99'"),
    ("dossiers", {"unit": None}, "unknown unit", "unit = None"),
    ("tickets", {"unit": "Atlantis"}, "unknown unit", "unit = 'Atlantis'"),
    ("dossiers", {"procedure": "P99"}, "unknown procedure", "procedure = 'P99'"),
    ("tickets", {"category": "ufo"}, "unknown category", "category = 'ufo'"),
    ("dossiers", {"channel": "by pigeon"}, "value outside its list", "channel = 'by pigeon'"),
    ("dossiers", {"status": "11"}, "value outside its list", "status = '11'"),
    ("steps", {"status": "0"}, "value outside its list", "status = '0'"),
    ("ratings", {"score": "very good"}, "not a number", "score = 'very good'"),
    ("ratings", {"score": "1.5"}, "not a number", "score = '1.5'"),
])  # fmt: skip
def test_a_row_is_refused_with_its_reason_and_the_value_that_gave_it(mapped, dataset, change, reason, told):
    good = RECORDS[dataset]
    said = mapped(dataset, good | {name: None for name in change if name not in good}, good | change)
    assert (said.read, said.table.num_rows) == (2, 1), "the good row beside it is taken"
    (refused,) = said.rejected
    assert (refused.row_no, refused.reason, refused.detail) == (2, reason, told)
    assert refused.row == good | change


def test_of_several_reasons_the_first_is_told_and_the_row_counts_once(mapped):
    said = mapped("dossiers", DOSSIER | {"code": None, "unit": "99", "accepted_at": "?", "channel": "?"})
    assert [one.reason for one in said.rejected] == ["no code"]
    assert (said.read, said.table.num_rows) == (1, 0)


def test_only_columns_that_the_feed_maps_are_written(mapped):
    assert mapped("tickets", TICKET).table.column_names == ["code", "unit_id", "opened_at", "version_at", "row_no"]


def test_a_dossier_has_its_appointment_from_the_feed_or_else_from_the_statutory_days(mapped):
    row = DOSSIER | {"procedure": "P2", "accepted_at": "2026-11-06T09:00:00"}
    said = mapped("dossiers", row | {"due_at": "2026-11-30T17:00:00"}, row | {"due_at": None})
    told = said.table.select(["due_given_at", "due_rule_at"]).to_pylist()
    assert told == [
        {"due_given_at": hcm(30, 17), "due_rule_at": None},
        {"due_given_at": None, "due_rule_at": hcm(13, 9)},  # five working days after a Friday
    ]


def test_a_procedure_without_statutory_days_gives_no_due_time(mapped):
    said = mapped("dossiers", DOSSIER | {"procedure": "P4"}, DOSSIER | {"procedure": None})
    assert said.table["due_rule_at"].to_pylist() == [None, None]
    assert said.table["procedure_id"].to_pylist() == [4, 0]


def test_a_submission_must_be_accepted_within_a_working_day(mapped):
    said = mapped("dossiers", {"code": "D1", "unit": "10", "submitted_at": "2026-11-20T09:00:00"})
    assert said.table["accept_by"].to_pylist() == [hcm(23, 9)], "Monday, as the city rests on Saturday and Sunday"


def test_a_ticket_has_its_time_limit_from_the_feed_or_else_from_its_category(mapped):
    rows = [
        TICKET | {"category": name, "due_at": due}
        for name, due in (("noise", None), ("noise", "2026-11-21"), ("other", None), (None, None))
    ]
    said = mapped("tickets", *rows)
    assert said.table["due_rule_at"].to_pylist() == [hcm(20, 11), None, None, None]
    assert said.table["due_given_at"].to_pylist() == [None, hcm(21), None, None]


def test_a_dossier_that_was_stopped_ended_when_it_was_told_and_never_before_it_was_accepted(mapped):
    stopped = DOSSIER | {"status": "7", "changed_at": "2026-11-21T10:00:00", "stopped_at": None}
    said = mapped(
        "dossiers", stopped, stopped | {"stopped_at": "2026-11-21T08:00:00"}, stopped | {"changed_at": "2026-11-19"},
        stopped | {"status": "4"}, stopped | {"status": "9", "stopped_at": "2026-11-21T08:00:00"},
    )  # fmt: skip
    assert said.table["stopped_at"].to_pylist() == [hcm(21, 10), hcm(21, 8), hcm(20, 9), None, None]


def test_a_reused_code_names_the_bearer_of_the_day(mapped):
    days = ("2020-12-31T09:00:00", "2021-01-01T09:00:00", "1990-01-01T00:00:00", "2026-11-20T09:00:00")
    said = mapped("tickets", *(TICKET | {"unit": "20", "opened_at": day} for day in days))
    assert said.table["unit_id"].to_pylist() == [3, 5, 3, 5]


def test_the_last_minutes_of_a_year_belong_to_the_bearer_of_the_citys_own_day(mapped):
    """2021 begins in the city at 17:00 UTC of 31 December."""
    said = mapped(
        "tickets",
        *(TICKET | {"unit": "20", "opened_at": at} for at in ("2020-12-31T16:59:59Z", "2020-12-31T17:00:00Z")),
    )
    assert said.table["unit_id"].to_pylist() == [3, 5]


@pytest.mark.parametrize(
    "name", ["10", " 10", "UBND Quận An", "ubnd  quận an", "Quận An", "An District", "Qua\u0323\u0302n An"]
)
def test_a_unit_is_known_by_code_alias_and_both_names(mapped, name):
    assert mapped("tickets", TICKET | {"unit": name}).table["unit_id"].to_pylist() == [2]


def test_what_is_unknown_may_be_kept_under_unassigned(mapped):
    said = mapped("tickets", TICKET | {"unit": "Atlantis"}, TICKET | {"unit": None}, more='[unknown]\nunit = "keep"')
    assert (said.table["unit_id"].to_pylist(), said.rejected) == ([0, 0], [])


def test_what_is_unknown_may_be_created_once_for_all_its_rows(mapped):
    made = []

    def create(kind, name):
        made.append((kind, name))
        return 1000 + len(made)

    rows = [
        TICKET | {"unit": unit, "category": category}
        for unit, category in (("Atlantis", "ufo"), ("atlantis", "UFO"), ("10", "ghost"))
    ]
    said = mapped("tickets", *rows, more='[unknown]\nunit = "create"\ncategory = "create"', create=create)
    assert sorted(made) == [("category", "ghost"), ("category", "ufo"), ("unit", "Atlantis")]
    assert len(set(said.table["unit_id"].to_pylist())) == 2 and said.rejected == []
    assert said.table["due_rule_at"].to_pylist() == [None, None, None], "what was just created has no time limit"


def test_channels_and_statuses_are_stored_as_numbers(mapped):
    said = mapped(
        "dossiers",
        *(DOSSIER | {"channel": c, "status": s} for c, s in (("online_full", "1"), ("post", "10"), (None, None))),
    )
    assert said.table["channel"].to_pylist() == [1, 4, None]
    assert said.table["status"].to_pylist() == [1, 10, None]


def test_a_feed_translates_its_own_values_and_what_an_empty_one_stands_for(mapped):
    more = '[values.channel]\n"1" = "counter"\n"2" = "online_full"\n"" = "counter"'
    said = mapped("dossiers", *(DOSSIER | {"channel": told} for told in ("1", "2", None, "post", "3")), more=more)
    assert said.table["channel"].to_pylist() == [3, 1, 3, 4]
    assert [one.detail for one in said.rejected] == ["channel = '3'"]


def test_a_rating_without_a_stage_is_of_the_whole(mapped):
    said = mapped("ratings", RATING, RATING | {"stage": "return"}, RATING | {"stage": " "})
    assert said.table["stage"].to_pylist() == ["whole", "return", "whole"]


def test_a_step_without_a_code_is_known_by_who_and_when(mapped):
    said = mapped("steps", STEP | {"code": None}, STEP | {"code": "S1"}, STEP | {"code": None, "agency": "Bình"})
    codes = said.table["code"].to_pylist()
    assert codes == ["An|2026-11-20T09:00:00", "S1", "Bình|2026-11-20T09:00:00"]
    assert mapped("steps", {"dossier": "D1"}).table["code"].to_pylist() == ["only"]


def test_a_row_bears_the_version_it_tells_of_and_else_that_of_its_load(mapped):
    said = mapped("tickets", TICKET | {"changed_at": "2026-11-21T00:00:00"}, TICKET | {"changed_at": None})
    assert said.is_versioned
    assert said.table["version_at"].to_pylist() == [hcm(21), STARTED.replace(tzinfo=None, microsecond=2)]
    assert not mapped("tickets", TICKET).is_versioned


def test_a_batch_tells_its_first_and_last_event_but_none_of_the_future(mapped):
    said = mapped(
        "tickets", TICKET | {"closed_at": "2026-11-21T00:00:00"}, TICKET | {"closed_at": "2027-01-01T00:00:00"}
    )
    assert (said.first_event_at, said.last_event_at) == (hcm(20, 9), hcm(21))
    said = mapped("tickets", TICKET | {"opened_at": "2030-01-01"})
    assert (said.first_event_at, said.last_event_at) == (None, None)


def test_a_batch_that_is_refused_whole_maps_to_nothing(mapped):
    said = mapped("dossiers", DOSSIER | {"unit": "99"}, DOSSIER | {"code": None})
    assert (said.table.num_rows, len(said.rejected), said.first_event_at) == (0, 2, None)


def test_numbers_are_whole_and_small():
    values, wrong = whole_numbers(pa.array(["0", "10", "-3", "+5", None, "1.0", "99999", "x", "", "٣"]))
    assert values.to_pylist() == [0, 10, -3, 5, None, None, None, None, None, None]
    assert wrong.tolist() == [False, False, False, False, False, True, True, True, True, True]


def test_translation_leaves_texts_without_a_list_alone():
    texts, strange = translated(pa.array(["a", " b ", None, ""]), {"a": "x"}, None)
    assert texts.to_pylist() == ["x", "b", None, None]
    assert not np.asarray(strange).any()


def test_rows_without_a_version_follow_each_other_as_they_stand_in_their_load(mapped):
    said = mapped("tickets", TICKET, TICKET, TICKET)
    assert [at.microsecond for at in said.table["version_at"].to_pylist()] == [1, 2, 3]
    assert STARTED.tzinfo is UTC and said.table["version_at"][0].as_py().replace(tzinfo=UTC) - STARTED < timedelta(
        seconds=1
    )
