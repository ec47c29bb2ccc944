"""The hotline's interface: Open311 GeoReport v2 in JSON and XML."""

from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator import calls
from simulator.calls import CallRecords, Invalid, NotFound
from simulator.world import World

ITEMS = {"service_requests": "request", "services": "service", "errors": "error"}


class GeoReport:
    """Answer the addresses of GeoReport v2."""

    def __init__(self, world: World):
        """Prepare the services and the spelling of records."""
        self.world = world
        self.records = CallRecords(world.hotline)
        self.services = [
            {
                "service_code": category.code, "service_name": category.name,
                "description": f"{category.name} (mô phỏng)", "metadata": False, "type": "realtime",
                "keywords": "", "group": "1022",
            }
            for category in world.archive.city.categories
        ]  # fmt: skip
        self.codes = {str(service["service_code"]) for service in self.services}

    def routes(self) -> list[Route]:
        """Return the addresses."""
        return [
            Route("/open311/v2/services.{form}", self.list_services),
            Route("/open311/v2/services/{code}.{form}", self.show_service),
            Route("/open311/v2/requests.{form}", self.list_requests),
            Route("/open311/v2/requests/{code}.{form}", self.show_request),
        ]

    async def list_services(self, request: Request) -> Response:
        """List the categories."""
        return answer(request, "services", self.services)

    async def show_service(self, request: Request) -> Response:
        """Show the definition of a category, which asks nothing more of the caller."""
        if request.path_params["code"] not in self.codes:
            return refuse(request, 404, "service_code was not found")
        told = {"service_code": request.path_params["code"], "attributes": []}
        return answer(request, "service_definition", [told])

    async def list_requests(self, request: Request) -> Response:
        """List calls."""
        return await run_in_threadpool(_guarded, self._list, request)

    async def show_request(self, request: Request) -> Response:
        """Show one call."""
        return await run_in_threadpool(_guarded, self._show, request)

    def _list(self, request: Request) -> Response:
        now = self.world.clock.second()
        question = calls.read(request.query_params, self.codes, now)
        kept = ("calls", str(sorted((k, v) for k, v in request.query_params.items() if k != "page")))
        found = self.world.pins.listing(
            kept, question.page, lambda: calls.find(self.world.hotline, question, self.world.history_from, now)
        )
        page = slice((question.page - 1) * question.size, question.page * question.size)
        return answer(request, "service_requests", self.records.spell(found, page, question.is_extended))

    def _show(self, request: Request) -> Response:
        params = dict(request.query_params) | {"service_request_id": request.path_params["code"]}
        now = self.world.clock.second()
        question = calls.read(params, self.codes, now)
        found = calls.find(self.world.hotline, question, self.world.history_from, now)
        if not len(found):
            raise NotFound("service_request_id was not found")
        return answer(request, "service_requests", self.records.spell(found, slice(1), question.is_extended))


def _guarded(show: Callable[[Request], Response], request: Request) -> Response:
    """Answer, or tell in the standard's words why not."""
    try:
        return show(request)
    except NotFound as error:
        return refuse(request, 404, str(error))
    except Invalid as error:
        return refuse(request, 400, str(error))


def refuse(request: Request, status: int, description: str) -> Response:
    """Return an error as the standard spells it: a list of code and description."""
    return answer(request, "errors", [{"code": status, "description": description}], status)


def answer(request: Request, kind: str, items: list[dict[str, Any]], status: int = 200) -> Response:
    """Return items in the format that the address asks for; an unknown format is an error in JSON."""
    form = request.path_params.get("form", "json" if not request.url.path.endswith(".xml") else "xml")
    if form == "xml":
        return Response(xml(kind, items), status, media_type="text/xml")
    if form != "json":
        status, items = 404, [{"code": 404, "description": f"format {form!r} is not known: json or xml"}]
    return Response(orjson.dumps(items), status, media_type="application/json")


def xml(kind: str, items: list[dict[str, Any]]) -> str:
    """Spell items as XML: missing values are empty elements, lists hold elements of their own name without the s."""
    name = ITEMS.get(kind, kind)
    body = "".join(f"<{name}>{_elements(item)}</{name}>" for item in items)
    return f'<?xml version="1.0" encoding="utf-8"?><{kind}>{body}</{kind}>'


def _elements(item: dict[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in item.items())


def _element(name: str, value: object) -> str:
    if value is None or value == "" or value == []:
        return f"<{name}/>"
    if isinstance(value, list):
        return f"<{name}>{''.join(_element(name.removesuffix('s'), item) for item in value)}</{name}>"
    if isinstance(value, dict):
        return f"<{name}>{_elements(value)}</{name}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text)}</{name}>"
