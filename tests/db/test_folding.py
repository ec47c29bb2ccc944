"""A window says the same from running sums as from its days, whatever was folded before or came late."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from etl import folding, verify
from tests.db.deliveries import NOW, batches_of, deliver, differences, feed_of, framer_of, local, one, rows

DOSSIER = ("code", "procedure", "unit", "channel", "accepted_at", "due_at", "finished_at", "status", "changed_at")
SUMS = ", ".join(f"sum({name})::bigint" for name in folding.CELLS.sums)
WINDOWS = [(first, first + timedelta(days=length)) for first in (date(2026, 9, 1), date(2026, 9, 30), date(2026, 11, 2))
           for length in (0, 5, 6, 7, 13, 29, 80)]  # fmt: skip
DICE = random.Random(5)


@pytest.fixture
def portal(tmp_path):
    return feed_of(tmp_path, "portal", "dossiers", DOSSIER)


def dossiers(count, version=20):
    told = []
    for number in range(count):
        accepted = local(DICE.randint(1, 30), DICE.randint(7, 16), month=DICE.randint(8, 10))
        ended = accepted + timedelta(hours=DICE.randint(1, 900))
        told.append({
            "code": f"H29.10-{accepted:%y%m}01-{number}", "procedure": f"P{number % 3 + 1}", "channel": "counter",
            "unit": ("10", "20", "40")[number % 3], "accepted_at": accepted.isoformat(), "status": "9",
            "due_at": (accepted + timedelta(days=5)).isoformat(), "changed_at": local(version).isoformat(),
            "finished_at": ended.isoformat() if number % 4 else None,
        })  # fmt: skip
    return told


def by_days(conn, first, through):
    return rows(
        conn,
        f"select * from (select unit_id, field_id, {SUMS} from dossier_day where day between %s and %s group by 1, 2) "
        "as cell order by 1, 2",
        first,
        through,
    )


def nonzero(cells):
    return [cell for cell in cells if any(cell[2:])]


def check(conn):
    for first, through in WINDOWS:
        window = rows(conn, "select * from dossier_window(%s, %s) order by 1, 2", first, through)
        assert nonzero(window) == nonzero(by_days(conn, first, through)), (first, through)


def test_windows_stay_right_before_and_after_folding_and_with_what_comes_late(city, conn, portal):
    told = dossiers(150)
    deliver(conn, portal, batches_of(portal, told, 40))
    check(conn)
    folding.compact(conn, local(10, month=10))
    assert one(conn, "select max(through) from dossier_running") == date(2026, 10, 4)
    check(conn)
    late = [
        row | {"finished_at": local(3, month=9).isoformat(), "changed_at": local(21).isoformat()} for row in told[::3]
    ]
    deliver(conn, portal, batches_of(portal, late + dossiers(30, 22), 40))
    check(conn)
    assert differences(conn, framer_of(city)) == []
    folding.compact(conn, NOW)
    assert one(conn, "select max(through) from dossier_running") == date(2026, 11, 15)
    check(conn)
    assert differences(conn, framer_of(city)) == []
    before = rows(conn, "select * from dossier_running order by 1, 2, 3")
    folding.compact(conn, NOW)
    assert rows(conn, "select * from dossier_running order by 1, 2, 3") == before


def test_verify_names_a_running_sum_that_is_wrong(city, conn, portal):
    deliver(conn, portal, batches_of(portal, dossiers(40), 40))
    folding.compact(conn, NOW)
    rows(conn, "update dossier_running set received = received + 1 where through = '2026-11-15' and unit_id = "
               "(select min(unit_id) from dossier_running where through = '2026-11-15')")  # fmt: skip
    found = differences(conn, framer_of(city))
    assert found
    assert all(
        isinstance(one, verify.Difference) and one.where.startswith("dossier_running(2026-11-15") for one in found
    )


def test_weeks_of_units_are_the_sums_of_their_days(conn, portal):
    deliver(conn, portal, batches_of(portal, dossiers(60), 25))
    assert rows(conn, "select week, unit_id, received, late_out from dossier_unit_week order by 1, 2") == rows(
        conn,
        "select week_of(day), unit_id, sum(received)::int, sum(late_out)::int from dossier_unit_day "
        "group by 1, 2 order by 1, 2",
    )
    assert rows(conn, "select distinct extract(isodow from week)::int from dossier_unit_week") == [(1,)]
