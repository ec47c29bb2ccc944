"""The national public service portal: a login, a session, and envelopes of dossiers or of their steps.

Interface: POST …/mapi/login, then POST …/mapi/g with {session, madonvi, service, …}; error_code 0 or 00 is well.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx

from etl.connectors.batch import Batch
from etl.connectors.client import Client
from etl.connectors.errors import FeedError
from etl.connectors.feed import Feed
from etl.connectors.pull import Pages, Pull, batches, whole_second, zone
from etl.connectors.standards import STANDARDS

_WELL = ("0", "00")
_LOST = "-1"


def service(feed: Feed) -> str:
    """Return the portal's service that a feed reads, by option or by its dataset."""
    return feed.connector.options["service"] or STANDARDS["portal", feed.dataset].service


def pull(asked: Pull, client: Client) -> Iterator[Batch]:
    """Pull the records that changed; FeedError with the portal's message when it refuses."""
    changed = asked.feed.columns.get("changed_at", "")
    yield from batches(asked, _Session(asked, client).pages(), lambda: client.read_bytes, changed)


class _Session:
    """Ask the portal under one session, which is opened again when the portal has lost it."""

    def __init__(self, asked: Pull, client: Client):
        self.asked, self.client = asked, client
        self.options = asked.feed.connector.options
        self.login_url, self.data_url = client.url(self.options["login"]), client.url(self.options["data"])
        self.session: str | None = None

    def pages(self) -> Iterator[list[Any]]:
        """Yield the records of each page of the asked window."""
        seen = Pages(lambda reason: self.client.error(self.data_url, reason))
        envelope, received, number = self._envelope(), 0, 1
        while True:
            answer = self._ask({**envelope, "trang": number, "soBanGhi": self.options["size"]})
            page = answer.get("data")
            if not isinstance(page, list):
                raise self.client.error(self.data_url, "has no list of records at 'data'")
            yield seen.check(page)
            received, number = received + len(page), number + 1
            if not self._more(answer, page, received):
                return

    def _envelope(self) -> dict[str, Any]:
        window = {"tuNgay": self.asked.changed_since, "denNgay": self.asked.until}
        return {
            "madonvi": self.options["unit_code"],
            "service": service(self.asked.feed),
            **{name: self._local(at, up=name == "denNgay") for name, at in window.items() if at is not None},
        }

    def _local(self, at: datetime, up: bool) -> str:
        """Return an instant as yyyyMMddHHmmss of the feed's zone; the end of a window is rounded up."""
        return whole_second(at, up).astimezone(zone(self.asked.feed)).strftime("%Y%m%d%H%M%S")

    def _more(self, answer: dict[str, Any], page: list[Any], received: int) -> bool:
        """Tell whether another page follows; FeedError for one that says so and sends nothing."""
        if answer.get("conTiep") is not None:
            more = str(answer["conTiep"]).lower() in ("true", "1")
        elif str(answer.get("tongSo", "")).isdigit():
            more = received < int(answer["tongSo"])
        else:
            more = len(page) >= self.options["size"] > 0
        if more and not page:
            raise self.client.error(self.data_url, "says that more records follow, and sends none")
        return more

    def _ask(self, envelope: dict[str, Any]) -> dict[str, Any]:
        """Return the portal's answer under a session that holds; one that is lost is opened again, once."""
        for attempt in (1, 2):
            if self.session is None:
                self.session = self._login()
            answer = self._post(self.data_url, {"session": self.session, **envelope})
            if _code(answer) in _WELL:
                return answer
            if _code(answer) != _LOST or attempt == 2:
                raise self._refused(self.data_url, answer)
            self.session = None
        raise AssertionError("two attempts end in an answer or an error")

    def _login(self) -> str:
        who = {"username": self.options["username"], "password": self.options["password"]}
        answer = self._post(self.login_url, who)
        if _code(answer) not in _WELL or not answer.get("session"):
            raise self._refused(self.login_url, answer)
        return str(answer["session"])

    def _post(self, url: httpx.URL, data: dict[str, Any]) -> dict[str, Any]:
        answer = self.client.ask(url, data=data)
        self.client.expect_ok(url, answer)
        body = self.client.json(url, answer)
        if not isinstance(body, dict):
            raise self.client.error(url, "answered JSON that is no envelope")
        return body

    def _refused(self, url: httpx.URL, answer: dict[str, Any]) -> FeedError:
        message = " ".join(str(answer.get("message") or "").split())[:200] or "no message"
        return self.client.error(url, f"refused with error_code {_code(answer) or 'missing'}: {message}")


def _code(answer: dict[str, Any]) -> str:
    return str(answer.get("error_code", "")).strip()
