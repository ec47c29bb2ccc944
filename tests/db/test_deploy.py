import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest

from sql import database, embedded_valkey
from tests.db.crowd import crowd
from tests.db.newswire import Publisher
from tests.db.programs import Program

BROWSERS = 500
PATIENCE_S = 90.0


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[str]:
    url = embedded_valkey.start(tmp_path)
    assert url
    yield url
    embedded_valkey.stop(tmp_path)


@pytest.fixture
def publisher(city: str, tmp_path: Path, valkey: str) -> Iterator[Publisher]:
    made = Publisher(city, tmp_path, valkey)
    made.publish(1)
    yield made
    made.close()


@pytest.fixture
def hosts(city: str, tmp_path: Path, valkey: str, publisher: Publisher) -> Iterator[list[Program]]:
    """Two hosts: each a gunicorn with two workers, a port and a DATA_DIR of its own."""
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    made = [Program(city, folder, valkey) for folder in folders]
    try:
        for host in made:
            host.until(lambda host=host: host.ask("/readyz")[0] == 200)
        yield made
    finally:
        for host in made:
            if host.process.poll() is None:
                host.stop()


def transactions(postgres: str, city: str) -> int:
    """Return how many transactions a database has seen; asked from another one, so that asking does not count."""
    with closing(psycopg2.connect(database.dsn(postgres))) as opened, opened.cursor() as cursor:
        cursor.execute(
            "select xact_commit + xact_rollback from pg_stat_database where datname = %s",
            (urlsplit(city).path.strip("/"),),
        )
        return cursor.fetchone()[0]


async def until(so: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not so():
            await asyncio.sleep(0.05)


def busiest(times: list[float], window_s: float) -> int:
    """Return the most that came within any window."""
    return max(sum(start <= at < start + window_s for at in times) for start in times)


def test_after_a_deploy_browsers_come_back_spread_over_seconds_and_cost_the_database_nothing(
    city: str, postgres: str, tmp_path: Path, valkey: str, publisher: Publisher
) -> None:
    program = Program(city, tmp_path, valkey)

    async def scene() -> None:
        program.until(lambda: program.ask("/readyz")[0] == 200)
        async with crowd(BROWSERS, program.port) as browsers:
            await until(lambda: all(one.version == 1 for one in browsers))
            old = {worker.pid for worker in program.workers()}
            publisher.publish(2)
            await until(lambda: all(one.version == 2 for one in browsers))
            before, begin = transactions(postgres, city), time.monotonic()
            program.process.send_signal(signal.SIGHUP)
            publisher.publish(3)
            await until(lambda: all(len(one.came_at) > 1 for one in browsers))
            passed_s = time.monotonic() - begin
            publisher.publish(4)
            await until(lambda: all(one.version == 4 for one in browsers))
            asked = transactions(postgres, city) - before
            assert not old & {worker.pid for worker in program.workers()}

        back = [one.asked_at[1] for one in browsers]
        assert max(back) - min(back) > 1.0
        assert busiest(back, 0.25) < BROWSERS / 3
        # Each of up to four workers (two of them new) looks at Postgres every five seconds; browsers do not count.
        assert asked <= 30 + 4 * passed_s
        assert sum(one.gaps for one in browsers) == 0
        assert all(one.versions == sorted(set(one.versions)) for one in browsers)
        assert sum(one.snapshots > 1 for one in browsers) == 0  # what they had missed was enough

    try:
        asyncio.run(scene())
    finally:
        program.stop()


def test_two_hosts_show_the_same_frames_and_a_browser_may_move_between_them(
    hosts: list[Program], publisher: Publisher
) -> None:
    async def scene() -> None:
        one, two = (host.port for host in hosts)
        async with crowd(30, one) as at_one, crowd(30, two) as at_two, crowd(30, one, two) as movers:
            everybody = [*at_one, *at_two, *movers]
            await until(lambda: all(browser.version == 1 for browser in everybody))
            for version in range(2, 6):
                publisher.publish(version)
            await until(lambda: all(browser.version == 5 for browser in everybody))
            assert hosts[0].ask("/api/v1/indicators") == hosts[1].ask("/api/v1/indicators")

            hosts[0].kill()
            publisher.publish(6)
            publisher.publish(7)
            await until(lambda: all(browser.version == 7 for browser in [*at_two, *movers]))
            assert {tuple(browser.versions) for browser in movers} == {(1, 2, 3, 4, 5, 6, 7)}
            assert sum(browser.gaps for browser in everybody) == 0
            assert all(browser.snapshots == 1 for browser in movers)
            assert all(browser.version == 5 for browser in at_one)
        assert hosts[1].ask("/readyz")[0] == 200

    asyncio.run(scene())
