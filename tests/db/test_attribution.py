"""Who made it late, from delivery to the sums by day: shares add up, and the sums are those of the shares."""

from __future__ import annotations

import pytest

from etl import attribution
from tests.db.deliveries import batches_of, deliver, feed_of, local, one, rows
from tests.db.test_holders import DESK, DOSSIER, POLICE, STEP, TAX, step

H = 3600
SHARES = "select place, step_code, late_s / 3600.0, is_alone from lateness_share where dossier_code = %s order by place"


@pytest.fixture
def feeds(tmp_path):
    return {
        "dossiers": feed_of(tmp_path, "dossiers", "dossiers", (*DOSSIER, "status")),
        "steps": feed_of(tmp_path, "steps", "steps", STEP),
    }


def dossier(code, finished=None, due=None, changed=None, unit="10", status=None):
    """Accepted on Monday 2 November 2026, 07:30, due on Wednesday 4 at 17:00 if not said otherwise."""
    return {"code": code, "unit": unit, "procedure": "P3", "accepted_at": str(local(2, 7, 30)),
            "due_at": str(due or local(4, 17)), "finished_at": finished and str(finished),
            "changed_at": str(changed or finished or local(2, 8)), "status": status}  # fmt: skip


def give(conn, feeds, name, *given):
    deliver(conn, feeds[name], batches_of(feeds[name], list(given), 99))


SUMS = "sum(dossiers), sum(most), sum(alone), sum(late_s)"
PARTY = "holder_id, is_sent, to_id"


def sums(conn):
    """Return the sums of the shares by unit and party, having seen that the city's are the sums of the units'."""
    by_city = f"select day, field_id, {PARTY}, {SUMS} from {{}} group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5"
    assert rows(conn, by_city.format("lateness_day")) == rows(conn, by_city.format("lateness_city_day"))
    return rows(
        conn,
        f"select unit_id, day, field_id, {PARTY}, dossiers, most, alone, late_s from lateness_day "
        "where (dossiers, most, alone, late_s) <> (0, 0, 0, 0) order by day, unit_id, late_s desc",
    )


def all_rows(conn):
    """Return everything that explaining keeps."""
    kept = ("lateness_share order by 1, 2", "trace_day order by 1, 2", "traced_dossier order by 1")
    return [sums(conn), *(rows(conn, f"select * from {table}") for table in kept)]


def test_the_parts_of_a_late_dossier_are_stored_and_counted_on_the_day_it_ended(conn, feeds):
    # Plan: desk until Mon 17:00, police until Wed 17:00. The desk passes it on Tue 17:00 (8 h late), the police take
    # 2 days and 3 h instead of 2 days: end Fri 10:30, 11 h late = 8 h of the desk + 3 h of the police.
    give(conn, feeds, "dossiers", dossier("A", local(6, 10, 30)))
    give(
        conn,
        feeds,
        "steps",
        step("A", 1, DESK, local(2, 7, 30), local(3, 17)),
        step("A", 2, POLICE, local(3, 17), local(6, 10, 30)),
    )
    rows(conn, "update dossier_step set due_at = %s where code = '1'", local(2, 17))
    assert attribution.work(conn) == 1
    assert [(place, code, float(late), alone) for place, code, late, alone in rows(conn, SHARES, "A")] == [
        (1, "1", 8.0, False), (2, "2", 3.0, False),
    ]  # fmt: skip
    assert one(conn, "select late_s from traced_dossier") == 11 * H
    found = [
        (str(day), dossiers, most, alone, late / H) for _, day, _, _, _, _, dossiers, most, alone, late in sums(conn)
    ]
    assert found == [("2026-11-06", 1, 1, 0, 8.0), ("2026-11-06", 1, 0, 0, 3.0)]


def test_a_late_dossier_without_steps_cannot_be_attributed_and_is_counted_as_such(conn, feeds):
    give(conn, feeds, "dossiers", dossier("A", local(5, 10, 30)), dossier("B", local(4, 10)))
    attribution.work(conn)
    assert [(holder, most, late / H) for _, _, _, holder, _, _, _, most, _, late in sums(conn)] == [(0, 1, 3.0)]
    assert one(conn, "select count(*) from lateness_share") == 0


def test_steps_that_come_later_change_the_split_and_the_sums_follow(conn, feeds):
    give(conn, feeds, "dossiers", dossier("A", local(5, 10, 30)))
    attribution.work(conn)
    give(conn, feeds, "steps", step("A", 1, POLICE, local(2, 7, 30), local(5, 10, 30)))
    assert one(conn, "select is_owed from traced_dossier")
    attribution.work(conn)
    assert [(holder > 0, most, late / H) for _, _, _, holder, _, _, _, most, _, late in sums(conn)] == [(True, 1, 3.0)]
    give(
        conn,
        feeds,
        "steps",
        step("A", 2, TAX, local(3, 7, 30), local(5, 10, 30), changed=local(6)),
        step("A", 1, POLICE, local(2, 7, 30), local(3, 7, 30), changed=local(6)),
    )
    attribution.work(conn)
    assert sum(row[-1] for row in sums(conn)) == 3 * H
    assert [code for _, code, _, _ in rows(conn, SHARES, "A")] == ["1", "2"]


