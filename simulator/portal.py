"""The national portal's interface: login, session, and one door for every service."""

import threading
from collections.abc import Callable
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator import instants, listings
from simulator.dossier_records import DossierRecords
from simulator.listings import Listing, Reading
from simulator.step_records import StepRecords
from simulator.world import World

SESSION_S = 1800
MOST_RECORDS = 5000
DOSSIERS, STEPS = "DongBoHoSoMC", "CapNhatTienDoHoSoMC"


class Refusal(Exception):
    """Say why the portal does not answer a question: its error code and message."""

    def __init__(self, code: str, message: str):
        """Keep both."""
        super().__init__(message)
        self.code = code


class Sessions:
    """Give out sessions that last half an hour."""

    def __init__(self, seed: int):
        """Start with none."""
        self._seed = seed
        self._given = 0
        self._since: dict[str, int] = {}
        self._lock = threading.Lock()

    def open(self, now: int) -> str:
        """Return a new session."""
        with self._lock:
            self._given += 1
            self._since = {name: at for name, at in self._since.items() if now - at < SESSION_S}
            name = f"{self._seed:08x}-0000-4000-8000-{now % 16**6:06x}{self._given % 16**6:06x}"
            self._since[name] = now
            return name

    def is_open(self, name: object, now: int) -> bool:
        """Tell whether a session was given out and still lasts."""
        with self._lock:
            return isinstance(name, str) and now - self._since.get(name, -SESSION_S) < SESSION_S


class Portal:
    """Answer the portal's two addresses."""

    def __init__(self, world: World):
        """Prepare the services."""
        self.world = world
        self.sessions = Sessions(world.options.seed)
        self.services: dict[str, tuple[Callable[..., Listing], DossierRecords | StepRecords]] = {
            DOSSIERS: (listings.dossiers, DossierRecords(world.archive)),
            STEPS: (listings.steps, StepRecords(world.archive)),
        }

    def routes(self) -> list[Route]:
        """Return the addresses."""
        return [
            Route("/portal/mapi/login", self.login, methods=["POST"]),
            Route("/portal/mapi/g", self.ask, methods=["POST"]),
        ]

    async def login(self, request: Request) -> Response:
        """Give a session to anyone who names a user and a password."""
        told = _object(await request.body())
        if not told.get("username") or not told.get("password"):
            return _answer({"session": "", "error_code": "-1", "message": "Thiếu tên đăng nhập hoặc mật khẩu"})
        session = self.sessions.open(self.world.clock.second())
        return _answer({"session": session, "error_code": "0", "message": "Đăng nhập thành công"})

    async def ask(self, request: Request) -> Response:
        """Answer one page of dossiers or steps."""
        told = _object(await request.body())
        try:
            return await run_in_threadpool(self._page, told)
        except Refusal as refusal:
            return _answer({"error_code": refusal.code, "message": str(refusal), "data": []})

    def _page(self, told: dict[str, Any]) -> Response:
        now = self.world.clock.second()
        if not self.sessions.is_open(told.get("session"), now):
            raise Refusal("-1", "Phiên làm việc không hợp lệ hoặc đã hết hạn")
        service = told.get("service")
        if service not in self.services:
            raise Refusal("-4", f"Không có dịch vụ {service!r}")
        first, until = self._window(told, now)
        page, size = _whole(told, "trang", 1, 10**9), _whole(told, "soBanGhi", 500, MOST_RECORDS)
        find, records = self.services[service]
        question = (service, told["session"], first, until if told.get("denNgay") else None)
        reading = self.world.pins.listing(
            question, page, lambda: Reading(find(self.world.archive, first, until, now), records.spell)
        )
        more = "true" if reading.has_more(page, size) else "false"
        data = ",".join(reading.page(page, size))
        body = (
            f'{{"error_code":"0","message":"Thành công","tongSo":{len(reading.listing)},"trang":{page},'
            f'"conTiep":{more},"data":[{data}]}}'
        )
        return Response(body, media_type="application/json")

    def _window(self, told: dict[str, Any], now: int) -> tuple[int, int]:
        """Return the asked changed times, not before the history and not after now."""
        try:
            first = instants.parse_compact(str(told.get("tuNgay") or ""))
            until = instants.parse_compact(str(told["denNgay"])) if told.get("denNgay") else now + 1
        except ValueError as error:
            raise Refusal("-5", f"Thời gian không đúng định dạng: {error}") from error
        return max(first, self.world.history_from), until


def _answer(told: dict[str, Any]) -> Response:
    return Response(orjson.dumps(told), media_type="application/json")


def _object(body: bytes) -> dict[str, Any]:
    """Read a JSON object; anything else is an empty one."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _whole(told: dict[str, Any], name: str, default: int, most: int) -> int:
    """Read a whole number from 1 to `most`."""
    value = str(told.get(name, default))
    if not value.isdigit() or int(value) < 1:
        raise Refusal("-5", f"{name} phải là số nguyên dương")
    return min(int(value), most)
