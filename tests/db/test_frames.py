"""What screens showed can be had again, and costs little room."""

from __future__ import annotations

import hashlib
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from etl.publish import Publisher, Stream
from indicators.frame import diff
from sql import database, frames, profile, registry
from tests.conftest import ROOT
from tests.db.deliveries import one, rows

BEGIN = datetime(2026, 11, 20, 0, 0, 30, tzinfo=UTC)
MEGABYTE = 1_000_000


@pytest.fixture
def conn(database_url):
    opened = database.connect(database_url)
    yield opened
    opened.close()


def frame_of(version: int, at: datetime) -> dict:
    """Return a small frame that differs from every other one."""
    rate = {"value": round(version % 7 / 9, 6), "n": version % 7, "of": 9}
    return {
        "version": version, "as_of": at.isoformat(timespec="milliseconds"), "data_version": version,
        "title": "Thành phố", "city": {"dossiers_open": version, "online_rate_30d": rate, "tickets_open": None},
        "units": {"10": {"dossiers_open": version % 5}} | ({"20": {"dossiers_open": 1}} if version % 3 else {}),
        "feeds": {}, "fields": {}, "attention": {}, "hours": {"received": [version] * 24},
    }  # fmt: skip


def shown(conn, begin: datetime, count: int, step: timedelta, whole_every: int) -> list[tuple[datetime, dict]]:
    """Store frames at a steady pace as the publisher does; return (instant, frame)."""
    kept, before = [], None
    with conn:
        for place in range(count):
            at = begin + step * place
            new = frame_of(frames.next_version(conn), at)
            frames.store(conn, new, diff(before, new) if before and place % whole_every else None)
            kept.append((at, new))
            before = new
    return kept


def test_every_frame_can_be_had_again_from_its_instant_until_the_next(conn):
    kept = shown(conn, BEGIN, 40, timedelta(seconds=10), 12)
    for at, frame in kept:
        for later in (timedelta(0), timedelta(milliseconds=1), timedelta(seconds=9, milliseconds=999)):
            assert frames.at(conn, at + later) == frame
    assert frames.at(conn, BEGIN - timedelta(milliseconds=1)) is None, "before the first one there is none"
    assert frames.latest(conn) == kept[-1][1]


def test_every_frame_can_be_had_again_by_its_version(conn):
    kept = shown(conn, BEGIN, 30, timedelta(seconds=10), 12)
    for _, frame in kept:
        assert frames.of_version(conn, frame["version"]) == frame
    newest = kept[-1][1]["version"]
    assert frames.of_version(conn, newest + 1) is None, "it has not come yet"
    assert frames.of_version(conn, kept[0][1]["version"] - 1) is None, "before the first one there is none"
    with conn, conn.cursor() as cursor:
        cursor.execute("delete from frame where version = %s", (kept[3][1]["version"],))
    assert frames.of_version(conn, kept[3][1]["version"]) is None
    assert frames.of_version(conn, kept[5][1]["version"]) is None, "nothing is made up over a gap"


def test_frames_of_the_last_day_stay_to_the_second_and_those_before_to_five_minutes(conn):
    kept = shown(conn, BEGIN, 26 * 60, timedelta(minutes=1), 5)
    now = kept[-1][0] + timedelta(seconds=7)
    wholes = [pair for place, pair in enumerate(kept) if place % 5 == 0]
    assert frames.thin(conn, now) > 0
    for at, frame in kept:
        if at >= now - timedelta(hours=24):
            assert frames.at(conn, at) == frame, f"{now - at} ago"
    for at in [at for at, _ in kept if at < now - timedelta(hours=24, minutes=5)]:
        there = frames.at(conn, at)
        assert timedelta(0) <= at - datetime.fromisoformat(there["as_of"]) < timedelta(minutes=5)
        assert there in [frame for _, frame in wholes], "nothing is shown that never was"
    assert frames.thin(conn, now) == 0, "what is thin already stays"


def test_snapshots_of_more_than_ninety_days_stay_to_the_hour(conn):
    old = shown(conn, BEGIN - timedelta(days=91), 36, timedelta(minutes=5), 1)
    young = shown(conn, BEGIN - timedelta(days=89), 36, timedelta(minutes=5), 1)
    frames.thin(conn, BEGIN)
    assert one(conn, "select count(*) from frame") == 3 + 36
    for at, _ in old:
        there = datetime.fromisoformat(frames.at(conn, at)["as_of"])
        assert at - timedelta(hours=1) < there <= at and there.minute == 0
    assert all(frames.at(conn, at) == frame for at, frame in young)


def test_changes_lead_from_any_version_to_the_newest_unless_a_snapshot_lies_between(conn):
    kept = [frame for _, frame in shown(conn, BEGIN, 10, timedelta(seconds=10), 6)]
    assert [one["version"] for one in frames.since(conn, kept[6]["version"])] == [
        7 + kept[0]["version"] + at for at in range(3)
    ]
    assert frames.since(conn, kept[5]["version"]) is None, "there is a whole frame between: take that"
    assert frames.since(conn, kept[-1]["version"]) == []
    assert frames.newest_version(conn) == kept[-1]["version"]