def test_a_dossier_that_is_no_longer_late_leaves_the_sums(conn, feeds):
    give(conn, feeds, "dossiers", dossier("A", local(5, 10, 30)))
    attribution.work(conn)
    give(conn, feeds, "dossiers", dossier("A", local(4, 10, 30), changed=local(6)))
    attribution.work(conn)
    assert sums(conn) == []
    assert one(conn, "select count(*) from traced_dossier") == 0


def test_a_dossier_that_changes_its_unit_moves_its_sums(conn, feeds):
    give(conn, feeds, "dossiers", dossier("A", local(5, 10, 30)))
    attribution.work(conn)
    give(conn, feeds, "dossiers", dossier("A", local(5, 10, 30), unit="40", changed=local(6)))
    attribution.work(conn)
    assert [row[0] for row in sums(conn)] == [one(conn, "select id from unit where code = '40'")]


def test_without_its_moved_appointment_a_dossier_would_have_been_late(conn, feeds):
    give(conn, feeds, "dossiers", dossier("A"), dossier("B"))
    give(
        conn,
        feeds,
        "dossiers",
        dossier("A", due=local(6, 17), changed=local(4)),
        dossier("B", due=local(6, 17), changed=local(4)),
    )
    give(
        conn,
        feeds,
        "dossiers",
        dossier("A", local(6, 9), due=local(6, 17)),
        dossier("B", local(4, 9), due=local(6, 17)),
    )
    attribution.work(conn)
    kept = rows(
        conn,
        "select dossier_code, is_late, moves, late_first, late_fair, is_unexplained from traced_dossier order by 1",
    )
    assert kept == [("A", False, 1, True, True, True), ("B", False, 1, False, False, True)]
    assert rows(conn, "select late, late_first, late_fair, moved, unexplained from trace_day order by day") == [
        (0, 0, 0, 1, 1), (0, 1, 1, 1, 1),
    ]  # fmt: skip


def test_a_pause_that_the_records_tell_of_explains_a_moved_appointment(conn, feeds):
    # Asked for a supplement from Tue 09:00 to Wed 09:00: one day; the appointment moves by one day.
    give(conn, feeds, "dossiers", dossier("A", changed=local(2, 8), status="4"))
    give(conn, feeds, "dossiers", dossier("A", changed=local(3, 9), status="5"))
    give(conn, feeds, "dossiers", dossier("A", changed=local(4, 9), status="4", due=local(5, 17)))
    give(conn, feeds, "dossiers", dossier("A", local(5, 16), due=local(5, 17), status="9"))
    assert rows(conn, "select from_at, to_at, reason from dossier_pause") == [(local(3, 9), local(4, 9), "5")]
    attribution.work(conn)
    assert rows(conn, "select moved, unexplained, late_first, late_fair, paused, asked_twice from trace_day") == [
        (1, 0, 1, 0, 1, 0)
    ]


def test_two_requests_for_supplements_are_counted(conn, feeds):
    for hour, status in ((8, "4"), (9, "5"), (10, "4"), (11, "5"), (14, "4")):
        give(conn, feeds, "dossiers", dossier("A", changed=local(3, hour), status=status))
    give(conn, feeds, "dossiers", dossier("A", local(4, 9), status="9"))
    attribution.work(conn)
    assert rows(conn, "select paused, asked_twice from trace_day") == [(1, 1)]


def test_explaining_everything_again_changes_nothing(conn, feeds):
    give(conn, feeds, "dossiers", dossier("A", local(6, 10)), dossier("B", local(5, 10)))
    give(
        conn,
        feeds,
        "steps",
        step("A", 1, DESK, local(2, 8), local(4, 8)),
        step("A", 2, POLICE, local(5, 8), local(6, 10)),
    )
    attribution.work(conn)
    before = all_rows(conn)
    attribution.owe_all(conn)
    assert attribution.work(conn) == 2
    assert all_rows(conn) == before
    assert attribution.work(conn) == 0


def test_an_appointment_days_beyond_the_statutory_time_was_moved_though_nobody_told(conn, feeds):
    # P3 takes 10 working days: from Mon 2 until Fri 13, 17:00. No holiday falls into these weeks of November 2026.
    told = [dossier("A", local(16, 9), due=local(18, 17)), dossier("B", local(16, 9), due=local(16, 17))]
    give(conn, feeds, "dossiers", *told)
    attribution.work(conn)
    kept = rows(conn, "select dossier_code, is_late, moves, late_first, is_unexplained from traced_dossier order by 1")
    assert kept == [("A", False, 1, True, True)]
