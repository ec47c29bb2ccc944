"""The JSON API under /api/v1."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from dashboard import compression, models
from dashboard.edition import Edition
from dashboard.live import Live
from dashboard.problems import Problem
from dashboard.store import Store
from dashboard.supply import Supply

Frame = dict[str, Any]
TROUBLE: dict[int | str, dict[str, Any]] = {
    404: {"model": models.Trouble, "description": "nothing is stored for that"},
    422: {"model": models.Trouble, "description": "a parameter cannot be used; `detail` says why"},
    503: {"model": models.Trouble, "description": "the database does not answer, or there is no frame yet"},
}
At = Annotated[str | None, Query(description="ISO 8601 time; without an offset it is the city's own time")]
UnitKey = Annotated[str | None, Query(description="key of a unit: only its numbers")]
GeographyId = Annotated[str | None, Query(description="id of a geography: only its units")]


def router(supply: Supply, store: Store, live: Live, now: Callable[[], datetime]) -> APIRouter:
    """Return the routes of the API."""
    routes = APIRouter(prefix="/api/v1", tags=["live"])

    @routes.get("/indicators", response_model=models.Frame, responses=TROUBLE)
    async def indicators(
        request: Request, at: At = None, unit: UnitKey = None, geography: GeographyId = None
    ) -> Response:
        """Return the current frame, or the one that the screens showed `at` a time.

        Frames are kept to the second for 24 hours, to five minutes for 90 days, before that to the hour. The ETag
        changes with the frame.
        """
        if at is None and unit is None and geography is None:
            return _current(request, supply.edition)
        frame = _frame(supply) if at is None else await run_in_threadpool(_frame_at, store, at, now())
        if unit is not None or geography is not None:
            frame = await run_in_threadpool(narrow, frame, store, unit, geography)
        return Response(orjson.dumps(frame), media_type="application/json", headers={"Cache-Control": "no-cache"})

    @routes.get("/live", responses={200: {"content": {"text/event-stream": {}}}, 422: TROUBLE[422], 503: TROUBLE[503]})
    async def events(
        since: Annotated[str | None, Query(description="version of the frame that the caller has")] = None,
    ) -> Response:
        """Follow the frame as server-sent events.

        `snapshot` is a whole frame, `frame` what changed since the one before (`base`), `status` the state of the
        supply: live, paused (from the database every 5 s) or stale. The id of an event is the frame's version; sent
        back as `Last-Event-ID` (or `since`) it continues from there.
        """
        return Stream(live)

    @routes.get("/units", response_model=list[models.Unit], responses=TROUBLE)
    def units(geography: GeographyId = None, at: At = None) -> list[dict[str, Any]]:
        """Return the units of every era, of one geography, or those that existed `at` a time."""
        rows = store.units()
        if geography is not None:
            rows = [row for row in rows if known_geography(store, geography) in row["geographies"]]
        if at is not None:
            day = instant(at, _zone(store)).astimezone(_zone(store)).date().isoformat()
            rows = [row for row in rows if _exists(row, day)]
        return rows

    @routes.get("/definitions", response_model=list[models.Definition], responses=TROUBLE)
    def definitions() -> list[dict[str, Any]]:
        """Return what each live indicator means: words, formula, source of the rule, and the SQL that counts it."""
        return store.definitions()

    return routes


class Stream(Response):
    """The event stream, for a router that wants a response object."""

    def __init__(self, live: Live) -> None:
        super().__init__(media_type="text/event-stream")
        self.live = live

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer the viewer until it disconnects."""
        await self.live(scope, receive, send)


def instant(text: str, zone: ZoneInfo) -> datetime:
    """Return the instant of an ISO 8601 text; raise Problem 422 when it is none.

    A plus sign that stands unescaped in an address arrives as a space.

    >>> str(instant("2026-11-22T10:32:05 07:00", ZoneInfo("UTC")))
    '2026-11-22 10:32:05+07:00'
    """
    head, space, offset = text.strip().rpartition(" ")
    mended = f"{head}+{offset}" if space and "T" in head else text.strip()
    try:
        found = datetime.fromisoformat(mended)
        return found if found.tzinfo else found.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        raise Problem(422, "at is not a time", f"at={text[:60]} is not an ISO 8601 time.") from None


def narrow(frame: Frame, store: Store, unit: str | None, geography: str | None) -> Frame:
    """Return the part of a frame that tells of one unit, or of the units of one geography."""
    if geography is not None:
        known_geography(store, geography)
        keys = {row["key"] for row in store.units() if geography in row["geographies"]}
        frame = _only(frame, keys) | {"attention": {geography: frame.get("attention", {}).get(geography, [])}}
    if unit is not None:
        if unit not in frame["units"]:
            raise Problem(422, "unit is not known", f"unit={unit[:60]} has no numbers in this frame.")
        frame = _only(frame, {unit})
        rows = {key: [row for row in rows if row["unit"] == unit] for key, rows in frame["attention"].items()}
        frame["attention"] = {key: found for key, found in rows.items() if found}
    return frame


def known_geography(store: Store, geography: str) -> str:
    """Return the id of a geography; raise Problem 422 when the profile has none such."""
    ids = [row["id"] for row in store.geographies()]
    if geography not in ids:
        raise Problem(422, "geography is not known", f"geography must be one of {', '.join(ids)}.")
    return geography


def _only(frame: Frame, keys: set[str]) -> Frame:
    part = {name: {key: rows for key, rows in frame[name].items() if key in keys} for name in ("units", "fields")}
    return frame | part


def _current(request: Request, edition: Edition | None) -> Response:
    if edition is None:
        raise _no_frame()
    headers = {"Cache-Control": "no-cache", "ETag": edition.etag, "Vary": "Accept-Encoding"}
    if edition.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    coding = compression.choose(request.headers.get("accept-encoding", ""))
    if coding != "identity":
        headers["Content-Encoding"] = coding
    return Response(edition.encoded(coding), headers=headers, media_type="application/json")


def _frame(supply: Supply) -> Frame:
    if supply.frame is None:
        raise _no_frame()
    return supply.frame


def _frame_at(store: Store, at: str, now: datetime) -> Frame:
    wanted = instant(at, _zone(store))
    if wanted > now:
        raise Problem(422, "at is in the future", f"at={wanted.isoformat()} has not come yet.")
    frame = store.frame_at(wanted)
    if frame is None:
        raise Problem(404, "no frame is stored", f"No frame is stored for {wanted.isoformat()}.")
    return frame


def _no_frame() -> Problem:
    return Problem(503, "no frame yet", "No frame has been published yet.")


def _zone(store: Store) -> ZoneInfo:
    return ZoneInfo(store.profile().get("timezone", "UTC"))


def _exists(row: dict[str, Any], day: str) -> bool:
    return row["valid_from"] <= day and (row["valid_to"] is None or day <= row["valid_to"])
