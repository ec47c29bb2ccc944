"""The push door as a program: one small ASGI server, as many of them as there are hosts."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from etl import logs
from etl.door.access import Access
from etl.door.gate import MOST_WAITING, Gate
from etl.door.hotline import Hotline
from etl.door.numbers import Numbers
from etl.door.portal import Portal
from etl.door.reading import Room
from etl.door.records import templates
from etl.door.writer import Writer
from sql import embedded
from sql.settings import Settings

log = structlog.get_logger("door")
MOST_CONNECTIONS = 1_000
KEEP_ALIVE_S = 65
GRACE_S = 8
PATHS = ("/portal/mapi/login", "/portal/mapi/g", "/open311/v2/requests.json", "/open311/v2/services.json")


def create_app(
    database_url: str,
    profile: Path,
    most_waiting: int = MOST_WAITING,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastAPI:
    """Return the door of a database; records are mapped as the profile's own feeds map them."""
    mapping = templates(profile)
    writer = Writer(database_url, mapping)
    access, gate, room = Access(database_url), Gate(writer.write, most_waiting), Room()
    numbers = Numbers(lambda: gate.waiting, lambda: gate.batches)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        storing = asyncio.create_task(gate.run(writer.warm))
        yield
        await gate.close()
        storing.cancel()
        access.close()
        writer.close()

    app = FastAPI(title="Push door", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.gate, app.state.access = gate, access
    app.include_router(Portal(access, gate, mapping, numbers, room).router())
    app.include_router(Hotline(access, gate, mapping["tickets"], numbers, room, now).router())

    @app.middleware("http")
    async def count(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        started = time.perf_counter()
        response = await answer(request)
        path = request.url.path if request.url.path in PATHS else "other"
        numbers.calls.labels(path, str(response.status_code)).inc()
        numbers.seconds.labels(path).observe(time.perf_counter() - started)
        return response

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        """Tell that the process is alive, and how many records wait."""
        return JSONResponse({"status": "alive", "waiting": gate.waiting}, headers={"Cache-Control": "no-store"})

    @app.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Tell Prometheus what happened at this door."""
        return Response(generate_latest(numbers.registry), media_type=CONTENT_TYPE_LATEST)

    return app


class Server(uvicorn.Server):
    """Stop on SIGTERM and SIGINT once every call that came is answered, and end well."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals without raising them again at the end."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.handle_exit)
        yield


def run(settings: Settings) -> int:
    """Serve until stopped."""
    logs.begin(settings)
    with embedded.prepare(settings, valkey=False) as servers:
        config = uvicorn.Config(
            create_app(servers.database_url, settings.profile),
            host=settings.host,
            port=settings.door_at(),
            log_level="warning",
            access_log=False,
            limit_concurrency=MOST_CONNECTIONS,
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
        )
        server = Server(config)
        log.info("door_open", host=settings.host, port=settings.door_at())
        asyncio.run(server.serve())
        return 0 if server.started else 1
