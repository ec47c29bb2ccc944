"""Rollups, frame and recount say the same at every instant; verify names every number that does not."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl import clockwork, folding, verify
from etl.counting import Moment
from etl.publish import Publisher, Stream
from sql import database, profile, registry
from tests.conftest import SMALL_PROFILE, fresh_database
from tests.db.deliveries import NOW, batches_of, deliver, differences, emptied, feed_of, framer_of, local, one, rows

ZONES = ("Asia/Ho_Chi_Minh", "America/New_York", "America/Havana")  # Havana's clocks change at midnight
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
TICKET = ("code", "opened_at", "due_at", "closed_at", "reopened_at", "unit", "category", "changed_at")
RATING = ("dossier", "stage", "score", "rated_at")


TURNS = (
    (10, 2, 23, 59), (10, 3, 0, 0), (10, 31, 0, 0), (10, 31, 12, 0), (10, 31, 23, 59), (11, 1, 0, 0), (11, 1, 0, 30),
    (11, 1, 6, 59), (11, 1, 7, 0), (11, 1, 12, 0), (11, 1, 23, 59), (11, 2, 0, 0), (11, 2, 7, 30), (11, 3, 12, 0),
)  # fmt: skip


def around(zone: str) -> list[datetime]:
    """Return instants where days, months and clocks turn in a zone; Cuba's clocks change on 1 November 2026."""
    there = ZoneInfo(zone)
    found = [datetime(2026, *turn, tzinfo=there).astimezone(UTC) for turn in TURNS]
    found += [datetime(2026, 11, 1, 0, 30, tzinfo=there, fold=1).astimezone(UTC)]
    return [at + timedelta(milliseconds=one) for at in found for one in (0, 1)]


@st.composite
def facts(draw, zone: str) -> dict[str, list[dict[str, str | None]]]:
    """Draw dossiers, ratings and tickets whose times fall on the turns of days, also later than any now."""
    pool = [at.isoformat() for at in around(zone)]
    told, maybe = st.sampled_from(pool), st.sampled_from([None, *pool])
    dossier = st.fixed_dictionaries({
        "code": st.sampled_from([f"D{at}" for at in range(12)]), "procedure": st.sampled_from([None, "P1", "P3", "P4"]),
        "unit": st.sampled_from(["10", "20", "40"]), "channel": st.sampled_from([None, "online_full", "post"]),
        "submitted_at": told, "accepted_at": maybe, "due_at": maybe, "finished_at": maybe,
        "status": st.sampled_from([None, "3", "7", "10"]), "changed_at": told,
    })  # fmt: skip
    rating = st.fixed_dictionaries({
        "dossier": st.sampled_from([f"D{at}" for at in range(12)]), "stage": st.sampled_from(["a", "b"]),
        "score": st.sampled_from(["0", "1", "2"]), "rated_at": told,
    })  # fmt: skip
    ticket = st.fixed_dictionaries({
        "code": st.sampled_from([f"T{at}" for at in range(8)]), "opened_at": told, "due_at": maybe, "closed_at": maybe,
        "reopened_at": maybe, "unit": st.sampled_from(["10", "40"]), "category": st.sampled_from([None, "noise"]),
        "changed_at": told,
    })  # fmt: skip
    sizes = {"max_size": 14}
    return {
        "portal": draw(st.lists(dossier, min_size=1, **sizes)), "ratings": draw(st.lists(rating, **sizes)),
        "calls": draw(st.lists(ticket, **sizes)),
    }  # fmt: skip


@pytest.fixture(scope="module", params=ZONES)
def town(request, postgres, city_template, tmp_path_factory):
    """A city in a zone: its connection, framer and feeds."""
    urls, folder = fresh_database(postgres, city_template), tmp_path_factory.mktemp("feeds")
    url = next(urls)
    conn = database.connect(url)
    registry.load(conn, replace(profile.read(SMALL_PROFILE), timezone=request.param, hash=request.param), NOW)
    told = {"portal": ("dossiers", DOSSIER), "ratings": ("ratings", RATING), "calls": ("tickets", TICKET)}
    feeds = {name: feed_of(folder, name, *what, zone=request.param) for name, what in told.items()}
    yield request.param, conn, framer_of(url), feeds
    conn.close()
    next(urls, None)


