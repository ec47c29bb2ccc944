import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sql import embedded_valkey, frames
from tests.conftest import administer
from tests.db.newswire import Clock, Listener, Publisher, until


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[str]:
    """A Valkey of this test alone, which it may kill."""
    url = embedded_valkey.start(tmp_path)
    assert url
    yield url
    embedded_valkey.stop(tmp_path)


@pytest.fixture
def publisher(database_url: str, tmp_path: Path) -> Iterator[Publisher]:
    made = Publisher(database_url, tmp_path)
    yield made
    made.close()


def test_frames_follow_the_stream(database_url: str, valkey: str, publisher: Publisher, clock: Clock) -> None:
    async def scene() -> None:
        publisher.publish(1)
        async with Listener(database_url, valkey, clock) as listener:
            await listener.has(1)
            await listener.says("live", "ok")
            for version in (2, 3, 4):
                publisher.publish(version, stored=False)
            await listener.has(4)
            assert listener.frames == [(None, 1), (1, 2), (2, 3), (3, 4)]
            assert listener.shown == publisher.frame

    asyncio.run(scene())


def test_without_valkey_frames_come_from_postgres(database_url: str, publisher: Publisher, clock: Clock) -> None:
    async def scene() -> None:
        publisher.publish(1, streamed=False)
        async with Listener(database_url, None, clock) as listener:
            await listener.has(1)
            await listener.says("paused", "no_valkey")
            publisher.publish(2, streamed=False)
            publisher.publish(3, streamed=False)
            await listener.has(3)
            assert listener.shown == publisher.frame

    asyncio.run(scene())


def test_valkey_may_die_and_come_back_and_nothing_is_lost(
    database_url: str, valkey: str, publisher: Publisher, clock: Clock, tmp_path: Path
) -> None:
    async def scene() -> None:
        publisher.publish(1)
        async with Listener(database_url, valkey, clock) as listener:
            await listener.says("live", "ok")
            publisher.kill_valkey()
            await listener.says("paused", "valkey_down")
            publisher.publish(2, streamed=False)
            await listener.has(2)
            embedded_valkey.start(tmp_path)
            publisher.publish(3, streamed=False)
            publisher.publish(4)
            await listener.says("live", "ok")
            publisher.publish(5)
            await listener.has(5)
            assert listener.shown == publisher.frame
            bases, versions = zip(*listener.frames, strict=True)
            assert bases == (None, *versions[:-1])

    asyncio.run(scene())


def test_a_gap_in_the_stream_is_bridged_by_the_snapshot(
    database_url: str, valkey: str, publisher: Publisher, clock: Clock
) -> None:
    async def scene() -> None:
        publisher.publish(1)
        async with Listener(database_url, valkey, clock) as listener:
            await listener.has(1)
            publisher.publish(2, streamed=False, stored=False)
            publisher.publish(3)
            await listener.has(3)
            assert listener.frames[-1] == (1, 3)
            assert listener.shown == publisher.frame

    asyncio.run(scene())


def test_rubbish_in_the_stream_is_passed_by(database_url: str, valkey: str, publisher: Publisher, clock: Clock) -> None:
    async def scene() -> None:
        publisher.publish(1)
        async with Listener(database_url, valkey, clock) as listener:
            await listener.has(1)
            with publisher.valkey() as client:
                client.xadd("frames", {"delta": "{not json"}, id="2-0")
            await until(lambda: ("paused", "valkey_down") in listener.states)
            publisher.publish(3)
            await listener.has(3)
            await listener.says("live", "ok")
            assert listener.shown == publisher.frame

    asyncio.run(scene())


def test_frames_that_reach_only_postgres_are_found_there(
    database_url: str, valkey: str, publisher: Publisher, clock: Clock
) -> None:
    async def scene() -> None:
        publisher.publish(1)
        async with Listener(database_url, valkey, clock) as listener:
            await listener.says("live", "ok")
            publisher.publish(2, streamed=False)
            clock.ahead = timedelta(seconds=5)
            await listener.has(2)
            assert listener.supply.status.state == "live"

    asyncio.run(scene())


def test_when_no_frame_comes_the_screens_say_so_within_fifteen_seconds(
    database_url: str, valkey: str, publisher: Publisher, clock: Clock
) -> None:
    async def scene() -> None:
        publisher.publish(1)
        async with Listener(database_url, valkey, clock) as listener:
            await listener.says("live", "ok")
            clock.ahead = timedelta(seconds=12)
            await asyncio.sleep(0.1)
            assert listener.supply.status.state == "live"
            clock.ahead = timedelta(seconds=15)
            await listener.says("stale", "no_new_frame")
            publisher.publish(2)
            await listener.says("live", "ok")

    asyncio.run(scene())


def test_an_old_frame_is_shown_but_not_as_live(
    database_url: str, valkey: str, publisher: Publisher, clock: Clock
) -> None:
    async def scene() -> None:
        publisher.publish(1)
        clock.ahead = timedelta(hours=1)
        async with Listener(database_url, valkey, clock) as listener:
            await listener.has(1)
            await listener.says("stale", "no_new_frame")

    asyncio.run(scene())


def test_postgres_may_die_and_come_back(
    postgres: str, database_url: str, valkey: str, publisher: Publisher, clock: Clock
) -> None:
    name = urlsplit(database_url).path.strip("/")

    async def scene() -> None:
        publisher.publish(1)
        async with Listener(database_url, valkey, clock) as listener:
            await listener.says("live", "ok")
            publisher.close()
            administer(postgres, f"alter database {name} allow_connections false")
            administer(postgres, f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")
            await listener.says("stale", "database_down")
            assert listener.supply.frame is not None
            administer(postgres, f"alter database {name} allow_connections true")
            await listener.says("live", "ok")

    asyncio.run(scene())


def test_a_process_that_starts_without_postgres_waits_for_it(
    postgres: str, database_url: str, publisher: Publisher, clock: Clock
) -> None:
    name = urlsplit(database_url).path.strip("/")
    publisher.publish(1, streamed=False)
    publisher.close()
    administer(postgres, f"alter database {name} allow_connections false")

    async def scene() -> None:
        async with Listener(database_url, None, clock) as listener:
            await listener.says("stale", "database_down")
            assert listener.supply.frame is None
            administer(postgres, f"alter database {name} allow_connections true")
            await listener.has(1)

    asyncio.run(scene())


def test_a_database_that_counts_anew_is_followed(database_url: str, publisher: Publisher, clock: Clock) -> None:
    async def scene() -> None:
        publisher.publish(500, streamed=False)
        async with Listener(database_url, None, clock) as listener:
            await listener.has(500)
            with publisher.connection, publisher.connection.cursor() as cursor:
                cursor.execute("delete from frame")
            publisher.frame = None
            publisher.publish(3, streamed=False)
            await listener.has(3)
            assert listener.frames == [(None, 500), (500, 3)]

    asyncio.run(scene())


def test_many_missed_frames_are_caught_up_in_one_step(database_url: str, publisher: Publisher, clock: Clock) -> None:
    async def scene() -> None:
        publisher.publish(1, streamed=False)
        async with Listener(database_url, None, clock) as listener:
            await listener.has(1)
            with publisher.connection:
                for version in range(2, 30):
                    publisher.frame = {**(publisher.frame or {}), "version": version}
                    frames.store(publisher.connection, publisher.frame, None)
            await listener.has(29)
            assert listener.frames == [(None, 1), (1, 29)]

    asyncio.run(scene())
