import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import psycopg2.extensions
import psycopg2.extras
import pytest

from dashboard.reading import StoreUnavailable
from dashboard.store import Store
from sql import database, frames
from tests.conftest import administer

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 22, 10, 30, tzinfo=ZONE)
TODAY = NOW.date()
HOUR = timedelta(hours=1)
Fact = dict[str, Any]


@pytest.fixture
def db(city: str) -> Iterator[psycopg2.extensions.connection]:
    opened = database.connect(city, "tests")
    opened.autocommit = True
    yield opened
    opened.close()


class Room:
    """A store with a clock and a frame that the test moves."""

    def __init__(self, url: str) -> None:
        self.now = NOW
        self.frame: dict[str, Any] | None = None
        self.engine = database.engine(url, "store of a test")
        self.store = Store(self.engine, lambda: self.frame, lambda: self.now)


@pytest.fixture
def room(city: str) -> Iterator[Room]:
    made = Room(city)
    yield made
    made.engine.dispose()


def insert(db: psycopg2.extensions.connection, table: str, rows: list[Fact]) -> None:
    columns = sorted(rows[0])
    statement = f"insert into {table} ({', '.join(columns)}) values %s"
    with db.cursor() as cursor:
        psycopg2.extras.execute_values(cursor, statement, [[row[name] for name in columns] for row in rows])


def ids(db: psycopg2.extensions.connection, table: str, name: str) -> dict[str, int]:
    with db.cursor() as cursor:
        cursor.execute(f"select {name}, id from {table}")
        return dict(cursor.fetchall())


def some_dossiers(db: psycopg2.extensions.connection, count: int = 600) -> list[Fact]:
    chance = random.Random(766)
    units, procedures = ids(db, "unit", "key"), ids(db, "procedure", "code")
    facts = []
    for number in range(count):
        accepted = NOW - chance.uniform(1, 100 * 24) * HOUR
        finished = accepted + chance.uniform(1, 60 * 24) * HOUR
        facts.append({
            "code": f"D{number}",
            "unit_id": units[chance.choice(["10", "20", "30", "40"])],
            "procedure_id": procedures[chance.choice(["P1", "P2", "P3"])],
            "channel": chance.choice([1, 2, 3, 4, None]),
            "status": None,
            "accepted_at": accepted,
            "accept_by": chance.choice([None, accepted + HOUR, accepted - HOUR]),
            "due_given_at": chance.choice([None, accepted + chance.uniform(1, 40 * 24) * HOUR]),
            "finished_at": finished if finished < NOW else None,
            "rating_min": chance.choice([None, 0, 1, 2]) if finished < NOW else None,
            "version_at": NOW,
            "columns": 0,
            "load_id": 1,
        })  # fmt: skip
    insert(db, "dossier", facts)
    return facts


def some_tickets(db: psycopg2.extensions.connection, count: int = 300) -> list[Fact]:
    chance = random.Random(1022)
    units = ids(db, "unit", "key")
    facts = []
    for number in range(count):
        opened = NOW - chance.uniform(1, 70 * 24) * HOUR
        closed = opened + chance.uniform(1, 20 * 24) * HOUR
        facts.append({
            "code": f"T{number}",
            "unit_id": units[chance.choice(["10", "40"])],
            "opened_at": opened,
            "due_given_at": chance.choice([None, opened + chance.uniform(1, 10 * 24) * HOUR]),
            "closed_at": closed if closed < NOW else None,
            "version_at": NOW,
            "columns": 0,
            "load_id": 1,
        })  # fmt: skip
    insert(db, "ticket", facts)
    return facts


def end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), ZONE)


def standing(facts: list[Fact], at: datetime, begin: str, end: str, late: bool = False) -> int:
    """Count what is open, or late, at an instant, straight from the facts."""
    there = [one for one in facts if one[begin] < at and (one[end] is None or one[end] >= at)]
    return sum(1 for one in there if not late or (one["due_given_at"] is not None and one["due_given_at"] < at))


def in_window(facts: list[Fact], day: date, column: str) -> list[Fact]:
    start = datetime.combine(day - timedelta(days=29), time(), ZONE)
    return [one for one in facts if one[column] is not None and start <= one[column] < end_of(day)]


