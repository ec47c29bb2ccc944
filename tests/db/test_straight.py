"""What goes straight into its table stands there as if it had gone the long way."""

from __future__ import annotations

import random

import pytest

from etl import straight
from tests.db.deliveries import batches_of, deliver, differences, emptied, feed_of, framer_of, local, rows, state

DOSSIER = ("code", "procedure", "unit", "channel", "accepted_at", "due_at", "finished_at", "status", "changed_at")
RATING = ("dossier", "stage", "score", "rated_at")


@pytest.fixture
def portal(tmp_path):
    return feed_of(tmp_path, "portal", "dossiers", DOSSIER)


@pytest.fixture
def went(monkeypatch):
    """What became of each attempt to go straight."""
    told = []
    insert = straight.insert

    def noting(*given):
        told.append(insert(*given))
        return told[-1]

    monkeypatch.setattr(straight, "insert", noting)
    return told


def dossier(number, hour=9, **more):
    at = local(1 + number % 15, hour)
    return {
        "code": f"H29.10-2611{1 + number % 15:02d}-{number:04d}", "procedure": "P2", "unit": "10",
        "accepted_at": at.isoformat(), "due_at": local(20).isoformat() if number % 3 else None,
        "finished_at": local(21).isoformat() if number % 2 else None, "status": "4",
        "channel": ("online_full", None)[number % 2], "changed_at": at.isoformat(),
    } | more  # fmt: skip


def test_batches_of_new_rows_go_straight_once_a_batch_was_all_new(city, conn, portal, went):
    told = [dossier(number) for number in range(60)]
    counts = deliver(conn, portal, batches_of(portal, told, 5))
    assert (counts.merged, counts.unchanged) == (60, 0)
    assert True in went
    assert False not in went
    assert differences(conn, framer_of(city)) == []
    stands = state(conn)
    emptied(conn)
    went.clear()
    deliver(conn, portal, batches_of(portal, told, 60))
    assert went == []
    assert state(conn) == stands


def test_a_batch_with_one_known_row_goes_the_long_way_and_ends_the_same(city, conn, portal, went):
    told = [dossier(number) for number in range(60)]
    again = [dossier(number, hour=10, finished_at=local(22).isoformat()) for number in (3, 58)]
    counts = deliver(conn, portal, batches_of(portal, told + again + told[-4:], 4))
    assert (counts.merged, counts.unchanged) == (62, 4)
    assert False in went
    assert differences(conn, framer_of(city)) == []
    stands = state(conn)
    emptied(conn)
    deliver(conn, portal, batches_of(portal, told[-4:] + again + told, 100))
    assert state(conn) == stands


def test_ratings_that_wait_find_their_dossier_however_it_comes(city, conn, portal, tmp_path):
    told = [dossier(number) for number in range(40)]
    ratings = feed_of(tmp_path, "ratings", "ratings", RATING)
    waiting = {"dossier": told[35]["code"], "stage": "return", "score": "1", "rated_at": local(22).isoformat()}
    deliver(conn, ratings, batches_of(ratings, [waiting], 1))
    deliver(conn, portal, batches_of(portal, told, 4))
    assert rows(conn, "select rating_min from dossier where code = %s", told[35]["code"]) == [(1,)]
    assert differences(conn, framer_of(city)) == []


def test_rows_that_the_database_refuses_are_found_in_a_batch_that_went_straight(city, conn, portal, went):
    told = [dossier(number) for number in range(40)]
    told[30] |= {"code": random.Random(1).randbytes(3000).hex()}  # longer than an index takes
    counts = deliver(conn, portal, batches_of(portal, told, 4))
    assert (counts.merged, counts.refused) == (39, 1)
    assert True in went
    assert differences(conn, framer_of(city)) == []
