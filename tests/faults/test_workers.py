"""Workers of several hosts share feeds and history: whoever dies, the facts are those of one worker, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing

import psycopg2
import pytest

from etl import leases
from etl.schedule import pulled_feeds
from sql import database
from tests.conftest import ROOT, short_folder
from tests.db.deliveries import one, rows
from tests.faults import workers

HOLDER = """
import sys, time
from contextlib import closing
from etl import leases
from etl.schedule import pulled_feeds
from sql import database
url, breath_s = sys.argv[1], float(sys.argv[2])
with closing(database.connect(url, "holder")) as conn, leases.held(conn, url, "thing", breath_s) as lease:
    with conn.cursor() as cursor:
        cursor.execute("insert into unit_alias (alias, code) values ('half', '10')")
    print(lease.token, flush=True)
    while True:
        time.sleep(0.1)
        with conn.cursor() as cursor:
            cursor.execute("select 1")
"""


@pytest.mark.full
def test_three_workers_that_are_killed_end_as_one_does(postgres, valkey_url):
    with short_folder() as folder:
        killed, alone, together, windows, company = workers.run(
            postgres, valkey_url, folder, days=5, scale=0.01, kills=5, seed=3
        )
        assert sum(killed.values()) == 5
        assert company.said("lease_taken_over") == 0, "the dead give up at once"
    assert windows == 4 * len(pulled_feeds(workers.PROFILE)), "three single days and the two before them, of each feed"
    assert {state for *_, state in together.windows} == {"done"}
    assert together.facts == alone.facts
    assert len(together.facts["dossier"]) > 100 and len(together.facts["ticket"]) > 3
    assert together.rollups == alone.rollups
    assert together.recount == alone.recount
    assert together.quarantine == alone.quarantine
    assert together.differences == alone.differences == []
    assert together.running == 0


@pytest.fixture
def holder(city):
    """A process that holds a lease, and has begun to write under it."""
    started = []

    def start(breath_s: float) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, city, str(breath_s)], cwd=ROOT, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        assert int(process.stdout.readline())
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def until_taken(conn, patience_s: float = 20) -> int | None:
    """Try to take the lease as other workers do."""
    over_at = time.monotonic() + patience_s
    while time.monotonic() < over_at:
        if token := leases.take(conn, "thing"):
            return token
    return None


def test_the_lease_of_a_worker_that_lives_is_nobody_elses(city, holder):
    holder(0.9)
    with closing(database.connect(city)) as conn:
        assert until_taken(conn, 2.5) is None, "it gives signs of life meanwhile"


def test_the_lease_of_a_worker_that_is_killed_is_free_at_once(city, holder):
    process = holder(3600)
    with closing(database.connect(city)) as conn:
        assert leases.take(conn, "thing") is None
        process.send_signal(signal.SIGKILL)
        assert until_taken(conn)


def test_a_worker_that_freezes_loses_its_lease_and_all_that_it_had_begun(city, holder):
    process = holder(1.0)
    os.kill(process.pid, signal.SIGSTOP)
    with closing(database.connect(city)) as conn:
        assert until_taken(conn)
        assert rows(conn, "select 1 from unit_alias where alias = 'half'") == []
        os.kill(process.pid, signal.SIGCONT)
        _, said = process.communicate(timeout=30)
        assert "psycopg2" in said, "it wakes, and can write no more"
        assert one(conn, "select count(*) from lease where name = 'thing'") == 1


def test_a_lease_that_was_taken_over_is_known_as_lost(city):
    with closing(database.connect(city)) as first, closing(database.connect(city)) as second:
        token = leases.take(first, "thing", breath_s=0)
        lease = leases.Lease("thing", token)
        assert lease.is_ours(second)
        assert leases.take(second, "thing") > token
        assert not lease.is_ours(second)
        assert not leases.breathe(second, "thing", token)
        with pytest.raises(psycopg2.Error):
            lease.is_ours(first)
        leases.give_up(first, "thing", token)


def test_work_that_hangs_gives_no_sign_of_life(city, monkeypatch):
    clock = iter([0.0, leases.STALLED_S + 1])
    lease = leases.Lease("thing", 1, lambda: next(clock))
    assert lease.is_stalled()