def share(part: list[Fact], of: list[Fact]) -> float | None:
    return len(part) / len(of) if of else None


def test_lines_of_dossiers_are_what_the_facts_say(db: psycopg2.extensions.connection, room: Room) -> None:
    facts = some_dossiers(db)
    found = room.store.history(60)
    days = [TODAY - timedelta(days=back) for back in range(59, -1, -1)]
    assert found["days"] == [day.isoformat() for day in days]
    lines = found["city"]
    assert lines["dossiers_open"] == [standing(facts, end_of(day), "accepted_at", "finished_at") for day in days]
    late = [standing(facts, end_of(day), "accepted_at", "finished_at", late=True) for day in days]
    assert lines["dossiers_late"] == late
    for index, day in enumerate(days):
        finished, accepted = in_window(facts, day, "finished_at"), in_window(facts, day, "accepted_at")
        judged = [one for one in finished if one["due_given_at"] is not None]
        on_time = [one for one in judged if one["finished_at"] <= one["due_given_at"]]
        content = [one for one in finished if one["rating_min"] == 2]
        silent = [one for one in finished if one["rating_min"] is None]
        clocked = [one for one in accepted if one["accept_by"] is not None]
        known = [one for one in accepted if one["channel"] is not None]
        assert lines["on_time_rate_30d"][index] == share(on_time, judged)
        assert lines["satisfaction_low_30d"][index] == share(content, finished)
        assert lines["satisfaction_high_30d"][index] == share(content + silent, finished)
        late_accepted = [one for one in clocked if one["accepted_at"] > one["accept_by"]]
        assert lines["accepted_late_rate_30d"][index] == share(late_accepted, clocked)
        assert lines["online_rate_30d"][index] == share([one for one in known if one["channel"] in (1, 2)], known)
        received = [one for one in facts if one["accepted_at"].astimezone(ZONE).date() == day]
        assert lines["received"][index] == len(received)


def test_lines_of_tickets_are_what_the_facts_say(db: psycopg2.extensions.connection, room: Room) -> None:
    facts = some_tickets(db)
    lines = room.store.history(60)["city"]
    days = [TODAY - timedelta(days=back) for back in range(59, -1, -1)]
    assert lines["tickets_open"] == [standing(facts, end_of(day), "opened_at", "closed_at") for day in days]
    assert lines["tickets_late"] == [standing(facts, end_of(day), "opened_at", "closed_at", late=True) for day in days]
    assert lines["dossiers_open"] == [None] * 60


def test_a_unit_of_today_collects_the_late_dossiers_of_those_it_came_from(
    db: psycopg2.extensions.connection, room: Room
) -> None:
    facts = some_dossiers(db)
    units = ids(db, "unit", "key")
    found = room.store.history(60)["units"]
    days = [TODAY - timedelta(days=back) for back in range(27, -1, -1)]

    def late(*keys: str) -> list[int]:
        of_units = [one for one in facts if one["unit_id"] in {units[key] for key in keys}]
        return [standing(of_units, end_of(day), "accepted_at", "finished_at", late=True) for day in days]

    assert found["10"]["dossiers_late"] == late("10")
    new_east = next(row["key"] for row in room.store.units() if row["name_en"] == "Dong City")
    old_east = next(row["key"] for row in room.store.units() if row["name_en"] == "Binh District")
    old_cam = next(row["key"] for row in room.store.units() if row["name_en"] == "Cam District")
    assert found[new_east]["dossiers_late"] == late(new_east, old_east, old_cam)
    assert len(found["40"]["dossiers_late"]) == 28


def test_days_before_the_first_record_are_unknown_not_zero(db: psycopg2.extensions.connection, room: Room) -> None:
    units = ids(db, "unit", "key")
    accepted = datetime.combine(TODAY - timedelta(days=3), time(9), ZONE)
    fact = {
        "code": "D1",
        "unit_id": units["10"],
        "accepted_at": accepted,
        "version_at": NOW,
        "columns": 0,
        "load_id": 1,
    }
    insert(db, "dossier", [fact])
    lines = room.store.history(6)["city"]
    assert lines["dossiers_open"] == [None, None, 1, 1, 1, 1]
    assert lines["dossiers_late"] == [None, None, 0, 0, 0, 0]
    assert lines["on_time_rate_30d"] == [None] * 6
    assert lines["satisfaction_low_30d"] == [None] * 6


