from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection

from dashboard import reading
from dashboard.asking import ask
from dashboard.reading import Source, StoreUnavailable
from sql import database, embedded_postgres
from tests.db.replicas import Pair, pair


@pytest.fixture(scope="module")
def servers() -> Iterator[Pair]:
    with pair() as made:
        yield made


class Desk:
    """A source on both servers, with the fence and the clock that the test sets."""

    def __init__(self, servers: Pair) -> None:
        self.fence: int | None = 0
        self.now = 0.0
        self.engines = [database.engine(url, "tests") for url in (servers.primary_url, servers.replica_url)]
        self.source = Source(*self.engines, lambda: self.fence, lambda: self.now)

    def read(self) -> tuple[str, int]:
        """Return where a question was answered, and the version that it saw."""
        return self.source.read(where)


def where(db: Connection) -> tuple[str, int]:
    is_replica = db.exec_driver_sql("select pg_is_in_recovery()").scalar_one()
    return "replica" if is_replica else "primary", ask(db, "pages", "data_version")[0]["version"]


@pytest.fixture
def desk(servers: Pair) -> Iterator[Desk]:
    made = Desk(servers)
    yield made
    for engine in made.engines:
        engine.dispose()


def test_a_replica_that_has_what_the_frame_was_made_of_answers(servers: Pair, desk: Desk) -> None:
    desk.fence = servers.change("update city set title = 'Một'")
    servers.caught_up(desk.fence)
    assert desk.read() == ("replica", desk.fence)
    assert desk.source.replica_state == "used"
    assert desk.source.reads == {"replica": 1}


def test_a_replica_that_is_a_moment_behind_is_waited_for(
    servers: Pair, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "WAIT_S", 20.0)
    servers.pause()
    desk.fence = servers.change("update city set title = 'Hai'")
    with ThreadPoolExecutor(1) as other:
        answer = other.submit(desk.read)
        servers.until(lambda: desk.source.versions_behind == 1)
        servers.go_on()
        assert answer.result(20) == ("replica", desk.fence)


def test_a_replica_that_stays_behind_is_passed_by_until_it_has_caught_up(servers: Pair, desk: Desk) -> None:
    servers.pause()
    desk.fence = servers.change("update city set title = 'Ba'")
    assert desk.read() == ("primary", desk.fence)
    assert (desk.source.replica_state, desk.source.versions_behind) == ("behind", 1)
    assert desk.read() == ("primary", desk.fence)
    assert desk.source.reads == {"behind": 1, "primary": 2}  # for a second it was not even asked
    servers.go_on()
    servers.caught_up(desk.fence)
    desk.now += reading.BEHIND_PAUSE_S
    assert desk.read() == ("replica", desk.fence)


def test_no_answer_is_ever_older_than_the_frame(servers: Pair, desk: Desk) -> None:
    seen: list[tuple[int, int]] = []
    for number in range(30):
        if number == 8:
            servers.pause()
        if number == 20:
            servers.go_on()
        desk.fence = servers.change(f"update city set title = 'Số {number}'")
        desk.now += 0.4
        seen.append((desk.fence, desk.read()[1]))
    assert all(version >= fence for fence, version in seen)
    servers.caught_up(seen[-1][0])


def test_before_the_first_frame_and_without_a_replica_the_primary_answers(servers: Pair, desk: Desk) -> None:
    desk.fence = None
    assert desk.read()[0] == "primary"
    alone = Source(desk.engines[0], None, lambda: 1)
    assert alone.read(where)[0] == "primary"
    assert alone.replica_state == "none"


def test_what_the_fence_does_not_cover_is_read_from_the_primary(servers: Pair, desk: Desk) -> None:
    assert desk.source.read_primary(where)[0] == "primary"


def test_a_dead_replica_is_passed_by_and_used_again_when_it_is_back(servers: Pair, desk: Desk) -> None:
    desk.fence = servers.change("update city set title = 'Bốn'")
    servers.caught_up(desk.fence)
    assert desk.read()[0] == "replica"
    servers.kill_replica()
    assert desk.read() == ("primary", desk.fence)
    assert desk.source.replica_state == "down"
    embedded_postgres.start(servers.second, durable=False)
    servers.until(lambda: embedded_postgres.answers(servers.second))
    servers.caught_up(desk.fence)
    assert desk.read()[0] == "primary"
    desk.now += reading.DOWN_PAUSE_S
    assert desk.read() == ("replica", desk.fence)


def test_a_question_that_is_wrong_is_wrong_on_the_primary_too(servers: Pair, desk: Desk) -> None:
    def wrong(db: Connection) -> Any:
        return db.exec_driver_sql("select no_such_column from city")

    with pytest.raises(Exception, match="no_such_column") as caught:
        desk.source.read(wrong)
    assert not isinstance(caught.value, StoreUnavailable)


def test_a_replica_never_lets_a_question_write(servers: Pair, desk: Desk) -> None:
    desk.fence = servers.change("update city set title = 'Năm'")
    servers.caught_up(desk.fence)
    with pytest.raises(Exception, match="read-only"):
        desk.source._read_behind_fence(desk.engines[1], desk.fence, lambda db: db.exec_driver_sql("delete from city"))
