"""Programs that load at once: no error, no deadlock, and the same end as one after the other."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta

import psycopg2
import pytest

from etl import clockwork, ledger
from etl.load import Loader, LoadError
from etl.mapping import Mapper
from sql import database, profile, registry
from tests.conftest import ROOT, SMALL_PROFILE
from tests.db.deliveries import (
    NOW,
    batches_of,
    deliver,
    differences,
    emptied,
    feed_of,
    framer_of,
    loaded,
    local,
    one,
    rows,
    state,
    written,
)

DOSSIER = ("code", "procedure", "unit", "accepted_at", "due_at", "finished_at", "status", "changed_at")
TICKET = ("code", "opened_at", "closed_at", "unit", "category", "changed_at")
DICE = random.Random(7)


def dossiers(count: int) -> list[dict[str, str | None]]:
    """Return versions of dossiers, three of each at most, spread over hours that tickets share."""
    told = []
    for number in range(count):
        code, accepted = number % (count // 2), local(DICE.randint(1, 18), DICE.randint(0, 23))
        told.append({
            "code": f"D{code}", "procedure": f"P{code % 3 + 1}", "unit": ("10", "20", "40")[code % 3],
            "accepted_at": accepted.isoformat(), "status": "4",
            "due_at": DICE.choice([None, (accepted + timedelta(days=3)).isoformat()]),
            "finished_at": DICE.choice([None, (accepted + timedelta(hours=DICE.randint(1, 90))).isoformat()]),
            "changed_at": (local(20) + timedelta(minutes=number)).isoformat(),
        })  # fmt: skip
    return told


def tickets(count: int) -> list[dict[str, str | None]]:
    told = []
    for number in range(count):
        opened = local(DICE.randint(1, 18), DICE.randint(0, 23))
        told.append({
            "code": f"T{number % (count // 2)}", "unit": "10", "category": "noise", "opened_at": opened.isoformat(),
            "closed_at": DICE.choice([None, (opened + timedelta(hours=DICE.randint(1, 90))).isoformat()]),
            "changed_at": (local(20) + timedelta(minutes=number)).isoformat(),
        })  # fmt: skip
    return told


@pytest.fixture
def portal(tmp_path):
    return feed_of(tmp_path, "portal", "dossiers", DOSSIER)


@pytest.fixture
def calls(tmp_path):
    return feed_of(tmp_path, "calls", "tickets", TICKET)


def begin(url, feed, path):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.db.loading_process", url, str(feed.path), str(path), "25"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def with_days(small, days):
    """Return the profile with other statutory days of its second procedure."""
    changed = [replace(one, statutory_days=days) if one.code == "P2" else one for one in small.procedures]
    return replace(small, procedures=changed, hash=f"{days} days")


def test_loaders_of_overlapping_files_a_changing_profile_and_its_clockwork_do_not_disturb_each_other(
    city, conn, tmp_path, portal, calls
):
    of_dossiers, of_tickets = dossiers(900), tickets(600)
    files = []
    for name, feed, told in (
        ("one", portal, of_dossiers[:600]),
        ("two", portal, of_dossiers[300:]),
        ("calls", calls, of_tickets),
    ):
        told = list(told)
        DICE.shuffle(told)
        files.append((feed, written(tmp_path / f"{name}.csv", feed, told)))
    small = profile.read(SMALL_PROFILE)
    with ExitStack() as running, closing(database.connect(city)) as other:
        loading = [running.enter_context(begin(city, feed, path)) for feed, path in files]
        for turn, _ in enumerate(loading[0].stdout):  # a line a batch: the profile changes with every sixth
            if turn % 6 == 5:
                registry.load(other, with_days(small, turn), NOW)
                clockwork.settle(other, NOW)
        told = [process.communicate()[1] for process in loading]
        assert [process.returncode for process in loading] == [0, 0, 0], told
        registry.load(other, small, NOW)
        clockwork.settle(other, NOW)
    assert rows(conn, "select state, error from load where state <> 'done'") == []
    framer = framer_of(city)
    assert differences(conn, framer) == []
    stands = state(conn)
    emptied(conn)
    deliver(conn, portal, batches_of(portal, of_dossiers, 5000))
    deliver(conn, calls, batches_of(calls, of_tickets, 5000))
    assert state(conn) == stands


def test_three_loaders_of_overlapping_files_of_which_one_is_killed_end_as_one(city, conn, tmp_path, portal):
    """Codes lie in months that have no partition yet: all three want to make them."""
    told = [
        row | {"code": f"H29.10-26{9 + number % 3:02d}05-{row['code'][1:]}"} for number, row in enumerate(dossiers(900))
    ]
    files = []
    for nth in range(3):
        part = told[200 * nth : 200 * nth + 500]
        DICE.shuffle(part)
        files.append(written(tmp_path / f"{nth}.csv", portal, part))
    with ExitStack() as running:
        loading = [running.enter_context(begin(city, portal, path)) for path in files]
        for turn, _ in enumerate(loading[1].stdout):
            if turn == 4:
                loading[1].kill()
                break
        said = [process.communicate()[1] for process in loading]
        assert [process.returncode for process in loading] == [0, -9, 0], said
    assert loaded(city, portal, files[1]).error is None
    assert differences(conn, framer_of(city)) == []
    stands = state(conn)
    emptied(conn)
    deliver(conn, portal, batches_of(portal, told, 5000))
    assert state(conn) == stands


def test_a_profile_that_overtakes_a_running_load_maps_the_rest_of_it(city, conn, portal):
    """What was mapped by the old clocks after they had been settled would never be looked at again."""
    small = profile.read(SMALL_PROFILE)
    told = [row | {"due_at": None, "finished_at": None, "procedure": "P2"} for row in dossiers(40)[:20]]
    load = ledger.begin(conn, portal, "file", "test")
    with conn:
        loader = Loader(conn, load, Mapper(portal, registry.read(conn), load.started_at))
    is_first = threading.Event()

    def overtake(counts, batch):
        if not is_first.is_set():
            is_first.set()
            with closing(database.connect(city)) as other:
                registry.load(other, with_days(small, 20), NOW)
                clockwork.settle(other, NOW)

    counts = loader.run(batches_of(portal, told, 4), overtake)
    ledger.end(conn, load)
    assert counts.merged == 20
    stored = rows(conn, "select code, due_rule_at from dossier order by code")
    assert clockwork.redo(conn, NOW)[0].moved == 0, "every due time is one of the new rule"
    assert rows(conn, "select code, due_rule_at from dossier order by code") == stored


def test_a_profile_that_comes_while_another_is_settled_is_not_marked_as_done(city, conn, portal):
    small = profile.read(SMALL_PROFILE)
    deliver(conn, portal, batches_of(portal, [row | {"due_at": None, "procedure": "P2"} for row in dossiers(20)], 50))
    registry.load(conn, with_days(small, 3), NOW)
    settling, waiting = database.connect(city), threading.Event()

    def load_another():
        with closing(database.connect(city, "another profile")) as other:
            waiting.set()
            registry.load(other, with_days(small, 9), NOW)

    with settling.cursor() as cursor:  # as settle does: the turn is taken, the work is going on
        registry.take_turn(cursor)
        thread = threading.Thread(target=load_another)
        thread.start()
        waiting.wait(10)
        while not rows(conn, "select 1 from pg_locks where locktype = 'advisory' and not granted"):
            assert thread.is_alive()
        registry.settle(settling, NOW)
        settling.commit()
        thread.join(20)
    settling.close()
    assert registry.owed(conn)["clocks"], "the profile that waited is still owed"
    conn.rollback()
    assert clockwork.settle(conn, NOW).moved > 0
    assert clockwork.settle(conn, NOW) is None
    assert clockwork.redo(conn, NOW)[0].moved == 0


def test_the_victim_of_a_deadlock_loads_its_batch_again(city, conn, portal):
    """Somebody holds the row of the loader's feed and wants the turn that the loader has."""
    deliver(conn, portal, batches_of(portal, dossiers(4), 10))
    load = ledger.begin(conn, portal, "file", "test")
    with conn, conn.cursor() as cursor:
        cursor.execute("set deadlock_timeout = '100ms'")
        known = registry.read(conn)
    loader = Loader(conn, load, Mapper(portal, known, load.started_at))
    with closing(database.connect(city)) as other, other.cursor() as cursor:
        cursor.execute("set deadlock_timeout = '1h'")  # so that the loader is the one that gives in
        cursor.execute("update feed set title = title where id = 'portal'")
        pid = conn.get_backend_pid()
        rival = threading.Thread(target=wait_for_the_turn, args=(city, other, cursor, pid, portal))
        rival.start()
        counts = loader.run(batches_of(portal, dossiers(20), 50))
        rival.join(20)
    assert (counts.read, counts.refused) == (20, 0)
    assert one(conn, "select count(*) from dossier") == 10
    assert differences(conn, framer_of(city)) == []


def wait_for_the_turn(url, other, cursor, pid, feed):
    """Ask for the turn once the loader waits for our row, get it when the loader has given in, and let go."""
    with closing(database.connect(url)) as watching:
        while not one(
            watching, "select count(*) from pg_stat_activity where pid = %s and wait_event_type = 'Lock'", pid
        ):
            pass
    cursor.execute("select pg_advisory_xact_lock(7661001)")
    other.commit()


def test_a_loader_that_is_always_a_victim_fails_by_name(conn, portal):
    with conn, conn.cursor() as cursor:
        cursor.execute(
            "create function lose() returns trigger language plpgsql as $$ begin "
            "raise exception using errcode = 'deadlock_detected', message = 'deadlock detected'; end $$"
        )
        cursor.execute("create trigger lose before insert on dossier for each row execute function lose()")
    with pytest.raises(LoadError, match=r"feed portal, load \d+, merge: deadlock detected"):
        deliver(conn, portal, batches_of(portal, dossiers(4), 10))
    assert issubclass(psycopg2.errors.DeadlockDetected, psycopg2.extensions.TransactionRollbackError)