def test_an_empty_database_has_no_frame(conn):
    assert frames.latest(conn) is None and frames.newest_version(conn) is None and frames.since(conn, 5) == []


@pytest.mark.parametrize(
    "value",
    [
        None,
        0,
        5,
        {"value": None, "n": 0, "of": 0},
        {"value": 0.333333, "n": 1, "of": 3},
        {"value": 0.9, "n": 1, "of": 3},
    ],
)
def test_what_is_kept_comes_back_as_it_was(value):
    part = {"version": 1, "city": {"online_rate_30d": value}, "units": {"10": {"a": value}}, "gone": {"units": ["20"]}}
    assert frames.decoded(frames.encoded(part)) == part


def test_the_words_that_stored_frames_were_packed_with_never_change():
    """Frames of yesterday must stay readable, whatever indicators come and go."""
    assert hashlib.sha256(frames.WORDS).hexdigest()[:16] == "dccc2e4470ecdd8f"


NEW = """
    insert into dossier (code, unit_id, procedure_id, channel, status, submitted_at, accepted_at, due_given_at,
        finished_at, accept_by, version_at, columns, load_id)
    select code || n, (%(units)s)[1 + (n * 7919 + tick * 104729) %% %(of)s], 1 + n %% 20, 1 + n %% 4, 4,
        at - interval '2 hours', at, at + interval '5 days', ended_at, at + interval '6 hours', at, 1, 1
"""
FILL = f"""{NEW}
    from (
        select n, 'D' as code, 0 as tick, at,
            case when n %% 40 > 0 then at + (n %% 97) * interval '2 hours' end as ended_at
        from generate_series(1, %(count)s) as n
        cross join lateral (
            select %(now)s::timestamptz - (n %% 59) * interval '12 hours' - interval '1 minute' as at
        ) as a
    ) as d
"""
ARRIVE = f"""{NEW}
    from (
        select n, 'N' || %(tick)s || '-' as code, %(tick)s as tick, %(now)s::timestamptz as at,
            null::timestamptz as ended_at
        from generate_series(1, %(count)s) as n
    ) as d
"""
END = """
    update dossier set finished_at = %(now)s, rating_min = 2 where code in (
        select code from dossier where ended_at is null order by md5(code || %(tick)s) limit %(count)s
    )
"""
RECEIVED_A_DAY, OFFICE_S, PULL_S = 56_000, 8 * 3600, 5


def test_a_day_of_a_whole_city_takes_less_than_a_hundred_megabytes_and_all_days_two_gigabytes(postgres, database_url):
    """168 communes, beside 22 and 24 districts: as many dossiers come and go as on a working day, pulled every 5 s."""
    with closing(database.connect(database_url)) as conn, closing(database.connect(database_url)) as publishing:
        registry.load(conn, profile.read(ROOT / "profiles" / "hcmc"), BEGIN)
        communes = [
            id_ for (id_,) in rows(conn, "select id from unit where level = 'commune' and valid_to is null order by id")
        ]
        assert len(communes) == 168
        clock = [datetime(2026, 11, 20, 2, 0, 1, tzinfo=UTC)]
        told = {"units": communes, "of": len(communes), "now": clock[0], "tick": 0}
        with conn, conn.cursor() as cursor:
            cursor.execute(FILL, told | {"count": 40_000})
        publisher = Publisher(publishing, Stream(None), now=lambda: clock[0])
        publisher.publish()
        busy = [_tick(conn, publisher, clock, told, tick, RECEIVED_A_DAY * PULL_S // OFFICE_S) for tick in range(1, 25)]
        quiet = [_tick(conn, publisher, clock, told, tick, 0) for tick in range(25, 31)]
        whole = one(conn, "select max(length(body)) from frame where base is null")
    day = sum(busy) / len(busy) * OFFICE_S / PULL_S + sum(quiet) / len(quiet) * (86_400 - OFFICE_S) / 10 + 288 * whole
    assert day < 100 * MEGABYTE, f"{day / MEGABYTE:.0f} MB a day"
    kept = day + 90 * 288 * whole + 10 * 365 * 24 * whole
    assert kept < 2000 * MEGABYTE, f"{kept / MEGABYTE:.0f} MB in ten years"


def _tick(conn, publisher, clock, told, tick, count) -> int:
    """Let so many dossiers come and so many end, then publish; return the bytes of the change."""
    clock[0] += timedelta(seconds=PULL_S if count else 10)
    with conn, conn.cursor() as cursor:
        for statement in (ARRIVE, END) if count else ():
            cursor.execute(statement, told | {"now": clock[0], "tick": tick, "count": count})
    version = publisher.publish()["version"]
    return one(conn, "select length(body) from frame where version = %s and base is not null", version)
