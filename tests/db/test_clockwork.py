"""Due times that rules give, and what happens to them when a rule changes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from etl import clockwork
from sql import profile, registry
from tests.conftest import SMALL_PROFILE
from tests.db.deliveries import batches_of, deliver, differences, feed_of, framer_of, local, one, rows, state

DOSSIER = ("code", "procedure", "unit", "submitted_at", "accepted_at", "due_at", "finished_at", "changed_at")
TICKET = ("code", "opened_at", "due_at", "closed_at", "unit", "category", "changed_at")
NOW = local(13, 12)
DUE = "select code, due_at at time zone 'Asia/Ho_Chi_Minh' from dossier order by code"


@pytest.fixture
def portal(tmp_path):
    return feed_of(tmp_path, "portal", "dossiers", DOSSIER)


@pytest.fixture
def small():
    return profile.read(SMALL_PROFILE)


def dossier(code, **more):
    """Return a dossier of five working days, accepted on Friday 6 November at 9:00."""
    told = {"code": code, "procedure": "P2", "unit": "10", "accepted_at": local(6).isoformat()}
    return told | {"submitted_at": local(6).isoformat(), "changed_at": local(6).isoformat()} | more


def told(conn, query=DUE):
    return {code: str(at)[:16] if at else None for code, at in rows(conn, query)}


def test_a_dossier_without_an_appointment_is_due_by_the_statutory_days_of_its_procedure(conn, portal):
    given = local(9, 17).isoformat()
    deliver(conn, portal, batches_of(portal, [
        dossier("rule"), dossier("given", due_at=given), dossier("none", procedure="P4"),
        dossier("unknown", procedure=None), dossier("same day", procedure="P1"),
        dossier("not accepted", accepted_at=None), dossier("holiday", accepted_at="2026-12-31T09:00:00+07:00"),
    ], 50))  # fmt: skip
    assert told(conn) == {
        "rule": "2026-11-13 09:00", "given": "2026-11-09 17:00", "none": None, "unknown": None,
        "same day": "2026-11-06 17:00", "not accepted": None,
        "holiday": "2027-01-08 09:00",  # the first of January is free
    }  # fmt: skip


def test_a_ticket_is_due_by_the_time_limit_of_its_category_by_night_and_day(conn, tmp_path):
    calls = feed_of(tmp_path, "calls", "tickets", TICKET)
    call = {"opened_at": local(7, 23).isoformat(), "unit": "10", "changed_at": local(7).isoformat()}
    told_ = [call | {"code": name, "category": name} for name in ("noise", "lighting", "other")]
    deliver(conn, calls, batches_of(calls, told_, 5))
    query = "select code, due_at at time zone 'Asia/Ho_Chi_Minh' from ticket order by code"
    assert told(conn, query) == {"noise": "2026-11-08 01:00", "lighting": "2026-11-08 23:00", "other": None}


def test_a_changed_calendar_moves_due_times_and_lists_whose_status_changed(city, conn, portal, small):
    deliver(conn, portal, batches_of(portal, [
        dossier("late"), dossier("given", due_at=local(13, 9).isoformat()),
        dossier("ended", finished_at=local(13, 10).isoformat()),
        dossier("in time", accepted_at=local(6, 15).isoformat(), submitted_at=local(6, 15).isoformat()),
    ], 50))  # fmt: skip
    framer = framer_of(city)
    assert framer.recount(conn, NOW)["city"]["dossiers_late"] == 2
    closed = replace(
        small, calendar=small.calendar | {"closed": [*small.calendar["closed"], date(2026, 11, 11)]}, hash="a day off"
    )
    assert registry.load(conn, closed, NOW)["clocks"] == ["calendar"]
    moved = clockwork.settle(conn, NOW)
    assert (moved.moved, moved.became_late, moved.no_longer_late) == (3, [], ["late"])
    assert told(conn) == {
        "late": "2026-11-16 09:00", "given": "2026-11-13 09:00", "ended": "2026-11-16 09:00",
        "in time": "2026-11-16 15:00",
    }  # fmt: skip
    assert framer.recount(conn, NOW)["city"]["dossiers_late"] == 1, "the one whose appointment was given"
    assert rows(conn, "select sum(on_time)::int, sum(judged)::int from dossier_day") == [(1, 1)], (
        "it ended in time after all"
    )
    assert differences(conn, framer_of(city)) == []
    registry.load(conn, small, NOW)
    assert clockwork.settle(conn, NOW).became_late == ["late"]
    kept = rows(conn, "select detail from audit_event where actor = 'clockwork' order by id")
    assert [detail["no_longer_late"] for (detail,) in kept] == [["late"], []]
    assert json.dumps(kept[1][0]["became_late"]) == '["late"]'


def test_what_was_settled_is_settled_once(conn, portal, small):
    deliver(conn, portal, batches_of(portal, [dossier("D1")], 5))
    assert clockwork.settle(conn, NOW) is None, "a first profile owes nothing"
    registry.load(conn, replace(small, title="A new title", hash="title"), NOW)
    assert clockwork.settle(conn, NOW) is None, "nor does one whose clocks are the old ones"
    registry.load(conn, replace(small, rules=small.rules | {"acceptance": {"working_days": 2}}, hash="two days"), NOW)
    assert clockwork.settle(conn, NOW).moved == 1
    assert clockwork.settle(conn, NOW) is None
    assert told(conn, "select code, accept_by at time zone 'Asia/Ho_Chi_Minh' from dossier") == {
        "D1": "2026-11-10 09:00"
    }


def test_changed_statutory_days_and_time_limits_move_what_they_govern_alone(conn, portal, tmp_path, small):
    calls = feed_of(tmp_path, "calls", "tickets", TICKET)
    deliver(conn, portal, batches_of(portal, [dossier("D2"), dossier("D3", procedure="P3")], 5))
    call = {"unit": "10", "opened_at": local(13, 11).isoformat(), "changed_at": local(13).isoformat()}
    deliver(
        conn, calls, batches_of(calls, [call | {"code": name, "category": name} for name in ("noise", "lighting")], 5)
    )
    changed = replace(
        small,
        procedures=[replace(one, statutory_days=3) if one.code == "P2" else one for one in small.procedures],
        categories=[replace(one, sla_hours=0.5) if one.code == "noise" else one for one in small.categories],
        hash="quicker",
    )
    assert registry.load(conn, changed, NOW)["clocks"] == ["statutory_days", "sla_hours"]
    moved = clockwork.settle(conn, NOW)
    assert (moved.moved, moved.became_late) == (2, ["noise"]), "the dossier was late already"
    assert told(conn)["D2"] == "2026-11-11 09:00"


def test_a_field_that_a_procedure_moved_to_takes_its_counts_along(city, conn, portal, small):
    deliver(conn, portal, batches_of(portal, [dossier("D1"), dossier("D2", finished_at=local(12).isoformat())], 5))
    moved = [replace(one, field="xay-dung") if one.code == "P2" else one for one in small.procedures]
    assert registry.load(conn, replace(small, procedures=moved, hash="other field"), NOW)["rebuild"]
    assert differences(conn, framer_of(city)) != []
    assert clockwork.settle(conn, NOW).moved == 0
    assert differences(conn, framer_of(city)) == []
    told_ = "select f.code, sum(received)::int from dossier_day as d join field as f on f.id = d.field_id group by 1"
    assert rows(conn, told_) == [("xay-dung", 2)]


def test_a_city_that_moves_to_another_zone_counts_its_days_anew(city, conn, portal, small):
    deliver(conn, portal, batches_of(portal, [dossier("D1", accepted_at="2026-11-06T02:00:00+07:00")], 5))
    days = "select day::text from dossier_unit_day where received > 0"
    assert one(conn, days) == "2026-11-06"
    registry.load(conn, replace(small, timezone="Europe/London", hash="moved"), NOW)
    clockwork.settle(conn, NOW)
    assert one(conn, days) == "2026-11-05"
    assert differences(conn, framer_of(city)) == []


def test_what_was_recomputed_and_what_is_loaded_afterwards_agree(conn, portal, small):
    told_ = [dossier("D1"), dossier("D2", procedure="P3"), dossier("D3", due_at=local(9).isoformat())]
    deliver(conn, portal, batches_of(portal, told_, 5))
    registry.load(
        conn, replace(small, calendar=small.calendar | {"closed": [date(2026, 11, 11)]}, hash="a day off"), NOW
    )
    clockwork.settle(conn, NOW)
    stands = state(conn)
    assert deliver(conn, portal, batches_of(portal, told_, 5)).merged == 0
    assert state(conn) == stands


def test_facts_of_a_reused_code_belong_to_the_bearer_of_their_day(city, conn, portal):
    """As district 2 and the later Thủ Đức in the city of Ho Chi Minh, which were both called 769."""
    days = {"before": "2020-12-31T23:59:59+07:00", "after": "2021-01-01T00:00:00+07:00"}
    deliver(conn, portal, batches_of(portal, [
        dossier(code, unit="20", accepted_at=day, submitted_at=day, changed_at=day) for code, day in days.items()
    ], 5))  # fmt: skip
    query = "select d.code, u.key from dossier as d join unit as u on u.id = d.unit_id order by 1"
    assert dict(rows(conn, query)) == {"before": "20@2000-01-01", "after": "20"}
    shown = framer_of(city).recount(conn, NOW)["units"]
    assert shown["20"]["dossiers_open"] == 2, "today's geography shows the files of the predecessor with its successor"