def test_an_empty_city_has_no_lines(room: Room) -> None:
    found = room.store.history(7)
    assert all(line == [None] * 7 for line in found["city"].values())
    assert found["units"] == {}


def test_the_last_point_is_the_live_tile(db: psycopg2.extensions.connection, room: Room) -> None:
    some_dossiers(db, 50)
    room.frame = {
        "version": 1,
        "as_of": NOW.isoformat(),
        "city": {"dossiers_late": 7, "received_today": 3, "on_time_rate_30d": {"value": 0.5, "n": 1, "of": 2}},
    }
    lines = room.store.history(5)["city"]
    assert (lines["dossiers_late"][-1], lines["received"][-1], lines["on_time_rate_30d"][-1]) == (7, 3, 0.5)
    room.frame["as_of"] = (NOW - timedelta(days=1)).isoformat()
    assert room.store.history(5)["city"]["dossiers_late"][-1] != 7


def test_the_past_is_read_again_when_facts_have_changed_and_not_within_a_minute(
    db: psycopg2.extensions.connection, room: Room
) -> None:
    some_dossiers(db, 50)
    room.frame = {"version": 1, "as_of": NOW.isoformat(), "data_version": 1, "city": {}}
    before = room.store.history(5)["city"]["received"]
    some_tickets(db, 50)
    with db.cursor() as cursor:
        cursor.execute("update dossier_unit_day set received = received + 1")

    room.frame = room.frame | {"version": 2, "data_version": 2}
    assert room.store.history(5)["city"]["received"] == before
    room.now += timedelta(seconds=900)
    assert room.store.history(5)["city"]["received"] != before
    read = room.store.source.reads["primary"]
    room.now += timedelta(hours=1)
    room.frame = room.frame | {"version": 3, "as_of": room.now.isoformat()}
    room.store.history(5)
    assert room.store.source.reads["primary"] == read + 1  # the registry's minute; the past has not changed


def test_units_know_the_geographies_they_are_tiles_of(room: Room) -> None:
    rows = {row["name_en"]: row for row in room.store.units()}
    assert rows["Dong City"]["geographies"] == ["now"]
    assert rows["Binh District"]["geographies"] == ["before"]
    assert rows["An District"]["geographies"] == ["now", "before"]
    assert rows["Small City"]["geographies"] == []
    assert rows["Binh District"]["valid_to"] == "2020-12-31"
    assert rows["Dong City"]["key"] == "20"
    assert [row["id"] for row in room.store.geographies()] == ["now", "before"]
    assert {row["name_vi"] for row in room.store.fields()} >= {"Hộ tịch", "Đất đai"}
    assert room.store.profile()["timezone"] == "Asia/Ho_Chi_Minh"
    assert room.store.profile()["thresholds"]["dossiers_late_share"] == {"watch": 0.01, "late": 0.02}


def test_registry_answers_are_kept_for_a_minute(db: psycopg2.extensions.connection, room: Room) -> None:
    assert room.store.profile()["title"] == "Thành phố Nhỏ"
    with db.cursor() as cursor:
        cursor.execute("update city set title = 'Thành phố Mới'")
    assert room.store.profile()["title"] == "Thành phố Nhỏ"
    room.now += timedelta(minutes=1)
    assert room.store.profile()["title"] == "Thành phố Mới"


def add_load(db: psycopg2.extensions.connection, feed: str = "tickets", refused: int = 1, state: str = "done") -> int:
    with db.cursor() as cursor:
        cursor.execute(
            """
            insert into load (feed_id, kind, source, state, started_at, finished_at, read, merged, unchanged, refused)
            values (%s, 'file', 'a.csv', %s, %s, %s, %s, 10, 5, %s) returning id
            """,
            (feed, state, NOW, None if state == "running" else NOW + timedelta(seconds=2), 15 + refused, refused),
        )
        load_id = cursor.fetchone()[0]
        cursor.execute(
            """
            insert into quarantine (feed_id, load_id, row_no, row, row_hash, reason, detail)
            values (%s, %s, 3, '{"code": ""}', %s, 'no code', 'code is empty')
            """,
            (feed, load_id, str(load_id).encode()),
        )
    return load_id


