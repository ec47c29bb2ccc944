"""Letters of apology, from delivery to the frame: what is owed, what is overdue, what is wrong with those sent."""

from __future__ import annotations

import pytest

from etl import letters
from tests.db.deliveries import NOW, batches_of, deliver, differences, feed_of, framer_of, local, one, rows
from tests.db.test_holders import DOSSIER, POLICE, STEP, step

LETTER = ("dossier", "code", "sent_at", "new_due_at", "signer", "reviewed_at", "changed_at")
AN, DUONG = "10", "40"  # the city's rule alone; the city's and the district's


@pytest.fixture
def feeds(tmp_path):
    return {
        "dossiers": feed_of(tmp_path, "dossiers", "dossiers", DOSSIER),
        "steps": feed_of(tmp_path, "steps", "steps", STEP),
        "letters": feed_of(tmp_path, "letters", "letters", LETTER),
    }


def dossier(code, due, unit=AN, finished=None, changed=None):
    return {"code": code, "unit": unit, "procedure": "P3", "accepted_at": str(local(2)), "due_at": str(due),
            "finished_at": finished and str(finished), "changed_at": str(changed or finished or local(3))}  # fmt: skip


def letter(code, sent, number=1, new_due=None, reviewed=None):
    return {"dossier": code, "code": str(number), "sent_at": str(sent), "new_due_at": new_due and str(new_due),
            "signer": "head", "reviewed_at": reviewed and str(reviewed),
            "changed_at": str(reviewed or sent)}  # fmt: skip


def give(conn, feeds, name, *given):
    deliver(conn, feeds[name], batches_of(feeds[name], list(given), 99))


def counted(city, conn, key):
    """Return [owed, overdue] of a unit in the frame, having seen that the recount says the same."""
    framer = framer_of(city)
    assert differences(conn, framer) == []
    values = framer.frame(conn, NOW)["city" if key == "city" else "units"]
    values = values if key == "city" else values[key]
    return [values["letters_owed"], values["letters_overdue"]]


def test_a_late_file_owes_a_letter_and_is_overdue_when_the_missed_day_is_over(city, conn, feeds):
    # Now is Friday 20 November 2026, 10:30.
    give(
        conn,
        feeds,
        "dossiers",
        dossier("today", local(20, 9)),
        dossier("yesterday", local(19, 16)),
        dossier("later", local(20, 11)),
        dossier("sent", local(19, 16)),
        dossier("done", local(18), finished=local(19)),
    )
    assert counted(city, conn, "city") == [None, None]
    give(conn, feeds, "letters", letter("sent", local(19, 15)))
    assert counted(city, conn, "city") == [2, 1]
    assert counted(city, conn, AN) == [2, 1]


def test_a_letter_that_comes_before_its_dossier_counts(city, conn, feeds):
    give(conn, feeds, "letters", letter("A", local(19, 15)))
    give(conn, feeds, "dossiers", dossier("A", local(19, 16)), dossier("B", local(19, 16)))
    assert counted(city, conn, "city") == [1, 1]


def test_what_ends_or_is_sent_after_the_instant_is_still_owed_then(city, conn, feeds):
    give(conn, feeds, "dossiers", dossier("A", local(19, 16)), dossier("B", local(19), finished=local(20, 10, 31)))
    give(conn, feeds, "letters", letter("A", local(20, 10, 31)))
    assert counted(city, conn, "city") == [2, 2]


def test_by_the_district_an_interlinked_file_has_three_working_days(city, conn, feeds):
    # Missed on Tuesday 17: until Friday 20. The desk's own file was due by the 17th's end.
    give(
        conn,
        feeds,
        "dossiers",
        dossier("own", local(17), DUONG),
        dossier("linked", local(17), DUONG),
        dossier("older", local(16), DUONG),
    )
    give(conn, feeds, "steps", step("linked", 1, POLICE, local(3)), step("older", 1, POLICE, local(3)))
    give(conn, feeds, "letters", letter("X", local(2)))
    assert counted(city, conn, DUONG) == [3, 2]


VERDICT = "select dossier_code, code, is_late, is_again, is_too_long, review_by from letter_verdict order by 1, 2"


def test_letters_are_judged_by_the_appointment_that_stood_when_they_were_sent(conn, feeds):
    # P3: 10 working days; a quarter of it is 2 days and a half. Tuesday 24 is a holiday.
    give(conn, feeds, "dossiers", dossier("A", local(10, 17), DUONG), dossier("B", local(10, 17)))
    give(
        conn,
        feeds,
        "letters",
        letter("A", local(10, 16), 1, local(12, 17)),
        letter("B", local(11, 8), 1, local(30, 17)),
    )
    give(conn, feeds, "dossiers", dossier("A", local(12, 17), DUONG, changed=local(10, 16)))
    give(conn, feeds, "letters", letter("A", local(13, 8), 2, local(17, 17)))
    assert letters.work(conn) == 2
    found = [(*row[:5], row[5] and row[5].astimezone(local(1).tzinfo).date().day) for row in rows(conn, VERDICT)]
    assert found == [
        ("A", "1", False, False, False, 20), ("A", "2", True, True, True, 26), ("B", "1", True, False, False, None),
    ]  # fmt: skip


def test_a_review_that_was_made_is_no_longer_due(conn, feeds):
    give(conn, feeds, "dossiers", dossier("A", local(10, 17), DUONG))
    give(conn, feeds, "letters", letter("A", local(10, 16)))
    letters.work(conn)
    assert one(conn, "select count(*) from letter_verdict where reviewed_at is null and review_by is not null") == 1
    give(conn, feeds, "letters", letter("A", local(10, 16), reviewed=local(12)))
    assert letters.work(conn) == 1
    assert one(conn, "select count(*) from letter_verdict where reviewed_at is null") == 0
    letters.owe_all(conn)
    assert letters.work(conn) == 1
    assert one(conn, "select count(*) from letter_verdict") == 1


def test_a_letter_that_comes_before_its_dossier_is_judged_when_that_has_come(conn, feeds):
    give(conn, feeds, "letters", letter("A", local(11, 8)))
    letters.work(conn)
    assert rows(conn, VERDICT) == []
    give(conn, feeds, "dossiers", dossier("A", local(10, 17)))
    assert letters.work(conn) == 1
    assert [row[:3] for row in rows(conn, VERDICT)] == [("A", "1", True)]
