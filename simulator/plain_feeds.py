"""The interfaces in plain JSON: ratings, letters of apology, indicator values, targets."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator import apologies, instants, listings
from simulator.archive import Archive, Day
from simulator.dossier_records import codes, json
from simulator.kpi import Publication
from simulator.listings import Reading
from simulator.lives import STAGES
from simulator.world import World

MOST_ITEMS = 5000
_RATING = '{"maHoSo":"%s","khau":"%s","diem":%d,"thoiDiem":"%s","ghiNhan":"%s"}'


class BadRequest(Exception):
    """Say which parameter cannot be read."""


class PlainFeeds:
    """Answer ratings, letters, indicator values and targets, page by page."""

    def __init__(self, world: World):
        """Keep the world."""
        self.world = world

    def routes(self) -> list[Route]:
        """Return the addresses."""
        return [
            Route("/ratings", self._route(self._ratings)),
            Route("/letters", self._route(self._letters)),
            Route("/kpi", self._route(self._values)),
            Route("/targets", self._route(self._targets)),
        ]

    def _route(self, show: Callable[[Request], Response]) -> Callable[..., Any]:
        async def endpoint(request: Request) -> Response:
            try:
                return await run_in_threadpool(show, request)
            except BadRequest as error:
                return Response(orjson.dumps({"error": str(error)}), 400, media_type="application/json")

        return endpoint

    def _ratings(self, request: Request) -> Response:
        now = self.world.clock.second()
        first, until = self._span(request, now)
        page, size = _page(request)
        question = ("ratings", first, until if "until" in request.query_params else None)
        archive = self.world.archive
        spell = partial(listings.by_day, archive, spell=_spell_ratings)
        reading = self.world.pins.listing(
            question, page, lambda: Reading(listings.ratings(archive, first, until, now), spell)
        )
        return _items(reading.page(page, size), page, reading.has_more(page, size))

    def _letters(self, request: Request) -> Response:
        now = self.world.clock.second()
        first, until = self._span(request, now)
        page, size = _page(request)
        question = ("letters", first, until if "until" in request.query_params else None)
        archive = self.world.archive
        spell = partial(listings.by_day, archive, spell=partial(_spell_letters, archive))
        reading = self.world.pins.listing(
            question, page, lambda: Reading(apologies.listing(archive, first, until, now), spell)
        )
        return _items(reading.page(page, size), page, reading.has_more(page, size))

    def _values(self, request: Request) -> Response:
        return self._published(request, self.world.office.values)

    def _targets(self, request: Request) -> Response:
        return self._published(request, self.world.office.targets)

    def _published(self, request: Request, ask: Callable[[datetime, datetime], Sequence[Publication]]) -> Response:
        now = self.world.clock.second()
        first, until = self._span(request, now)
        page, size = _page(request)
        question = (request.url.path, first, until if "until" in request.query_params else None)
        span = instants.instant_of(first), instants.instant_of(min(until, now + 1))
        found = self.world.pins.listing(question, page, lambda: ask(*span))
        here = [json(one.item()) for one in found[(page - 1) * size : page * size]]
        return _items(here, page, page * size < len(found))

    def _span(self, request: Request, now: int) -> tuple[int, int]:
        """Return the asked span [since, until), from the start of the history when it is not given."""
        told = {}
        for name in ("since", "until"):
            if request.query_params.get(name):
                try:
                    told[name] = instants.parse_iso(request.query_params[name])
                except ValueError as error:
                    raise BadRequest(f"{name} is not an ISO 8601 time") from error
        start = self.world.history_from
        return max(told.get("since", start), start), told.get("until", now + 1)


def _page(request: Request) -> tuple[int, int]:
    values = [request.query_params.get(name) or default for name, default in (("page", "1"), ("size", "500"))]
    if not all(value.isdigit() and int(value) >= 1 for value in values):
        raise BadRequest("page and size are whole numbers from 1")
    return int(values[0]), min(int(values[1]), MOST_ITEMS)


def _items(items: list[str], page: int, has_more: bool) -> Response:
    following = page + 1 if has_more else "null"
    return Response(f'{{"items":[{",".join(items)}],"next":{following}}}', media_type="application/json")


def _spell_letters(
    archive: Archive, day: Day, rows: np.ndarray, parts: np.ndarray, changed: np.ndarray, seen_at: int
) -> list[str]:
    """Return the records of letters of some dossiers of a day."""
    del seen_at
    return apologies.spell(archive, day, rows, parts, changed)


def _spell_ratings(day: Day, rows: np.ndarray, stages: np.ndarray, recorded: np.ndarray, seen_at: int) -> list[str]:
    """Return the rating records of some dossiers of a day."""
    del seen_at
    at = instants.iso(day.lives.rated_at[rows, stages])
    scores = day.lives.score[rows, stages].tolist()
    names = [STAGES[stage] for stage in stages.tolist()]
    columns = (codes(day, rows), names, scores, at, instants.iso(recorded))
    return [_RATING % values for values in zip(*columns, strict=True)]
