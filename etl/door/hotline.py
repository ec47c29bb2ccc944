"""GeoReport v2 for senders of the hotline: POST requests.json, and the list of services that they may name.

Standard: https://wiki.open311.org/GeoReport_v2 (POST Service Request). Beyond it a request may say `service_request_id`
(the sender's own number, so that sending it again changes nothing), `agency_responsible`, `status`,
`requested_datetime`, `updated_datetime`, `expected_datetime` and what else GET requests tells, so that one address
serves for new requests and for what became of them. Names, telephones, addresses, coordinates and descriptions are
read past.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from etl.connectors.feed import Feed
from etl.door.access import Access
from etl.door.gate import Full, Gate
from etl.door.numbers import Numbers
from etl.door.portal import BUSY_RETRY_S, DOWN_RETRY_S
from etl.door.reading import MOST_BYTES, NoRoom, Room, TooLarge
from etl.door.records import Row, taken
from etl.door.senders import Refused, Sender
from etl.door.writer import NOT_THEIRS, Unavailable

MOST_REQUESTS = 500
LONGEST_CODE = 64
PLACES = ("address_string", "address_id", "address")
CODES = {"unknown category": 404, NOT_THEIRS: 403}
WORDS = {
    "unknown category": "service_code was not found",
    "unknown unit": "agency_responsible was not found",
    "unreadable time": "a date and time is not in W3C format",
    "closed before opened": "closed before requested",
    NOT_THEIRS: "the api_key may not write requests of this agency",
}


class Invalid(Exception):
    """A call that is refused as a whole: status and description, as the standard tells them."""

    def __init__(self, status: int, description: str, retry_s: int | None = None) -> None:
        """Keep them."""
        super().__init__(description)
        self.status, self.retry_s = status, retry_s


class Hotline:
    """Answer senders of service requests."""

    def __init__(
        self, access: Access, gate: Gate, template: Feed, numbers: Numbers, room: Room, now: Callable[[], datetime]
    ) -> None:
        self.access, self.gate, self.template, self.numbers, self.room = access, gate, template, numbers, room
        self.now = now

    def router(self) -> APIRouter:
        """Return the addresses."""
        routes = APIRouter(prefix="/open311/v2", tags=["open311"])
        routes.add_api_route("/requests.json", self.post, methods=["POST"], response_class=Response)
        routes.add_api_route("/services.json", self.services, methods=["GET"], response_class=Response)
        return routes

    async def post(self, request: Request) -> Response:
        """Store a service request, or a list of them (JSON): `[{service_request_id, service_notice, account_id}]`."""
        return await _guarded(self._post, request)

    async def services(self, request: Request) -> Response:
        """List the services that a request may name."""
        return await _guarded(self._services, request)

    async def _services(self, _request: Request) -> Response:
        found = await self.access.rows("categories")
        return _answer([
            {"service_code": code, "service_name": name, "description": name, "metadata": False, "type": "realtime",
             "keywords": "", "group": ""}
            for code, name in found
        ])  # fmt: skip

    async def _post(self, request: Request) -> Response:
        async with self.room.read(request) as body:
            requests = body if isinstance(body, list) else [body]
            sender = await self._sender(_key(request, requests))
            if not 1 <= len(requests) <= MOST_REQUESTS:
                raise Invalid(400, f"a call holds 1 to {MOST_REQUESTS} requests")
            rows = [self._row(sender, number, one) for number, one in enumerate(requests, 1)]
            del body, requests  # what waits below holds the mapped columns alone
        await self.gate.hand_in(sender, "tickets", rows)
        self.numbers.count(rows)
        return _told(sender, rows)

    async def _sender(self, key: str) -> Sender:
        if not key:
            raise Invalid(403, "api_key was not provided")
        try:
            sender = await self.access.by_key(key)
        except Refused:
            raise Invalid(403, "api_key is not valid") from None
        if "tickets" not in sender.datasets:
            raise Invalid(403, "the api_key may not write service requests")
        return sender

    def _row(self, sender: Sender, number: int, told: Any) -> Row:
        """Return one request as a record; Invalid for what the standard refuses."""
        if not isinstance(told, Mapping):
            raise Invalid(400, "a service request is an object")
        given = _text(told, "service_request_id")
        if not _text(told, "service_code"):
            raise Invalid(400, "service_code was not provided")
        if not given and not (_text(told, "lat") and _text(told, "long")) and not any(_text(told, x) for x in PLACES):
            raise Invalid(400, "lat and long, address_string or address_id was not provided")
        if len(given) > LONGEST_CODE:
            raise Invalid(400, f"service_request_id is longer than {LONGEST_CODE} characters")
        unit = None if _text(told, "agency_responsible") else sender.unit_of(_text(told, "jurisdiction_id"))
        if not _text(told, "agency_responsible") and not unit:
            raise Invalid(400, "agency_responsible was not provided, and the api_key is of several units")
        now = self.now().astimezone(UTC).isoformat(timespec="seconds")
        is_dated = bool(_text(told, "requested_datetime"))
        code = f"{sender.name}:{given or secrets.token_hex(8)}"
        record = {**told, "service_request_id": code, "status": _text(told, "status") or "open"}
        record |= {} if is_dated else {"requested_datetime": _text(told, "updated_datetime") or now}
        is_bare = not (is_dated or _text(told, "status") or _text(told, "updated_datetime"))
        kept = taken(self.template, record)
        return Row(sender, "tickets", number, kept, unit, is_dated=is_dated or not given, is_bare=is_bare)


def _key(request: Request, requests: list[Any]) -> str:
    """Return the api_key of a call: of its address, or of its first request."""
    first = requests[0] if requests and isinstance(requests[0], Mapping) else {}
    return request.query_params.get("api_key") or _text(first, "api_key")


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _told(sender: Sender, rows: list[Row]) -> Response:
    """Return what became of each request; a call whose every request is refused bears the status of the first."""
    refused = [row for row in rows if row.outcome == "refused"]
    said = [_one(sender, row) for row in rows]
    return _answer(said, _status(refused[0]) if len(refused) == len(rows) else 200)


def _one(sender: Sender, row: Row) -> dict[str, Any]:
    if row.outcome == "refused":
        return {"code": _status(row), "description": WORDS.get(row.reason, row.reason)}
    code = str((row.record or {}).get("service_request_id", ""))
    return {"service_request_id": code.removeprefix(f"{sender.name}:"), "service_notice": "", "account_id": ""}


def _status(row: Row) -> int:
    return CODES.get(row.reason, 400)


async def _guarded(answer: Any, request: Request) -> Response:
    """Answer, or tell in the standard's words why not."""
    try:
        return await answer(request)
    except Invalid as error:
        invalid = error
    except TooLarge:
        invalid = Invalid(413, f"the body has more than {MOST_BYTES} bytes")
    except ValueError:
        invalid = Invalid(400, "the body is neither JSON nor a form")
    except (Full, NoRoom):
        invalid = Invalid(429, "too many requests wait to be stored; send it again", BUSY_RETRY_S)
    except Unavailable:
        invalid = Invalid(503, "nothing can be stored just now; send it again", DOWN_RETRY_S)
    headers = {"Retry-After": str(invalid.retry_s)} if invalid.retry_s else {}
    return _answer([{"code": invalid.status, "description": str(invalid)}], invalid.status, headers)


def _answer(said: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(said), status, headers, "application/json")
