"""Files become facts: what counts as merged, who wins, and what a failure leaves behind."""

from __future__ import annotations

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl import ledger
from etl.load import Loader, LoadError
from etl.mapping import Mapper
from sql import database, registry
from tests.conftest import fresh_database
from tests.db.deliveries import (
    batches_of,
    deliver,
    differences,
    emptied,
    feed_of,
    framer_of,
    loaded,
    one,
    rows,
    state,
    written,
)

TICKET = ("code", "opened_at", "due_at", "closed_at", "unit", "category")
DOSSIER = ("code", "procedure", "unit", "accepted_at", "due_at", "finished_at", "status", "changed_at")
RATING = ("dossier", "stage", "score", "rated_at")
AT = "2026-11-20T09:00:00"


@pytest.fixture(scope="module")
def town(postgres, city_template):
    """A connection to a database that the examples of one test share."""
    urls = fresh_database(postgres, city_template)
    url = next(urls)
    opened = database.connect(url)
    yield opened, framer_of(url)
    opened.close()
    next(urls, None)


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    return feed_of(tmp_path_factory.mktemp("feeds"), "calls", "tickets", TICKET)


def ticket(code, **more):
    return {"code": code, "opened_at": AT, "unit": "10"} | more


def dossier(code, **more):
    return {"code": code, "accepted_at": AT, "unit": "10", "procedure": "P2", "changed_at": AT} | more


TICKETS = st.lists(
    st.fixed_dictionaries({
        "code": st.sampled_from(["T1", "T2", "T3", "T4"]), "opened_at": st.sampled_from([AT, "2026-11-19T23:30:00"]),
        "unit": st.sampled_from(["10", "40"]), "category": st.sampled_from(["noise", "lighting", None]),
        "closed_at": st.sampled_from([None, "2026-11-20T10:00:00", "2026-11-21T10:00:00"]),
        "due_at": st.sampled_from([None, "2026-11-20T09:30:00"]),
    }), min_size=1, max_size=12,
)  # fmt: skip


@given(TICKETS, TICKETS, st.integers(1, 12), st.integers(1, 12))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_without_versions_the_last_row_of_the_last_file_wins_whatever_the_batches(
    town, calls, first, second, size, other
):
    conn, framer = town
    emptied(conn)
    deliver(conn, calls, batches_of(calls, first, size))
    deliver(conn, calls, batches_of(calls, second, size))
    last = {row["code"]: row for row in first + second}
    closed = "closed_at at time zone 'Asia/Ho_Chi_Minh'"
    told = f"select t.code, u.code, {closed} from ticket as t join unit as u on u.id = t.unit_id"
    stored = {code: (unit, closed and closed.isoformat()) for code, unit, closed in rows(conn, told)}
    assert stored == {code: (row["unit"], row["closed_at"]) for code, row in last.items()}
    stands = state(conn)
    assert deliver(conn, calls, batches_of(calls, second, other)).merged == 0, "the same file twice merges nothing"
    assert state(conn) == stands
    assert differences(conn, framer) == []


def test_the_same_file_twice_merges_nothing(city, conn, tmp_path, calls):
    path = written(
        tmp_path / "calls.csv", calls, [ticket("T1"), ticket("T2"), ticket("T1", closed_at="2026-11-20T10:00:00")]
    )
    first, second = loaded(city, calls, path), loaded(city, calls, path)
    assert (first.counts.read, first.counts.merged, first.counts.unchanged) == (3, 2, 1)
    assert (second.counts.read, second.counts.merged, second.counts.unchanged) == (3, 0, 3)
    assert one(conn, "select version from data_version") == 2, (
        "the profile and the first load: the second changed nothing"
    )


