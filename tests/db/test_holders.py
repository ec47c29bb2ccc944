"""Who has a file: kept beside the facts, whatever comes first."""

from __future__ import annotations

from itertools import permutations

import pytest

from sql import queries
from tests.db.deliveries import batches_of, deliver, feed_of, local, one, rows

DOSSIER = ("code", "unit", "procedure", "accepted_at", "due_at", "finished_at", "changed_at")
STEP = ("dossier", "code", "agency", "department", "started_at", "due_at", "finished_at", "changed_at")
HELD = (
    "select o.dossier_code, h.agency, h.department, o.is_sent, r.agency from open_dossier as o "
    "join holder as h on h.id = o.holder_id join holder as r on r.id = o.to_id order by 1"
)


@pytest.fixture
def dossiers(tmp_path):
    return feed_of(tmp_path, "dossiers", "dossiers", DOSSIER)


@pytest.fixture
def steps(tmp_path):
    return feed_of(tmp_path, "steps", "steps", STEP)


def dossier(code, changed, finished=None):
    return {"code": code, "unit": "10", "procedure": "P3", "accepted_at": str(local(2)), "due_at": str(local(9)),
            "finished_at": finished and str(finished), "changed_at": str(changed)}  # fmt: skip


def step(code, number, who, started=None, finished=None, changed=None):
    agency, department = who
    return {"dossier": code, "code": str(number), "agency": agency, "department": department,
            "started_at": started and str(started), "finished_at": finished and str(finished),
            "changed_at": str(changed or finished or started or local(2))}  # fmt: skip


DESK, POLICE, TAX = ("UBND Quận An", "Một cửa"), ("Công an", "Cư trú"), ("Thuế", "")


def test_a_file_is_with_the_unfinished_step_that_began_last(conn, dossiers, steps):
    deliver(conn, dossiers, batches_of(dossiers, [dossier("A", local(2))], 9))
    told = [
        step("A", 1, DESK, local(2), local(3)), step("A", 2, POLICE, local(3)), step("A", 3, TAX, local(4)),
    ]  # fmt: skip
    deliver(conn, steps, batches_of(steps, told, 9))
    assert rows(conn, HELD) == [("A", "Thuế", "", False, "@none")]


def test_a_file_that_was_passed_on_and_not_received_is_between_two(conn, dossiers, steps):
    deliver(conn, dossiers, batches_of(dossiers, [dossier("A", local(2)), dossier("B", local(2))], 9))
    told = [
        step("A", 1, DESK, local(2), local(3)), step("A", 2, POLICE),
        step("B", 1, DESK, local(2), local(3)),
    ]  # fmt: skip
    deliver(conn, steps, batches_of(steps, told, 9))
    assert rows(conn, HELD) == [
        ("A", "UBND Quận An", "Một cửa", True, "Công an"),
        ("B", "UBND Quận An", "Một cửa", True, "@none"),
    ]


def test_a_dossier_without_steps_is_with_nobody_and_one_that_ended_is_nowhere(conn, dossiers, steps):
    deliver(conn, dossiers, batches_of(dossiers, [dossier("A", local(2)), dossier("B", local(2), local(4))], 9))
    deliver(conn, steps, batches_of(steps, [step("B", 1, DESK, local(2))], 9))
    assert rows(conn, HELD) == [("A", "@none", "", False, "@none")]


def deliveries():
    return {
        "dossier": ("dossiers", dossier("A", local(2))),
        "first": ("steps", step("A", 1, DESK, local(2), changed=local(2))),
        "passed on": ("steps", step("A", 1, DESK, local(2), local(5), changed=local(5))),
        "received": ("steps", step("A", 2, POLICE, local(6), changed=local(6))),
    }


@pytest.mark.parametrize("order", list(permutations(deliveries()))[::3], ids=" → ".join)
def test_the_order_in_which_dossiers_and_steps_come_does_not_matter(conn, dossiers, steps, order):
    known = {"dossiers": dossiers, "steps": steps}
    for name in order:
        feed, row = deliveries()[name]
        deliver(conn, known[feed], batches_of(known[feed], [row], 9))
    assert rows(conn, HELD) == [("A", "Công an", "Cư trú", False, "@none")]


def test_a_file_that_ends_and_opens_again_is_with_its_holder_again(conn, dossiers, steps):
    deliver(conn, steps, batches_of(steps, [step("A", 1, POLICE, local(2))], 9))
    for row in (dossier("A", local(2)), dossier("A", local(5), local(5)), dossier("A", local(6))):
        deliver(conn, dossiers, batches_of(dossiers, [row], 9))
    assert rows(conn, HELD) == [("A", "Công an", "Cư trú", False, "@none")]
    assert one(conn, "select due_at from open_dossier") == local(9)


def test_a_unit_s_own_desks_are_one_party_and_others_stand_for_themselves(conn, steps):
    deliver(
        conn,
        steps,
        batches_of(steps, [step("A", 1, DESK), step("A", 2, ("TP Đông", "Một cửa")), step("A", 3, POLICE)], 9),
    )
    found = rows(
        conn,
        "select h.agency, p.agency, p.department from holder as h join holder as p on p.id = h.party_id order by h.id",
    )
    assert ("UBND Quận An", "@district", "Một cửa") in found
    assert ("TP Đông", "@district", "Một cửa") in found
    assert ("Công an", "Công an", "Cư trú") in found
    assert one(conn, "select count(distinct party_id) from holder where agency <> '@none'") == 2


def test_late_files_are_counted_by_who_has_them(conn, dossiers, steps):
    deliver(conn, dossiers, batches_of(dossiers, [dossier("A", local(2)), dossier("B", local(2))], 9))
    deliver(conn, steps, batches_of(steps, [step("A", 1, POLICE, local(2))], 9))
    with conn, conn.cursor() as cursor:
        assert not queries.run(cursor, "lateness", "late_now", at=local(9), bounds=[local(1)])
        found = queries.run(cursor, "lateness", "late_now", at=local(10), bounds=[local(1)])
    assert sorted((row[2] > 0, row[-1]) for row in found) == [(False, 1), (True, 1)]
