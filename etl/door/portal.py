"""The addresses of the national portal's adapter: a login, and one for every service."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from etl.connectors.feed import Feed
from etl.door import envelope
from etl.door.access import Access
from etl.door.envelope import Refusal, Told
from etl.door.gate import Full, Gate
from etl.door.numbers import Numbers
from etl.door.reading import MOST_BYTES, NoRoom, Room, TooLarge
from etl.door.records import Row, taken
from etl.door.senders import RETRY_S, Refused, Sender, TooManyTries
from etl.door.writer import Unavailable

LONGEST_SECRET = 200
BUSY_RETRY_S, DOWN_RETRY_S = 2, 5


class Portal:
    """Answer the portal's clients."""

    def __init__(self, access: Access, gate: Gate, templates: dict[str, Feed], numbers: Numbers, room: Room) -> None:
        self.access, self.gate, self.templates, self.numbers, self.room = access, gate, templates, numbers, room

    def router(self) -> APIRouter:
        """Return the addresses."""
        routes = APIRouter(prefix="/portal/mapi", tags=["portal"])
        routes.add_api_route("/login", self.login, methods=["POST"], response_class=Response)
        routes.add_api_route("/g", self.call, methods=["POST"], response_class=Response)
        return routes

    async def login(self, request: Request) -> Response:
        """Return a session for a sender's name and password: `{username, password}`."""
        return await _guarded(self._login, request)

    async def call(self, request: Request) -> Response:
        """Store dossiers or progress rows, or look one up: `{session, madonvi, service, isUpdating, data}`."""
        return await _guarded(self._call, request)

    async def _login(self, request: Request) -> Response:
        async with self.room.read(request) as told:
            name, password = (told.get("username"), told.get("password")) if isinstance(told, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(password, str) or len(name + password) > LONGEST_SECRET:
            raise Refusal(envelope.SESSION, "Thiếu tên đăng nhập hoặc mật khẩu")
        try:
            session = await self.access.login(name, password, request.client.host if request.client else "")
        except Refused:
            raise Refusal(envelope.SESSION, "Tên đăng nhập hoặc mật khẩu không đúng") from None
        except TooManyTries:
            raise Refusal(envelope.SESSION, "Đăng nhập sai quá nhiều lần, hãy thử lại sau", 429, RETRY_S) from None
        return _answer({"session": session, "error_code": envelope.WELL, "message": "Đăng nhập thành công"})

    async def _call(self, request: Request) -> Response:
        async with self.room.read(request) as body:
            told = envelope.read(body)
            sender = await self._sender(told)
            if told.service == envelope.FIND:
                return _answer(await self._find(sender, told))
            if told.service == envelope.PROCEDURE:
                return _answer(await self._procedure(sender, told))
            dataset = envelope.DATASETS[told.service]
            if dataset not in sender.datasets:
                raise Refusal(envelope.SERVICE, f"Tài khoản không được dùng dịch vụ {told.service}")
            rows = self._rows(sender, dataset, told)
            del told, body  # what waits below holds the mapped columns alone
        await self.gate.hand_in(sender, dataset, rows)
        self.numbers.count(rows)
        return _answer(envelope.answer(rows, sender.ok_code))

    async def _sender(self, told: Told) -> Sender:
        try:
            return await self.access.by_session(told.session)
        except Refused:
            raise Refusal(envelope.SESSION, "Phiên làm việc không hợp lệ hoặc đã hết hạn") from None

    def _rows(self, sender: Sender, dataset: str, told: Told) -> list[Row]:
        template, fallback = self.templates[dataset], sender.unit_of(told.agency)
        return [
            Row(sender, dataset, number, taken(template, record), fallback)
            for number, record in enumerate(told.data, 1)
        ]

    async def _find(self, sender: Sender, told: Told) -> dict[str, Any]:
        """Return the dossier that a client asks for before it tells whether it updates it; those of others are not."""
        found = await self.access.rows("find_dossier", code=told.asked)
        own = [row for row in found if row[0] in sender.scope]
        result = [{"MaHoSo": told.asked, "MaTTHC": row[2] or "", "TrangThaiHoSo": str(row[1] or "")} for row in own]
        return {"error_code": sender.ok_code, "message": "Thành công", "result": result}

    async def _procedure(self, sender: Sender, told: Told) -> dict[str, Any]:
        """Return a procedure and its field, which a client puts into its records."""
        result = [
            {"MATTHC": code, "TENTTHC": name, "LINHVUCTHUCHIEN": [{"MALINHVUC": field_code, "TENLINHVUC": field}]}
            for code, name, field_code, field in await self.access.rows("find_procedure", code=told.asked)
        ]
        return {"error_code": sender.ok_code, "message": "Thành công", "result": result}


async def _guarded(answer: Any, request: Request) -> Response:
    """Answer, or tell in the envelope's words why not."""
    try:
        return await answer(request)
    except Refusal as error:
        refusal = error
    except TooLarge:
        refusal = Refusal(envelope.CALL, f"Nội dung yêu cầu lớn hơn {MOST_BYTES} byte", 413)
    except ValueError:
        refusal = Refusal(envelope.CALL, "Nội dung yêu cầu không phải là JSON", 400)
    except (Full, NoRoom):
        refusal = Refusal(envelope.BUSY, "Hệ thống đang bận, hãy gửi lại sau", 429, BUSY_RETRY_S)
    except Unavailable:
        refusal = Refusal(envelope.DOWN, "Hệ thống tạm thời không lưu được dữ liệu, hãy gửi lại sau", 503, DOWN_RETRY_S)
    headers = {"Retry-After": str(refusal.retry_s)} if refusal.retry_s else {}
    said = {"error_code": refusal.code, "message": str(refusal), "data": []}
    return Response(orjson.dumps(said), refusal.status, headers, "application/json")


def _answer(said: dict[str, Any]) -> Response:
    return Response(orjson.dumps(said), media_type="application/json", headers={"Cache-Control": "no-store"})