def test_rows_that_bear_no_version_in_a_feed_that_has_them_merge_nothing_the_second_time(conn, tmp_path):
    portal = feed_of(tmp_path, "portal", "dossiers", DOSSIER)
    desk = feed_of(tmp_path, "desk", "dossiers", ("code", "unit", "accepted_at", "changed_at"))
    for feed in (portal, desk):
        deliver(conn, feed, batches_of(feed, [dossier("D1", changed_at=None), dossier("D2")], 10))
    for feed in (desk, portal, desk):
        assert deliver(conn, feed, batches_of(feed, [dossier("D1", changed_at=None), dossier("D2")], 10)).merged == 0


def test_a_feed_with_fewer_columns_blanks_nothing_and_still_brings_its_news(conn, tmp_path):
    portal = feed_of(tmp_path, "portal", "dossiers", DOSSIER)
    desk = feed_of(tmp_path, "desk", "dossiers", ("code", "unit", "accepted_at", "changed_at"))
    full = dossier("D1", due_at="2026-11-27T09:00:00", status="4")
    deliver(conn, portal, batches_of(portal, [full], 10))
    deliver(conn, desk, batches_of(desk, [dossier("D1", unit="40", changed_at="2026-11-21T00:00:00")], 10))
    told = (
        "select u.code, status, due_given_at is not null, procedure_id > 0 "
        "from dossier join unit as u on u.id = unit_id"
    )
    assert rows(conn, told) == [("40", 4, True, True)]
    deliver(conn, portal, batches_of(portal, [full | {"status": "10", "changed_at": "2026-11-20T20:00:00"}], 10))
    assert rows(conn, told) == [("40", 10, True, True)], "the unit of the newer word stays, the status moves on"


def test_an_older_version_changes_nothing_but_is_remembered_as_an_appointment(conn, tmp_path):
    portal = feed_of(tmp_path, "portal", "dossiers", DOSSIER)
    new = dossier("D1", due_at="2026-11-30T09:00:00", changed_at="2026-11-21T00:00:00")
    old = dossier("D1", due_at="2026-11-27T09:00:00", status="4")
    assert deliver(conn, portal, batches_of(portal, [new], 10)).merged == 1
    assert deliver(conn, portal, batches_of(portal, [old], 10)).merged == 0
    assert one(conn, "select status from dossier") is None
    told = rows(
        conn, "select due_at::date::text, since at time zone 'Asia/Ho_Chi_Minh' from dossier_due_change order by 1"
    )
    assert [(due, str(since)) for due, since in told] == [
        ("2026-11-27", "2026-11-20 09:00:00"),
        ("2026-11-30", "2026-11-21 00:00:00"),
    ]


def test_what_the_database_alone_refuses_is_held_and_the_rest_of_its_batch_loads(conn, tmp_path):
    ratings = feed_of(tmp_path, "ratings", "ratings", RATING)
    told = [{"dossier": f"D{at}", "score": "99" if at in (3, 250, 251) else "2", "rated_at": AT} for at in range(300)]
    counts = deliver(conn, ratings, batches_of(ratings, told, 200))
    assert (counts.merged, counts.refused, counts.reasons) == (297, 3, {"refused by the database": 3})
    assert one(conn, "select count(*) from rating") == 297
    held = rows(conn, "select row_no, row, detail from quarantine order by row_no")
    assert [row_no for row_no, _, _ in held] == [4, 251, 252]
    assert held[0][1] == {"dossier": "D3", "stage": None, "score": "99", "rated_at": AT}, "as it was received"
    assert "rating_score_check" in held[0][2]
    assert rows(conn, "select state, read, merged, unchanged, refused from load") == [("done", 300, 297, 0, 3)]


