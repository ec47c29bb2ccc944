"""Old months go out whole; no number of the past changes, and nothing that was taken out comes in again."""

from __future__ import annotations

import pytest

from etl import clockwork, folding, retention
from etl.load import REFUSED
from tests.db.deliveries import NOW, batches_of, deliver, differences, feed_of, framer_of, one, rows

DOSSIER = ("code", "procedure", "unit", "channel", "accepted_at", "due_at", "finished_at", "status", "changed_at")
RATING = ("dossier", "stage", "score", "rated_at")
STEP = ("dossier", "code", "started_at", "finished_at")
SUMS = "select sum(received), sum(finished), sum(on_time), sum(late_out), sum(rated) from dossier_day"


@pytest.fixture
def portal(tmp_path):
    return feed_of(tmp_path, "portal", "dossiers", DOSSIER)


def dossier(month, number, **more):
    at, ended = f"2026-{month:02d}-05T09:00:00", f"2026-{month:02d}-1{number}T10:00:00"
    return {
        "code": f"000.00.12.H29-26{month:02d}05-{number:04d}", "procedure": "P2", "unit": "10", "channel": "counter",
        "accepted_at": at, "due_at": f"2026-{month:02d}-09T17:00:00", "finished_at": ended, "status": "9",
        "changed_at": f"2026-{month:02d}-20T09:00:00",
    } | more  # fmt: skip


@pytest.fixture
def filled(conn, portal, tmp_path):
    told = [dossier(month, number) for month in range(1, 9) for number in range(3)]
    told.append(dossier(2, 7, finished_at=None, status="4"))
    told.append(dossier(3, 7, finished_at="2026-11-02T10:00:00"))
    told.append(dossier(1, 8, code="old and without a day"))
    deliver(conn, portal, batches_of(portal, told, 7))
    ratings = feed_of(tmp_path, "ratings", "ratings", RATING)
    rated = {"dossier": told[0]["code"], "stage": "return", "score": "2", "rated_at": "2026-01-20T08:00:00"}
    deliver(conn, ratings, batches_of(ratings, [rated], 5))
    steps = feed_of(tmp_path, "steps", "steps", STEP)
    step = {"dossier": told[0]["code"], "code": "1", "started_at": "2026-01-05T09:00:00"}
    deliver(conn, steps, batches_of(steps, [step], 5))
    return told


def test_a_dry_run_tells_what_would_go_and_takes_nothing(conn, filled):
    found = retention.retire(conn, 6, NOW, is_dry=True)
    assert [(month.month.month, month.dossiers, month.open, month.ended_since, month.goes) for month in found] == [
        (1, 3, 0, 0, True), (2, 4, 1, 0, False), (3, 4, 0, 1, False), (4, 3, 0, 0, True)
    ]  # fmt: skip
    assert one(conn, "select count(*) from dossier") == len(filled)


def test_months_without_open_files_go_and_every_sum_of_the_past_stays(city, conn, filled):
    before = rows(conn, SUMS)
    retention.retire(conn, 6, NOW)
    assert one(conn, "select count(*) from dossier") == len(filled) - 7
    assert one(conn, "select count(*) from retired.dossier_y2026m01") == 3
    assert one(conn, "select count(*) from retired.rating_y2026m01") == 1
    assert one(conn, "select count(*) from retired.dossier_step_y2026m01") == 1
    assert one(conn, "select count(*) from rating") == 0
    assert one(conn, "select code from retired.dossier_undated") == "old and without a day"
    assert rows(conn, SUMS) == before
    assert differences(conn, framer_of(city)) == []
    clockwork.redo(conn, NOW)
    assert rows(conn, SUMS) == before
    folding.compact(conn, NOW)
    assert differences(conn, framer_of(city)) == []
    assert [month.goes for month in retention.retire(conn, 6, NOW)] == [False, False]


def test_what_was_taken_out_is_refused_when_it_comes_again(city, conn, portal, filled):
    retention.retire(conn, 6, NOW)
    counts = deliver(conn, portal, batches_of(portal, [dossier(1, 0), dossier(9, 0)], 5))
    assert (counts.merged, counts.refused, counts.reasons) == (1, 1, {REFUSED: 1})
    assert "no longer kept" in one(conn, "select detail from quarantine")
    assert differences(conn, framer_of(city)) == []


def test_fewer_months_than_the_screens_look_back_are_not_taken(conn):
    with pytest.raises(ValueError, match="at least 3"):
        retention.retire(conn, 2, NOW)
