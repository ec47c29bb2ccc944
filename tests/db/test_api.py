import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from fastapi import FastAPI

from dashboard.app import create_app
from dashboard.archive import Archive
from dashboard.supply import Supply
from dashboard.tally import Tally
from sql.settings import Settings
from tests.conftest import administer
from tests.db.newswire import Clock, Publisher, until
from tests.unit.asking import Answer, aask
from tests.unit.boards import own_pages, page

Scene = Callable[[FastAPI], Awaitable[None]]


@pytest.fixture
def publisher(city: str, tmp_path: Any) -> Iterator[Publisher]:
    made = Publisher(city, tmp_path)
    yield made
    made.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def play(city: str, clock: Clock, scene: Scene) -> None:
    """Serve on a database without Valkey while a scene plays."""
    settings = Settings(database_url=city, redis_url="", secret_key="only for tests")
    supply = Supply(Archive(settings.database_url), None, clock, look_s=0.05)
    with own_pages():
        app = create_app(settings, supply=supply, pages_=[page()], register=lambda *_: None, tally=Tally(), now=clock)

    async def run() -> None:
        async with app.router.lifespan_context(app):
            await scene(app)

    asyncio.run(run())


async def answers(app: FastAPI, path: str, status: int) -> Answer:
    """Ask until the answer has a status."""
    async with asyncio.timeout(20):
        while (answer := await aask(app, path)).status != status:
            await asyncio.sleep(0.05)
    return answer


def test_the_program_is_ready_once_the_database_answers_and_a_frame_exists(
    city: str, publisher: Publisher, clock: Clock
) -> None:
    async def scene(app: FastAPI) -> None:
        await until(lambda: app.state.supply.database_answers is True)
        answer = await answers(app, "/readyz", 503)
        assert answer.json()["reason"] == "no frame has been published yet"
        frame = publisher.publish(1, streamed=False, title="x")
        ready = await answers(app, "/readyz", 200)
        assert ready.json() == {"status": "ready", "reason": None, "version": 1, "live": "paused", "replica": "none"}
        assert (await aask(app, "/api/v1/indicators")).json() == frame

    play(city, clock, scene)


def test_without_the_database_the_program_lives_is_not_ready_and_keeps_the_frame(
    city: str, postgres: str, publisher: Publisher, clock: Clock
) -> None:
    name = urlsplit(city).path.strip("/")

    async def scene(app: FastAPI) -> None:
        frame = publisher.publish(1, streamed=False)
        await answers(app, "/readyz", 200)
        publisher.close()
        administer(postgres, f"alter database {name} allow_connections false")
        administer(postgres, f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")
        answer = await answers(app, "/readyz", 503)
        assert answer.json()["reason"] == "the database does not answer"
        assert (await aask(app, "/healthz")).status == 200
        assert (await aask(app, "/api/v1/indicators")).json() == frame
        assert (await aask(app, "/api/v1/units")).status == 503
        said = (await aask(app, "/metrics")).raw.decode()
        assert "dashboard_database_up 0.0" in said
        administer(postgres, f"alter database {name} allow_connections true")
        await answers(app, "/readyz", 200)

    play(city, clock, scene)


def test_what_the_screens_showed_can_be_had_again(city: str, publisher: Publisher, clock: Clock) -> None:
    async def scene(app: FastAPI) -> None:
        first = publisher.publish(1, streamed=False)
        second = publisher.publish(2, streamed=False)
        await answers(app, "/readyz", 200)
        for frame in (first, second):
            answer = await aask(app, f"/api/v1/indicators?at={quote(frame['as_of'])}")
            assert answer.json() == frame
        before = quote((clock() - timedelta(hours=1)).isoformat())
        assert (await aask(app, f"/api/v1/indicators?at={before}")).status == 404
        later = quote((clock() + timedelta(minutes=1)).isoformat())
        assert (await aask(app, f"/api/v1/indicators?at={later}")).status == 422

    play(city, clock, scene)


def test_units_and_definitions_come_from_the_registry(city: str, clock: Clock) -> None:
    async def scene(app: FastAPI) -> None:
        now = (await aask(app, "/api/v1/units?geography=now")).json()
        assert {row["name_en"] for row in now} == {"An District", "Dong City", "Duong District"}
        before = (await aask(app, "/api/v1/units?at=2020-06-01")).json()
        assert {row["code"] for row in before} >= {"10", "20", "30", "40"}
        assert (await aask(app, "/api/v1/units?geography=moon")).status == 422
        rows = (await aask(app, "/api/v1/definitions")).json()
        assert {"dossiers_late", "tickets_open"} <= {row["name"] for row in rows}

    play(city, clock, scene)


def test_metrics_tell_of_loads_and_feeds(city: str, publisher: Publisher, clock: Clock) -> None:
    with publisher.connection, publisher.connection.cursor() as cursor:
        cursor.execute(
            """
            insert into load (feed_id, kind, source, state, finished_at, read, merged, refused)
            values ('tickets', 'file', 'a.csv', 'done', now(), 5, 4, 1)
            """
        )
        cursor.execute("update feed set event_at = now() - interval '1 hour', failed_at = now() where id = 'tickets'")

    async def scene(app: FastAPI) -> None:
        said = (await aask(app, "/metrics")).raw.decode().splitlines()
        assert 'dashboard_loads_total{feed="tickets",state="done"} 1.0' in said
        assert 'dashboard_rows_total{feed="tickets",outcome="merged"} 4.0' in said
        assert 'dashboard_rows_total{feed="tickets",outcome="refused"} 1.0' in said
        assert 'dashboard_feed_failing{feed="tickets"} 1.0' in said
        age = next(line for line in said if line.startswith('dashboard_feed_event_age_seconds{feed="tickets"}'))
        assert 3600 <= float(age.split()[1]) < 3700

    play(city, clock, scene)