def test_a_feed_without_versions_is_whole_but_for_what_the_database_refuses(conn, tmp_path):
    ratings = feed_of(tmp_path, "ratings", "ratings", RATING[:3])
    told = [{"dossier": f"D{at % 60}", "score": "99" if at in (3, 99) else str(at // 60)} for at in range(120)]
    counts = deliver(conn, ratings, batches_of(ratings, told, 50))
    assert (counts.read, counts.merged, counts.unchanged, counts.refused) == (120, 60, 58, 2)
    assert rows(conn, "select score, count(*)::int from rating group by 1 order by 1") == [(0, 1), (1, 59)]
    assert one(conn, "select score from rating where dossier_code = 'D39'") == 0, "its last row is held"
    assert deliver(conn, ratings, batches_of(ratings, told, 50)).merged == 0


def test_a_batch_that_cannot_be_accounted_for_leaves_no_fact_behind(conn, tmp_path):
    portal = feed_of(tmp_path, "portal", "dossiers", DOSSIER)
    batches = batches_of(portal, [dossier(f"D{at}") for at in range(5)] + [dossier("D9", unit="nowhere")], 3)
    load = ledger.begin(conn, portal, "file", "test")
    with conn, conn.cursor() as cursor:
        known = registry.read(conn)
        cursor.execute(
            "create function refuse() returns trigger language plpgsql as $$ begin raise 'disk full'; end $$"
        )
        cursor.execute("create trigger refuse before insert on quarantine for each row execute function refuse()")
    loader = Loader(conn, load, Mapper(portal, known, load.started_at))
    with pytest.raises(LoadError, match=f"feed portal, load {load.id}, merge: disk full"):
        loader.run(batches)
    assert rows(conn, "select code from dossier order by 1") == [("D0",), ("D1",), ("D2",)], "the first batch stands"
    assert rows(conn, "select read, merged, refused from load") == [(3, 3, 0)]
    assert one(conn, "select sum(received) from dossier_day") == 3
    with conn, conn.cursor() as cursor:
        cursor.execute("drop trigger refuse on quarantine")
    assert deliver(conn, portal, batches).merged == 2
    assert one(conn, "select count(*) from quarantine") == 1


def test_a_file_that_breaks_off_keeps_what_was_committed_and_tells_why(city, conn, tmp_path):
    records = feed_of(tmp_path, "records", "tickets", TICKET, kind="json")
    path = tmp_path / "broken.json"
    path.write_text('[{"code": "T1", "opened_at": "2026-11-20T09:00:00", "unit": "10"}, {"code": "T2", "open', "utf-8")
    outcome = loaded(city, records, path)
    assert outcome.error and "broken.json" in outcome.error
    state_, error = rows(conn, "select state, error from load")[0]
    assert (state_, error) == ("failed", outcome.error)
    assert one(conn, "select failed_at is not null from feed where id = 'records'")
    path.write_text('[{"code": "T1", "opened_at": "2026-11-20T09:00:00", "unit": "10"}]', "utf-8")
    assert loaded(city, records, path).error is None
    assert rows(conn, "select failed_at, error from feed where id = 'records'") == [(None, None)]


def test_a_file_that_is_not_there_fails_and_is_told(city, conn, tmp_path, calls):
    outcome = loaded(city, calls, tmp_path / "none.csv")
    assert outcome.error and outcome.counts.read == 0
    assert rows(conn, "select state, read from load") == [("failed", 0)]


def test_a_dry_run_tells_what_a_load_would_do_and_writes_nothing(city, conn, tmp_path):
    feed = feed_of(tmp_path, "dry", "tickets", TICKET, more='[unknown]\ncategory = "create"')
    path = written(tmp_path / "f.csv", feed, [ticket("T1", category="ufo"), ticket("T2"), ticket("T3", unit="nowhere")])
    outcome = loaded(city, feed, path, is_dry=True)
    assert (outcome.error, outcome.counts.merged, outcome.counts.refused) == (None, 2, 1)
    for table in ("ticket", "load", "quarantine", "ticket_day", "fact_columns"):
        assert one(conn, f"select count(*) from {table}") == 0, table
    assert one(conn, "select count(*) from category where code = 'ufo'") == 0
    assert one(conn, "select count(*) from feed where id = 'dry'") == 0
    assert loaded(city, feed, path).counts.merged == 2


def test_a_category_that_two_loads_bring_is_created_once(city, conn, tmp_path):
    feed = feed_of(tmp_path, "creating", "tickets", TICKET, more='[unknown]\ncategory = "create"\nunit = "create"')
    path = written(
        tmp_path / "f.csv", feed, [ticket("T1", category="ufo", unit="Sao Hoả"), ticket("T2", category="ufo")]
    )
    assert loaded(city, feed, path).counts.merged == 2
    assert loaded(city, feed, path).counts.merged == 0
    assert rows(conn, "select name_vi, from_feed from category where code = 'ufo'") == [("ufo", True)]
    assert rows(conn, "select name_vi, level from unit where code = 'Sao Hoả'") == [("Sao Hoả", "created")]


def test_the_ledger_tells_when_the_events_of_a_load_began_and_ended(city, conn, tmp_path, calls):
    path = written(
        tmp_path / "f.csv",
        calls,
        [ticket("T1", opened_at="2026-11-01T08:00:00Z"), ticket("T2", closed_at="2026-11-20T09:05:00Z")],
    )
    loaded(city, calls, path)
    assert [str(at) for at in rows(conn, "select first_event_at, last_event_at from load")[0]] == [
        "2026-11-01 08:00:00+00:00", "2026-11-20 09:05:00+00:00",
    ]  # fmt: skip
    assert str(one(conn, "select event_at from feed where id = 'calls'")) == "2026-11-20 09:05:00+00:00"
    assert len(one(conn, "select source_hash from load")) == 64


def test_a_step_and_a_rating_before_their_dossier_count_once_it_is_there(conn, tmp_path):
    ratings = feed_of(tmp_path, "ratings", "ratings", RATING)
    portal = feed_of(tmp_path, "portal", "dossiers", DOSSIER)
    told = [
        {"dossier": "D1", "stage": stage, "score": score, "rated_at": AT}
        for stage, score in (("reception", "2"), ("return", "1"))
    ]
    deliver(conn, ratings, batches_of(ratings, told, 10))
    assert rows(conn, "select waiting from rating") == [(True,), (True,)]
    deliver(conn, portal, batches_of(portal, [dossier("D1", finished_at="2026-11-20T15:00:00", status="10")], 10))
    assert rows(conn, "select waiting from rating") == [(False,), (False,)]
    assert one(conn, "select rating_min from dossier") == 1, "a dossier counts once, by its lowest stage"
    assert rows(conn, "select sum(rated), sum(content) from dossier_day") == [(1, 0)]
    deliver(conn, ratings, batches_of(ratings, [told[1] | {"score": "2", "rated_at": "2026-11-20T16:00:00"}], 10))
    assert rows(conn, "select sum(rated), sum(content) from dossier_day") == [(1, 1)], (
        "who thought better of it is content"
    )


def test_a_load_that_loses_its_connection_is_told_as_failed(city, conn, tmp_path):
    portal = feed_of(tmp_path, "portal", "dossiers", DOSSIER)
    path = written(tmp_path / "f.csv", portal, [dossier("D1")])
    with conn, conn.cursor() as cursor:
        cursor.execute(
            "create function hang_up() returns trigger language plpgsql as $$ begin "
            "perform pg_terminate_backend(pg_backend_pid()); return new; end $$"
        )
        cursor.execute("create trigger hang_up before insert on dossier for each row execute function hang_up()")
    outcome = loaded(city, portal, path)
    assert outcome.error and "server closed the connection" in outcome.error
    assert rows(conn, "select state, read from load") == [("failed", 0)]
    assert one(conn, "select count(*) from dossier") == 0


def test_psycopg_says_what_the_ledger_stands_on():
    """Poison is found by these two classes: both are errors of the data, not of the connection."""
    assert issubclass(psycopg2.errors.CheckViolation, psycopg2.IntegrityError)
    assert issubclass(psycopg2.errors.NumericValueOutOfRange, psycopg2.DataError)
