"""A simulated city for tests: small, standing still, asked over HTTP without a socket."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from simulator import clock, instants, world
from simulator.app import create_app

PROFILE = Path(__file__).parents[2] / "profiles" / "hcmc"
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=instants.ZONE)


def city(scale: float = 0.002, now: datetime = NOW, **options: Any) -> world.World:
    return world.build(world.Options(PROFILE, scale=scale, **options), clock.Clock.still(now))


def second(at: datetime) -> int:
    return instants.second_of(at)


def compact(at: datetime) -> str:
    return at.astimezone(instants.ZONE).strftime("%Y%m%d%H%M%S")


class Asker:
    """Ask a world's program over HTTP; without request faults unless they are wanted."""

    def __init__(self, played: world.World, with_faults: bool = False):
        if not with_faults:
            played.requests.times = 0.0
        self.app = create_app(played)
        self.session = ""

    def send(self, method: str, path: str, **sent: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://city") as client:
                return await client.request(method, path, **sent)

        return asyncio.run(once())

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.send("GET", path, params=params)

    def login(self) -> str:
        told = self.send("POST", "/portal/mapi/login", json={"username": "u", "password": "p"}).json()
        self.session = told["session"]
        return self.session

    def ask(self, service: str, first: datetime, until: datetime | None = None, /, **more: Any) -> dict[str, Any]:
        told = {"session": self.session or self.login(), "madonvi": "000.00.00.H29", "service": service}
        told |= {"tuNgay": compact(first)} | ({"denNgay": compact(until)} if until else {}) | more
        return self.send("POST", "/portal/mapi/g", json=told).json()

    def pages(self, service: str, first: datetime, until: datetime | None = None, size: int = 500) -> list[dict]:
        found, page = [], 1
        while True:
            answer = self.ask(service, first, until, trang=page, soBanGhi=size)
            found += answer["data"]
            if not answer["conTiep"]:
                assert len(found) == answer["tongSo"]
                return found
            page += 1


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)
