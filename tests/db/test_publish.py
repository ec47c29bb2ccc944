"""One publisher leads, frames are kept whatever becomes of Valkey, and nobody is told more than once a second."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import orjson
import pytest
import redis

from etl import publish
from etl.framing import feed_state
from etl.publish import Publisher, Stream
from indicators.frame import apply
from sql import database, frames
from tests.db.deliveries import NOW, batches_of, deliver, feed_of, local, one, rows

NOBODY = "redis://127.0.0.1:1/0"
TICKET = ("code", "opened_at", "unit", "category")


@pytest.fixture
def valkey(valkey_url):
    """A client of an empty Valkey."""
    client = redis.Redis.from_url(valkey_url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def publisher(city):
    """A publisher without a stream; `publisher.clock[0]` is its now."""
    with closing(database.connect(city)) as conn:
        made = Publisher(conn, Stream(None), now=lambda: made.clock[0])
        made.clock = [NOW]
        yield made


@pytest.fixture
def running(city):
    """Start publishers of the city in threads; they end with the test."""
    over, threads = threading.Event(), []

    def start(redis_url=None):
        threads.append(threading.Thread(target=publish.run, args=(city, redis_url, over.is_set)))
        threads[-1].start()

    yield start
    over.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


def until(so, seconds=20.0):
    """Wait until something is so, and return it."""
    over, at = time.monotonic() + seconds, threading.Event()
    while not (found := so()):
        assert time.monotonic() < over, "it never came"
        at.wait(0.02)
    return found


def leaders(conn):
    return [
        pid
        for (pid,) in rows(
            conn, "select pid from pg_locks where locktype = 'advisory' and objid = %s and granted", publish.LEADER
        )
    ]


def as_of(conn):
    return [at for (at,) in rows(conn, "select as_of from frame order by version")]


def gaps(instants):
    return [later - earlier for earlier, later in pairwise(instants)]


def ticket(code):
    return {"code": code, "opened_at": local(20, 9).isoformat(), "unit": "10", "category": "noise"}


def test_of_two_publishers_one_leads_and_the_other_takes_over_when_it_is_gone(conn, running):
    running()
    running()
    (leader,) = until(lambda: leaders(conn))
    until(lambda: as_of(conn))
    assert one(conn, "select count(*) from pg_stat_activity where application_name = 'publisher'") == 2
    told = len(as_of(conn))
    rows(conn, "select pg_terminate_backend(%s)", leader)
    (successor,) = until(lambda: [pid for pid in leaders(conn) if pid != leader])
    assert successor != leader
    until(lambda: len(as_of(conn)) > told)
    versions = [version for (version,) in rows(conn, "select version from frame order by as_of")]
    assert versions == sorted(versions)


def test_a_command_publishes_only_where_no_publisher_leads(city, conn, running):
    assert publish.publish_once(city, None)
    running()
    until(lambda: leaders(conn))
    assert not publish.publish_once(city, None)


def test_facts_that_change_all_the_time_make_a_frame_a_beat_and_quiet_ones_a_frame_a_tick(conn, running, monkeypatch):
    monkeypatch.setattr(publish, "BEAT", timedelta(seconds=0.4))
    monkeypatch.setattr(publish, "TICK", timedelta(seconds=1.6))
    running()
    until(lambda: as_of(conn))
    begin = len(as_of(conn))
    over = time.monotonic() + 2.0
    while time.monotonic() < over:
        rows(conn, "notify facts_changed")
    busy = as_of(conn)[begin - 1 :]
    assert 3 <= len(busy) <= 6
    assert min(gaps(busy)) >= timedelta(seconds=0.39)
    quiet = until(lambda: gaps(as_of(conn)[-2:])[0] > timedelta(seconds=1) and as_of(conn))
    until(lambda: len(as_of(conn)) > len(quiet))
    assert gaps(as_of(conn)[-2:])[0] >= timedelta(seconds=1.59), "time alone makes dossiers late: it goes on, slowly"


def test_a_publisher_that_stumbles_goes_on(conn, running, monkeypatch):
    stumbled = threading.Event()
    whole = publish.Framer.frame

    def frame(self, conn, now):
        if not stumbled.is_set():
            stumbled.set()
            raise IndexError("a unit that came this very moment")
        return whole(self, conn, now)

    monkeypatch.setattr(publish.Framer, "frame", frame)
    running()
    until(lambda: as_of(conn))
    assert stumbled.is_set()


def test_without_valkey_frames_are_kept_and_those_after_it_is_back_are_sent(city, valkey, valkey_url):
    with closing(database.connect(city)) as conn:
        publisher = Publisher(conn, Stream(NOBODY), now=lambda: NOW)
        kept = [publisher.publish()["version"] for _ in range(3)]
        assert [version for (version,) in rows(conn, "select version from frame order by 1")] == kept
        publisher.stream.url, publisher.stream._retry_at = valkey_url, 0.0
        new = publisher.publish()
        assert orjson.loads(valkey.get("frame")) == new
        ((entry_id, entry),) = valkey.xrange("frames")
        assert entry_id.decode() == f"{new['version']}-0"
        assert orjson.loads(entry[b"delta"])["base"] == kept[-1]


def test_a_valkey_that_refuses_is_no_more_than_one_that_is_gone(city, conn, valkey, valkey_url):
    valkey.set("frames", "not a stream")
    with closing(database.connect(city)) as publishing:
        publisher = Publisher(publishing, Stream(valkey_url), now=lambda: NOW)
        for _ in range(3):
            publisher.publish()
    assert one(conn, "select count(*) from frame") == 3


def test_a_new_database_does_not_stumble_over_the_stream_of_an_old_one(city, valkey, valkey_url):
    valkey.xadd("frames", {"delta": "{}"}, id="500-0")
    with closing(database.connect(city)) as conn:
        publisher = Publisher(conn, Stream(valkey_url), now=lambda: NOW)
        for _ in range(4):
            new = publisher.publish()
    assert orjson.loads(valkey.get("frame")) == new
    entries = [
        (entry_id.decode(), orjson.loads(entry[b"delta"])["base"]) for entry_id, entry in valkey.xrange("frames")
    ]
    assert entries == [("3-0", 2), ("4-0", 3)]


def test_the_changes_on_the_stream_lead_from_frame_to_frame(city, conn, tmp_path, valkey, valkey_url):
    calls = feed_of(tmp_path, "calls", "tickets", TICKET)
    with closing(database.connect(city)) as publishing:
        publisher = Publisher(publishing, Stream(valkey_url), now=lambda: NOW)
        told = [publisher.publish()]
        for number in range(3):
            deliver(conn, calls, batches_of(calls, [ticket(f"T{number}")], 5))
            told.append(publisher.publish())
    for (_, entry), (before, after) in zip(valkey.xrange("frames"), pairwise(told), strict=True):
        assert apply(before, orjson.loads(entry[b"delta"])) == after
    assert [frame["city"]["tickets_open"] for frame in told] == [None, 1, 2, 3]


def test_a_publisher_that_starts_again_goes_on_from_the_last_frame(city, conn, publisher):
    publisher.publish()
    publisher.clock[0] += timedelta(seconds=10)
    last = publisher.publish()
    with closing(database.connect(city)) as other:
        successor = Publisher(other, Stream(None), now=lambda: NOW + timedelta(seconds=20))
        successor.resume()
        assert successor.frame == last
        new = successor.publish()
    assert new["version"] > last["version"]
    assert one(conn, "select base from frame where version = %s", new["version"]) is None, (
        "whoever starts keeps a whole frame"
    )


def test_a_frame_is_kept_whole_every_five_minutes_of_the_clock(conn, publisher):
    publisher.clock[0] = datetime(2026, 11, 20, 3, 4, 45, tzinfo=UTC)
    for _ in range(40):
        publisher.publish()
        publisher.clock[0] += timedelta(seconds=10)
    wholes = [at.strftime("%M:%S") for (at,) in rows(conn, "select as_of from frame where base is null order by 1")]
    assert wholes == ["04:45", "05:05", "10:05"]


def test_what_was_published_is_what_was_shown(conn, publisher, tmp_path):
    calls = feed_of(tmp_path, "calls", "tickets", TICKET)
    told = []
    for number in range(6):
        deliver(conn, calls, batches_of(calls, [ticket(f"T{number}")], 5))
        told.append((publisher.clock[0], publisher.publish()))
        publisher.clock[0] += timedelta(seconds=7)
    for at, frame in told:
        assert frames.at(conn, at + timedelta(seconds=6)) == frame


def test_a_unit_that_a_feed_creates_is_counted_at_once(conn, publisher, tmp_path):
    publisher.publish()
    calls = feed_of(tmp_path, "calls", "tickets", TICKET, more='[unknown]\nunit = "create"')
    with conn, conn.cursor() as cursor:
        cursor.execute("select setval(pg_get_serial_sequence('unit', 'id'), 5000)")
        cursor.execute("insert into unit (key, code, name_vi, name_en, kind, level, valid_from) "
                       "values ('Mới', 'Mới', 'Mới', 'Mới', 'created', 'created', '1900-01-01')")  # fmt: skip
    deliver(conn, calls, batches_of(calls, [ticket("T1") | {"unit": "Mới"}], 5))
    assert publisher.publish()["city"]["tickets_open"] == 1


def test_a_silent_feed_is_not_a_live_one():
    ago = lambda seconds: NOW - timedelta(seconds=seconds)  # noqa: E731
    assert feed_state(NOW, None, None, None, 600) == "never"
    assert feed_state(NOW, ago(600), ago(1), None, 600) == "live"
    assert feed_state(NOW, ago(601), ago(1), None, 600) == "silent", "asked a second ago, told nothing new for long"
    assert feed_state(NOW, None, ago(1), None, 600) == "silent"
    assert feed_state(NOW, ago(1), ago(1), ago(2), 600) == "failing"
