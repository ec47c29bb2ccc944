"""A loading program that is killed leaves the last good state, and the next run completes it."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from etl import ledger
from etl.rollups import ROLLUPS
from sql import database
from tests.conftest import ROOT
from tests.db.deliveries import (
    batches_of,
    deliver,
    differences,
    feed_of,
    framer_of,
    loaded,
    local,
    one,
    rows,
    state,
    written,
)

DOSSIER = (
    "code",
    "procedure",
    "unit",
    "channel",
    "submitted_at",
    "accepted_at",
    "due_at",
    "finished_at",
    "status",
    "changed_at",
)
SIZE = 40
ROWS = 320


def dossier(number: int) -> dict[str, str | None]:
    """Return a version of one of 250 dossiers: the last seventy rows tell news of the first."""
    day = number % 18 + 1
    accepted = local(day, 8 + number % 9, number % 60)
    return {
        "code": f"D{number % 250}", "procedure": f"P{number % 4 + 1}", "unit": ("10", "20", "40")[number % 3],
        "channel": ("online_full", "counter", None)[number % 3], "submitted_at": local(day, 6).isoformat(),
        "accepted_at": accepted.isoformat(), "due_at": local(day + 2, 17).isoformat() if number % 5 else None,
        "finished_at": local(day + number % 4, 16, 30).isoformat() if number % 4 else None, "status": "4",
        "changed_at": local(day, 18, number % 60).isoformat() if number < 250 else local(25).isoformat(),
    }  # fmt: skip


@pytest.fixture
def portal(tmp_path):
    return feed_of(tmp_path, "portal", "dossiers", DOSSIER)


@pytest.fixture
def file(tmp_path, portal):
    return written(tmp_path / "portal.csv", portal, [dossier(number) for number in range(ROWS)])


def begin(url, feed, file, *point):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.db.loading_process", url, str(feed.path), str(file), str(SIZE), *map(str, point)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def wait_for_its_session(conn, load_id):
    """Wait until Postgres has noticed that the program is gone: the lock of its load is free."""
    rows(conn, "select pg_advisory_lock(766000000000 + %s)", load_id)
    rows(conn, "select pg_advisory_unlock(766000000000 + %s)", load_id)


def completed(city, conn, portal, file, committed):
    """Prove that the killed load left whole batches alone, and that loading again completes it."""
    load_id = one(conn, "select id from load")
    wait_for_its_session(conn, load_id)
    assert ledger.mark_interrupted(conn) == 1
    assert rows(conn, "select state, read, finished_at is not null from load") == [("interrupted", committed, True)]
    assert one(conn, "select count(*) from dossier") == len({number % 250 for number in range(committed)})
    framer = framer_of(city)
    assert differences(conn, framer) == []
    outcome = loaded(city, portal, file)
    assert outcome.error is None
    assert outcome.counts.read == ROWS
    assert differences(conn, framer) == []
    assert one(conn, "select sum(received) from dossier_day") == 250, "nothing counts twice"
    stands = state(conn)
    assert loaded(city, portal, file).counts.merged == 0
    return stands


@pytest.mark.parametrize(
    ("point", "batch", "committed"),
    [("before", 0, 0), ("inside", 1, 0), ("inside", 5, 4 * SIZE), ("after", 3, 3 * SIZE), ("after", 8, ROWS)],
)
def test_a_load_that_is_killed_is_marked_and_completed_by_the_next(city, conn, portal, file, point, batch, committed):
    process = begin(city, portal, file, point, batch)
    _, said = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, said
    stands = completed(city, conn, portal, file, committed)
    with conn, conn.cursor() as cursor:
        cursor.execute(f"truncate dossier, dossier_due_change, {', '.join(one.table for one in ROLLUPS)}")
    deliver(conn, portal, batches_of(portal, [dossier(number) for number in range(ROWS)], ROWS))
    assert state(conn) == stands, "as if nothing had happened"


def test_a_load_that_is_killed_from_outside_loses_at_most_the_batch_it_was_in(city, conn, portal, file):
    process = begin(city, portal, file)
    for line in process.stdout:
        if int(line) >= 2 * SIZE:
            process.kill()
            break
    process.communicate(timeout=120)
    wait_for_its_session(conn, one(conn, "select id from load"))
    committed = one(conn, "select read from load")
    assert committed >= 2 * SIZE and (committed % SIZE == 0 or committed == ROWS)
    if one(conn, "select state from load") == "running":
        completed(city, conn, portal, file, committed)


def test_a_load_that_is_still_running_is_not_marked(city, conn, portal):
    other = database.connect(city)
    ledger.begin(other, portal, "file", "test")
    assert ledger.mark_interrupted(conn) == 0
    assert one(conn, "select state from load") == "running"
    other.close()


def test_a_load_that_ended_frees_its_lock_for_sessions_that_go_on(conn, portal):
    for _ in range(3):
        deliver(conn, portal, [])
    assert one(conn, "select count(*) from pg_locks where locktype = 'advisory'") == 0