@given(st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_the_frame_says_what_a_recount_says_at_every_turn_of_a_day(town, data):
    zone, conn, framer, feeds = town
    emptied(conn)
    for name, told in data.draw(facts(zone)).items():
        deliver(conn, feeds[name], batches_of(feeds[name], told, 5))
    for at in around(zone):
        with conn, conn.cursor() as cursor:
            cursor.execute("select set_config('timezone', %s, true)", (zone,))
            moment = Moment(at, zone)
            assert framer.indicators(framer.counted(cursor, moment)) == framer.recounted(cursor, moment), moment.local
    assert differences(conn, framer, around(zone)[0]) == []


def dossier(at: int) -> dict[str, str | None]:
    days = {
        "submitted_at": local(9, 8),
        "accepted_at": local(10 + at),
        "due_at": local(12 + at),
        "changed_at": local(19),
    }
    told = {name: day.isoformat() for name, day in days.items()}
    told |= {"code": f"D{at}", "procedure": "P2", "unit": "10" if at % 2 else "40", "channel": "post"}
    return told | {"finished_at": local(13 + at).isoformat() if at < 4 else None}


@pytest.fixture
def filled(city, conn, tmp_path):
    """A framer of a city with some dossiers, ratings and tickets, and a stored frame."""
    day = local(20).isoformat()
    for name, dataset, columns, told in (
        ("portal", "dossiers", DOSSIER, [dossier(at) for at in range(8)]),
        ("ratings", "ratings", RATING, [{"dossier": "D1", "score": "2", "stage": "a", "rated_at": day}]),
        (
            "calls",
            "tickets",
            TICKET,
            [{"code": "T1", "unit": "10", "category": "noise", "opened_at": day, "changed_at": day}],
        ),
    ):
        feed = feed_of(tmp_path, name, dataset, columns)
        deliver(conn, feed, batches_of(feed, told, 3))
    with closing(database.connect(city)) as publishing:
        Publisher(publishing, Stream(None), now=lambda: NOW).publish()
    framer = framer_of(city)
    assert differences(conn, framer) == []
    return framer


@pytest.mark.parametrize(("table", "change", "of", "what", "by"), [
    ("dossier_day", "received = received + 1", "received > 0 and unit_id = 6 and day = '2026-11-10'", "received", 1),
    ("dossier_unit_day", "on_time = on_time - 1", "unit_id = 2 and day = '2026-11-14'", "on_time", -1),
    ("dossier_stock", "open = open + 2", "unit_id = 2", "open", 2),
    ("ticket_day", "opened = opened + 3", "true", "opened", 3),
    ("ticket_stock", "open = 0", "true", "open", -1),
    ("activity_hour", "tickets_opened = tickets_opened + 5", "tickets_opened > 0", "tickets_opened", 5),
])  # fmt: skip
def test_a_rollup_that_is_wrong_by_one_is_named(conn, filled, table, change, of, what, by):
    rows(conn, f"update {table} set {change} where {of}")
    found = [one for one in differences(conn, filled) if one.where.startswith(f"{table}(")]
    assert [(one.what, one.stored - one.counted) for one in found] == [(what, by)]


def test_a_rollup_that_lost_its_rows_is_named_cell_by_cell_and_remade(conn, filled):
    rows(conn, "truncate dossier_unit_day")
    found = differences(conn, filled)
    assert {one.where for one in found if one.where.startswith("dossier_unit_day(2026-11-10,")} == {
        "dossier_unit_day(2026-11-10, 6)"
    }
    assert any(one.where == "frame now, city" for one in found)
    clockwork.redo(conn, NOW)
    assert differences(conn, filled) == []


def test_a_rating_that_its_dossier_does_not_bear_is_named(conn, filled):
    rows(conn, "update dossier set rating_min = 0 where code = 'D1'")
    assert verify.Difference("dossier.rating_min", "D1", "0", "2") in differences(conn, filled)
    rows(conn, "update dossier set rating_min = 2 where code = 'D1'")
    rows(conn, "update rating set waiting = true")
    assert verify.Difference("dossier.rating_min", "D1", "waiting", "there") in differences(conn, filled)


def test_a_frame_that_shows_another_number_is_named(city, conn, filled):
    with closing(database.connect(city)) as publishing:
        publisher = Publisher(publishing, Stream(None), now=lambda: NOW + timedelta(seconds=1))
        publisher._framer(NOW).frame = lambda conn, now: wrong(framer_of(city).frame(conn, now))
        version = publisher.publish()["version"]
    found = [(one.where, one.what) for one in differences(conn, filled)]
    assert found == [
        (f"frame {version}, city", "dossiers_late"),
        (f"frame {version}, 10", "dossiers_open"),
        (f"frame {version}, unassigned", "tickets_open"),
    ]


def wrong(frame):
    frame["city"]["dossiers_late"] += 1
    frame["units"]["10"]["dossiers_open"] -= 1
    frame["units"]["unassigned"] = {"tickets_open": 1}
    return frame


def test_an_older_frame_is_not_held_against_newer_facts(conn, filled, tmp_path):
    portal = feed_of(tmp_path, "portal", "dossiers", DOSSIER)
    deliver(
        conn,
        portal,
        batches_of(
            portal,
            [
                {
                    "code": "D99",
                    "unit": "10",
                    "submitted_at": local(20).isoformat(),
                    "accepted_at": local(20).isoformat(),
                }
            ],
            3,
        ),
    )
    assert differences(conn, filled) == []


def test_folding_the_rows_of_a_cell_changes_no_sum(conn, filled):
    sums = "sum(received), sum(finished), sum(late_in - late_out)"
    told = f"select day, unit_id, field_id, {sums} from dossier_day group by 1, 2, 3 order by 1, 2, 3"
    before = rows(conn, told)
    had = one(conn, "select count(*) from dossier_day")
    assert folding.compact(conn, NOW) == (had, len(before))
    assert rows(conn, told) == before
    assert folding.compact(conn, NOW) == (len(before), len(before))
    assert differences(conn, filled) == []


def test_a_recount_of_the_past_knows_what_was_open_then(conn, filled):
    then = filled.recount(conn, local(12, 9))["city"]
    assert (then["dossiers_open"], then["dossiers_late"], then["received_today"]) == (3, 0, 1)
    later = filled.recount(conn, local(13, 8, 59))["city"]
    assert (later["dossiers_open"], later["dossiers_late"]) == (3, 1), "an hour before the first one ended, a day late"
    assert filled.recount(conn, local(1))["city"]["dossiers_open"] == 0