def test_loads_feeds_and_quarantine_are_told_once_a_frame(db: psycopg2.extensions.connection, room: Room) -> None:
    room.frame = {"version": 1, "as_of": NOW.isoformat(), "city": {}}
    first = add_load(db)
    assert [row["id"] for row in room.store.loads()] == [first]
    assert room.store.loads()[0] | {"source": "a.csv", "seconds": 2.0, "rows_per_s": 8.0} == room.store.loads()[0]
    second = add_load(db, "dossiers")
    assert [row["id"] for row in room.store.loads()] == [first]
    room.frame = room.frame | {"version": 2}
    assert [row["id"] for row in room.store.loads()] == [second, first]
    assert [row["id"] for row in room.store.loads("tickets")] == [first]
    assert [row["id"] for row in room.store.loads(limit=1)] == [second]
    held = room.store.quarantine("tickets")
    assert [(row["feed"], row["reason"], row["row"], row["row_no"]) for row in held] == [
        ("tickets", "no code", {"code": ""}, 3)
    ]
    assert room.store.quarantine(state="replayed") == []
    assert {(row["feed"], row["held"]) for row in room.store.quarantine_reasons()} == {("tickets", 1), ("dossiers", 1)}
    feed = next(row for row in room.store.feeds() if row["id"] == "tickets")
    assert (feed["held"], feed["load_id"], feed["load_state"], feed["backfill_of"]) == (1, first, "done", None)


def test_sums_of_loads_count_each_load_once(db: psycopg2.extensions.connection, room: Room) -> None:
    add_load(db, refused=1)
    running = add_load(db, state="running")
    add_load(db, refused=2)
    assert [(row["loads"], row["refused"]) for row in room.store.metrics()["loads"]] == [(1, 1)]
    with db.cursor() as cursor:
        cursor.execute("update load set state = 'done', finished_at = started_at where id = %s", (running,))
    room.now += timedelta(seconds=10)
    assert [(row["loads"], row["refused"]) for row in room.store.metrics()["loads"]] == [(3, 4)]
    room.now += timedelta(seconds=10)
    assert [(row["loads"], row["read"]) for row in room.store.metrics()["loads"]] == [(3, 49)]
    feed = next(row for row in room.store.metrics()["feeds"] if row["feed"] == "tickets")
    assert (feed["held"], feed["event_at"], feed["is_failing"]) == (3, None, False)


def test_the_frame_of_a_past_moment_can_be_had(db: psycopg2.extensions.connection, room: Room) -> None:
    for version in (1, 2):
        at = (NOW - timedelta(minutes=10 - version)).isoformat()
        frames.store(db, {"version": version, "as_of": at, "data_version": 1, "city": {}}, None)
    found = room.store.frame_at(NOW - timedelta(minutes=8, seconds=30))
    assert found is not None
    assert found["version"] == 1
    assert room.store.frame_at(NOW - timedelta(hours=1)) is None


def test_definitions_carry_their_sql(room: Room) -> None:
    row = next(row for row in room.store.definitions() if row["name"] == "dossiers_late")
    assert row["queries"]
    assert all("\nselect" in query["sql"] for query in row["queries"])


def test_when_postgres_is_gone_the_last_answer_stands(city: str, postgres: str, room: Room) -> None:
    name = urlsplit(city).path.strip("/")
    units = room.store.units()
    administer(postgres, f"alter database {name} allow_connections false")
    administer(postgres, f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")
    room.now += timedelta(minutes=2)
    assert room.store.units() is units
    room.now += timedelta(minutes=1)
    assert room.store.units() is units
    assert room.store.age_s("registry") == 180
    assert room.store.failing_s == 60
    with pytest.raises(StoreUnavailable):
        room.store.loads()
    administer(postgres, f"alter database {name} allow_connections true")
    room.now += timedelta(minutes=1)
    assert room.store.loads() == []
    assert room.store.failing_s is None


def test_answers_are_read_in_utc_and_told_as_text(db: psycopg2.extensions.connection, room: Room) -> None:
    add_load(db)
    assert datetime.fromisoformat(room.store.loads()[0]["started_at"]) == NOW.astimezone(UTC)
