"""Open311 GeoReport v2: windows of at most 90 days, pages, JSON or XML, the standard's errors.

Standard: https://wiki.open311.org/GeoReport_v2 ("default query limit is a span of 90 days or first 1000 requests").
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx

from etl.connectors.batch import Batch
from etl.connectors.client import Answer, Client
from etl.connectors.errors import FeedError
from etl.connectors.geo_report import from_xml, problem, shaped
from etl.connectors.pull import Pages, Pull, batches, utc, whole_second

_SHORTEST_WINDOW = timedelta(minutes=1)
Window = tuple[datetime, datetime]


def pull(asked: Pull, client: Client) -> Iterator[Batch]:
    """Pull requests: by time of update where the server can, else by time of request over the look-back.

    A backfill goes by time of request. FeedError with the server's description when it refuses.
    """
    server = _Server(asked, client)
    changed = asked.feed.columns.get("changed_at", "")
    yield from batches(asked, server.pages(), lambda: client.read_bytes, changed, server.shaped)


class _Server:
    """Ask one GeoReport endpoint."""

    def __init__(self, asked: Pull, client: Client):
        self.asked, self.client = asked, client
        self.options = asked.feed.connector.options
        self.names: dict[str, str] | None = None

    def shaped(self, record: Any) -> Any:
        """Return a record with a service's name; the services are asked for when a request lacks it."""
        if isinstance(record, dict) and not record.get("service_name") and record.get("service_code"):
            self.names = self._services() if self.names is None else self.names
        return shaped(record, self.names)

    def pages(self) -> Iterator[list[Any]]:
        """Yield the requests of every page of every window."""
        names, windows = self._windows()
        for window in windows:
            yield from self._window(names, window)

    def _windows(self) -> tuple[tuple[str, str], Iterator[Window]]:
        """Return the names of the two bounds in a query, and the windows to ask for."""
        asked, options = self.asked, self.options
        by_update = options["updated_param"] and not asked.bounded and asked.changed_since
        if by_update:
            return (options["updated_param"], options["updated_until_param"]), self._updated_windows(
                asked.changed_since
            )
        since = asked.since or (asked.begun_at or asked.now) - timedelta(seconds=options["lookback"])
        return ("start_date", "end_date"), self._slices(since, asked.until or asked.now)

    def _updated_windows(self, since: datetime | None) -> Iterator[Window]:
        """Yield windows of updates: one without an end, if the server takes no end."""
        begin = since or self.asked.now
        ended = self.options["updated_until_param"]
        yield from self._slices(begin, self.asked.now) if ended else ((begin, self.asked.now),)

    def _slices(self, begin: datetime, end: datetime) -> Iterator[Window]:
        """Yield the windows of a span, of whole seconds, so that none grows over the longest when it is written."""
        longest = timedelta(seconds=self.options["window"])
        return slices(whole_second(begin, up=False), whole_second(end, up=True), longest)

    def _window(self, names: tuple[str, str], window: Window) -> Iterator[list[Any]]:
        """Yield what a window holds: page by page, or in one answer that is surely all of it."""
        told = (utc(window[0]), utc(window[1], up=True))
        bounds = {name: at for name, at in zip(names, told, strict=True) if name}
        size = self.options["page_size"]
        first = self._requests(bounds, 1)
        if size and len(first) <= size:
            yield from self._paged(bounds, first)
        elif len(first) < self.options["cap"]:
            yield first
        else:
            yield from self._halves(names, window, len(first))

    def _halves(self, names: tuple[str, str], window: Window, size: int) -> Iterator[list[Any]]:
        """Yield both halves of a window whose one answer is full, so that it may lack records."""
        begin, end = window
        if end - begin <= _SHORTEST_WINDOW or not names[1]:
            raise self.client.error(self._url("requests"), f"sends {size} records, which may not be all of them")
        half = begin + (end - begin) / 2
        yield from self._window(names, (begin, half))
        yield from self._window(names, (half, end))

    def _paged(self, bounds: dict[str, str], first: list[Any]) -> Iterator[list[Any]]:
        """Yield the pages of one window up to an empty one.

        A server may give fewer records a page than asked for, so a short page alone is not the end. One that has no
        pages sends its only, short answer a second time, which is the end too; a full one is an error.
        """
        size = self.options["page_size"]
        seen = Pages(lambda reason: self.client.error(self._url("requests"), f"{reason}: has it pages (page_size)?"))
        page, number = first, 1
        while page:
            yield seen.check(page)
            if len(first) == size > len(page):
                return  # it gives pages of the size asked for, and this one is not full
            number += 1
            page = self._requests(bounds, number)
            if number == 2 and page == first and len(page) < size:
                return

    def _requests(self, bounds: dict[str, str], number: int) -> list[Any]:
        """Return the requests of one answer; beyond the first page a 404 is the end of them."""
        size = self.options["page_size"]
        paged = {"page": str(number), "page_size": str(size)} if size else {}
        extended = {"extensions": "true"} if self.options["extensions"] else {}
        return self._ask("requests", bounds | paged | extended, beyond=number > 1)

    def _services(self) -> dict[str, str]:
        told = self._ask("services", {})
        services = [each for each in told if isinstance(each, dict)]
        return {
            str(each["service_code"]): str(each.get("service_name") or "")
            for each in services
            if "service_code" in each
        }

    def _url(self, what: str) -> httpx.URL:
        return self.client.url(f"{what}.{self.options['format']}")

    def _ask(self, what: str, query: dict[str, str], beyond: bool = False) -> list[Any]:
        url = self._url(what)
        keys = {name: self.options[name] for name in ("jurisdiction_id", "api_key") if self.options[name]}
        answer = self.client.ask(url, keys | query)
        if beyond and answer.status == 404:
            return []
        records = self._records(url, answer)
        if said := problem(records):
            raise self.client.error(url, f"refused with {said}")
        self.client.expect_ok(url, answer)
        if not isinstance(records, list):
            raise self.client.error(url, "is not a list of records")
        return records

    def _records(self, url: httpx.URL, answer: Answer) -> Any:
        """Return an answer's records; one that refuses and cannot be read says at least its status."""
        try:
            if self.options["format"] == "json":
                return self.client.json(url, answer)
            if answer.body.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
                raise self.client.error(url, "answered HTML, not GeoReport XML")
            return from_xml(answer.body)
        except ValueError as error:
            self.client.expect_ok(url, answer)
            raise self.client.error(url, f"answered {error}") from error
        except FeedError:
            self.client.expect_ok(url, answer)
            raise


def slices(begin: datetime, end: datetime, longest: timedelta) -> Iterator[Window]:
    """Yield the windows, none longer than the given one, that make up a span, the oldest first.

    >>> day = timedelta(days=1)
    >>> begin = datetime.fromisoformat("2026-01-01T00:00:00Z")
    >>> [(b.day, e.day) for b, e in slices(begin, begin + 5 * day, 2 * day)]
    [(1, 3), (3, 5), (5, 6)]
    """
    while begin < end:
        stop = min(begin + longest, end)
        yield begin, stop
        begin = stop
