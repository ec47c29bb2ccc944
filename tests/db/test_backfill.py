"""History is loaded window by window, the newest first, each once, whatever fails or dies in between."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import psycopg2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import backfill, feeds, leases, ledger, runs
from sql import database
from tests.db.deliveries import one, rows
from tests.unit.feed_files import Reply, serving

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Source:
    """A server of tickets: one each six hours, opened and changed at that time; it may fail or be told to wait."""

    def __init__(self) -> None:
        self.fails_before: datetime | None = None
        self.asked: list[tuple[datetime, datetime | None]] = []
        self.hold = threading.Event()
        self.hold.set()

    def __call__(self, request):
        self.hold.wait(20)
        since, until = (
            datetime.fromisoformat(request.query[name]) if request.query.get(name) else None
            for name in ("since", "until")
        )
        self.asked.append((since, until))
        if self.fails_before and since < self.fails_before:
            return Reply("out of order", status=500)
        first = since.replace(minute=0, second=0, microsecond=0)
        told = [first + timedelta(hours=one) for one in range(24 * 40) if (first + timedelta(hours=one)).hour % 6 == 0]
        return {"items": [self.ticket(at) for at in told if since <= at < (until or NOW)]}

    def ticket(self, at):
        told = at.isoformat()
        return {"code": told, "opened_at": told, "changed_at": told, "unit": "10", "category": "noise"}


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def feed(tmp_path, source, conn):
    with serving(source) as server:
        path = tmp_path / "calls.toml"
        columns = "\n".join(f'{name} = "{name}"' for name in ("code", "opened_at", "changed_at", "unit", "category"))
        parts = [
            '[feed]\nid = "calls"\ndataset = "tickets"\nlate_after = "10m"\nevery = "5s"',
            f'[connector]\nkind = "http_json"\nurl = "{server.url}/calls"\nsince_param = "since"',
            'until_param = "until"\nretries = 0\npaging = {kind = "none"}',
            f'[columns]\n{columns}\n[times]\nzone = "UTC"\n',
        ]
        path.write_text("\n".join(parts), "utf-8")
        feed = feeds.read(path)
        with conn, conn.cursor() as cursor:
            ledger.keep_feed(cursor, feed)
        yield feed


def work(city, feed, is_over=lambda: False, now=NOW):
    return backfill.work(city, {feed.id: feed}, {}.get, now, is_over)


def states(conn):
    return rows(conn, "select from_at, to_at, state, tries from backfill_window order by to_at desc")


@given(
    st.integers(0, 2000).map(lambda hours: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
    st.timedeltas(timedelta(seconds=1), timedelta(days=500)),
    st.integers(1, 40),
)
@settings(max_examples=100, deadline=None)
def test_windows_cover_every_instant_once_from_the_newest_to_the_oldest(since, length, days):
    found = list(backfill.windows(since, since + length, days * DAY))
    assert (found[0][1], found[-1][0]) == (since + length, since)
    assert all(later[0] == earlier[1] for later, earlier in pairwise(found))
    assert all(begin < end <= begin + max(days, 1) * DAY for begin, end in found)


def test_every_window_is_loaded_once_the_newest_first(city, conn, feed, source):
    assert backfill.plan(city, feed, NOW - 10 * DAY, NOW) == 4
    outcomes = work(city, feed)
    assert [one.error for one in outcomes] == [None] * 4
    assert [until for _, until in source.asked] == [NOW, NOW - DAY, NOW - 2 * DAY, NOW - 3 * DAY]
    assert {state for *_, state, _ in states(conn)} == {"done"}
    assert one(conn, "select count(*) from ticket") == 40
    assert rows(conn, "select distinct kind, state from load") == [("backfill", "done")]
    assert one(conn, "select count(distinct load_id) from backfill_window") == 4
    assert one(conn, "select cursor from feed where id = 'calls'") is None, "the live pull goes on from where it stood"
    assert work(city, feed) == [] and backfill.plan(city, feed, NOW - 10 * DAY, NOW) == 0


def test_a_longer_window_from_the_same_day_is_asked_for_again(city, conn, feed):
    backfill.plan(city, feed, NOW - 10 * DAY, NOW - 8 * DAY)
    work(city, feed)
    backfill.plan(city, feed, NOW - 10 * DAY, NOW - 3 * DAY)
    work(city, feed)
    assert one(conn, "select count(*) from ticket") == 28, "seven days of four calls: none is left out"


def test_a_source_that_fails_is_left_to_rest_and_given_up_after_some_tries(city, conn, feed, source):
    backfill.plan(city, feed, NOW - 3 * DAY, NOW)
    source.fails_before = NOW
    for attempt in range(1, backfill.MOST_TRIES + 1):
        now = NOW + attempt * backfill.LONGEST_REST
        (outcome,) = work(city, feed, now=now)
        assert "500" in outcome.error
        assert states(conn)[0][2:] == ("failed" if attempt == backfill.MOST_TRIES else "waiting", attempt)
    source.fails_before = None
    assert len(work(city, feed)) == 2, "the other windows are loaded all the same"
    assert backfill.plan(city, feed, NOW - 3 * DAY, NOW) == 1, "who asks again gets what had failed"
    assert len(work(city, feed)) == 1
    assert [state for *_, state, _ in states(conn)] == ["done"] * 3


def test_two_workers_never_load_the_same_window(city, conn, feed, source):
    backfill.plan(city, feed, NOW - 6 * DAY, NOW)
    source.hold.clear()
    outcomes = []
    workers = [threading.Thread(target=lambda: outcomes.extend(work(city, feed))) for _ in range(2)]
    for worker in workers:
        worker.start()
    while one(conn, "select count(*) from load where state = 'running'") < 2:
        assert all(worker.is_alive() for worker in workers)
    source.hold.set()
    for worker in workers:
        worker.join(60)
    assert [one.error for one in outcomes] == [None] * 4
    assert len({since for since, _ in source.asked}) == len(source.asked) == 4


def test_a_window_that_failed_rests_before_it_is_tried_again(city, conn, feed, source):
    backfill.plan(city, feed, NOW - DAY, NOW)
    source.fails_before = NOW
    (failed,) = work(city, feed)
    assert failed.error and work(city, feed) == []
    source.fails_before = None
    assert len(work(city, feed, now=NOW + backfill.FIRST_REST)) == 1


def test_a_window_whose_worker_died_is_begun_anew(city, conn, feed):
    backfill.plan(city, feed, NOW - DAY, NOW)
    window = backfill.Window("calls", NOW - DAY, NOW, 0)
    with closing(database.connect(city)) as dying:
        assert leases.take(dying, window.lease)
        assert backfill._begin(dying, window)
        assert work(city, feed) == [], "nobody else takes it meanwhile"
    assert [one.error for one in work(city, feed)] == [None]
    assert states(conn)[0][2:] == ("done", 1)


def test_a_window_whose_worker_froze_is_taken_from_it_and_it_writes_no_more(city, conn, feed, source):
    backfill.plan(city, feed, NOW - DAY, NOW)
    window = backfill.Window("calls", NOW - DAY, NOW, 0)
    with closing(database.connect(city)) as frozen:
        assert leases.take(frozen, window.lease, breath_s=0)
        assert backfill._begin(frozen, window)
        with frozen.cursor() as cursor:
            cursor.execute("insert into ticket (code, unit_id, opened_at, version_at, columns, load_id) "
                           "values ('half', 0, now(), now(), 1, 1)")  # fmt: skip
        assert [one.error for one in work(city, feed)] == [None]
        with pytest.raises(psycopg2.OperationalError):
            frozen.commit()
    assert one(conn, "select count(*) from ticket") == 4
    assert states(conn)[0][2:] == ("done", 1)


def test_a_window_that_is_planned_longer_while_it_is_loaded_waits_again(city, conn, feed, source):
    backfill.plan(city, feed, NOW - 10 * DAY, NOW - 8 * DAY)
    source.hold.clear()
    working = threading.Thread(target=work, args=(city, feed))
    working.start()
    while not one(conn, "select count(*) from backfill_window where state = 'running'"):
        assert working.is_alive()
    backfill.plan(city, feed, NOW - 10 * DAY, NOW - 3 * DAY)
    source.hold.set()
    working.join(60)
    work(city, feed)
    assert one(conn, "select count(*) from ticket") == 28
    assert {state for *_, state, _ in states(conn)} == {"done"}


def test_history_begins_once_for_a_feed_that_is_new_here(city, conn, feed):
    assert backfill.begin_history(city, [feed], 30, NOW) == 4
    assert one(conn, "select cursor ->> 'since' from feed where id = 'calls'") == NOW.isoformat()
    assert backfill.begin_history(city, [feed], 30, NOW + DAY) == 0
    assert one(conn, "select cursor ->> 'since' from feed where id = 'calls'") == NOW.isoformat()


def test_history_and_the_start_of_live_pulls_are_written_down_together(city, conn, feed):
    """Else a crash between the two would leave a feed that seems to have begun and has no history."""
    with conn, conn.cursor() as cursor:
        cursor.execute("create function refuse() returns trigger language plpgsql as $$ begin raise 'crash'; end $$")
        cursor.execute("create trigger refuse before insert on backfill_window for each row execute function refuse()")
    with pytest.raises(Exception, match="crash"):
        backfill.begin_history(city, [feed], 30, NOW)
    assert one(conn, "select cursor from feed where id = 'calls'") is None
    rows(conn, "drop trigger refuse on backfill_window")
    assert backfill.begin_history(city, [feed], 30, NOW) == 4


def test_a_window_of_a_feed_that_the_profile_lost_is_told_and_blocks_no_other(city, conn, feed):
    backfill.plan(city, feed, NOW - DAY, NOW)
    (outcome,) = backfill.work(city, {}, {}.get, NOW, lambda: False)
    assert outcome.error == "the profile has no feed calls"
    assert states(conn)[0][2:] == ("waiting", 1)


def test_work_stops_when_its_turn_is_over(city, conn, feed):
    backfill.plan(city, feed, NOW - 3 * DAY, NOW)
    turns = iter([False, True])
    assert len(work(city, feed, lambda: next(turns))) == 1
    assert [state for *_, state, _ in states(conn)] == ["done", "waiting", "waiting"]


def test_a_feed_is_pulled_by_one_at_a_time_and_from_where_it_stands(city, conn, feed, source):
    rows(conn, "update feed set cursor = %s where id = 'calls'", '{"since": "2026-11-22T00:00:00+00:00"}')
    source.hold.clear()
    first = []
    pulling = threading.Thread(target=lambda: first.append(runs.pull(city, feed, NOW, {}.get)))
    pulling.start()
    while not one(conn, "select count(*) from load where state = 'running'"):
        assert pulling.is_alive()
    with pytest.raises(runs.Busy):
        runs.pull(city, feed, NOW, {}.get)
    source.hold.set()
    pulling.join(60)
    assert (first[0].error, first[0].counts.merged) == (None, 1)
    moved = datetime.fromisoformat(one(conn, "select cursor ->> 'since' from feed where id = 'calls'"))
    assert datetime(2026, 11, 22, 0, tzinfo=UTC) <= moved <= NOW
    again = runs.pull(city, feed, NOW, {}.get)
    assert (again.error, again.counts.merged) == (None, 0)
