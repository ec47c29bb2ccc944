from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from etl import senders
from etl.framing import Framer
from sql import database, registry

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 20, 16, 30, tzinfo=ZONE)


@pytest.fixture
def conn(city):
    with closing(database.connect(city, "tests")) as opened:
        yield opened


def units_of(conn):
    with conn, conn.cursor() as cursor:
        cursor.execute("select id, key from unit where id <> 0 and level <> 'city' and valid_to is null order by id")
        return cursor.fetchall()


def tell(conn, unit_id, accepted_at, delay, status=2, prefix="a"):
    """Store a dossier that was accepted, or finished (status 9), and told of after a delay."""
    with conn, conn.cursor() as cursor:
        cursor.execute("select count(*) from dossier")
        number = cursor.fetchone()[0]
        finished_at = accepted_at if status == 9 else None
        cursor.execute(
            "insert into dossier (code, unit_id, status, accepted_at, finished_at, changed_at, "
            "version_at, columns, load_id) values (%s, %s, %s, %s, %s, %s, now(), 0, 0)",
            (f"{prefix}-{number}", unit_id, status, accepted_at, finished_at, accepted_at + delay),
        )


def rows(conn):
    with conn, conn.cursor() as cursor:
        cursor.execute("select day::text, unit_id, told, slow from sender_day order by day, unit_id")
        return cursor.fetchall()


def test_events_are_counted_by_the_day_they_happened_and_late_ones_told_apart(conn):
    (unit, _), *_ = units_of(conn)
    yesterday = NOW - timedelta(days=1)
    for delay in (timedelta(0), timedelta(minutes=30), timedelta(hours=3)):
        tell(conn, unit, NOW - timedelta(hours=5), delay)
        tell(conn, unit, yesterday, delay, status=9)
    assert senders.count(conn, NOW, ZONE) == 7
    assert rows(conn) == [("2026-11-19", unit, 3, 1), ("2026-11-20", unit, 3, 1)]


def test_a_day_that_is_over_is_counted_once_and_today_again_and_again(conn):
    (unit, _), *_ = units_of(conn)
    tell(conn, unit, NOW - timedelta(days=1), timedelta(0))
    tell(conn, unit, NOW, timedelta(0))
    senders.count(conn, NOW, ZONE)
    tell(conn, unit, NOW, timedelta(0))
    tell(conn, unit, NOW - timedelta(days=1), timedelta(0))
    senders.count(conn, NOW + timedelta(minutes=1), ZONE)
    assert rows(conn) == [("2026-11-19", unit, 1, 0), ("2026-11-20", unit, 2, 0)]


def test_what_a_status_without_an_instant_of_its_own_tells_is_not_judged(conn):
    (unit, _), *_ = units_of(conn)
    tell(conn, unit, NOW - timedelta(hours=5), timedelta(hours=3), status=4)
    senders.count(conn, NOW, ZONE)
    assert rows(conn) == []


def attention(conn, now):
    with conn:
        known = registry.read(conn)
    return {
        entry["unit"]: (entry["status"], entry["reason"])
        for entries in Framer(known, now).frame(conn, now)["attention"].values()
        for entry in entries
        if entry["reason"] in ("feed_silent", "sender_slow")
    }


def test_a_unit_that_is_silent_while_the_city_tells_is_grey_and_one_that_tells_late_too(conn):
    """Three units told alike for days; today one is heard no more, and one is told of in the evening only."""
    (silent, silent_key), (slow, slow_key), (well, well_key), *_ = units_of(conn)
    for day in range(3):
        for hour in range(8, 16):
            at = NOW.replace(hour=hour, minute=0) - timedelta(days=day)
            for unit in (silent, slow, well):
                if unit == silent and day == 0:
                    continue
                for _ in range(4):
                    tell(conn, unit, at, timedelta(hours=4) if unit == slow and hour < 11 else timedelta(0))
    senders.count(conn, NOW, ZONE)
    with conn, conn.cursor() as cursor:
        cursor.execute("update feed set event_at = %s, fetched_at = %s where dataset = 'dossiers'", (NOW, NOW))
    found = attention(conn, NOW)
    assert found.get(silent_key, (None, None))[1] == "feed_silent"
    assert found.get(slow_key, (None, None))[1] == "sender_slow"
    assert well_key not in found


def test_a_quiet_night_makes_nobody_silent(conn):
    (unit, key), (other, _), *_ = units_of(conn)
    for hour in range(8, 16):
        for one in (unit, other):
            tell(conn, one, NOW.replace(hour=hour, minute=0), timedelta(0))
    night = (NOW + timedelta(hours=11)).astimezone(UTC)
    senders.count(conn, night, ZONE)
    with conn, conn.cursor() as cursor:
        cursor.execute("update feed set event_at = %s, fetched_at = %s where dataset = 'dossiers'", (night, night))
    assert key not in attention(conn, night)
