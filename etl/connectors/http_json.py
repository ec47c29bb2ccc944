"""Any JSON over HTTP: where the records are and how pages follow each other is said in the feed file."""

from collections.abc import Iterator
from typing import Any

from etl.connectors.batch import Batch
from etl.connectors.client import Client
from etl.connectors.pull import Pages, Pull, batches, utc
from etl.connectors.records import pick

_FIRST = {"next": "", "page": "1", "offset": "0", "none": ""}


def pull(asked: Pull, client: Client) -> Iterator[Batch]:
    """Pull the records that changed, page by page; FeedError for a server that does not keep to the feed file."""
    feed = asked.feed
    role = feed.columns.get("changed_at") or feed.columns.get("rated_at") or ""
    changed = feed.connector.options["changed"] or role
    yield from batches(asked, _Paging(asked, client).pages(), lambda: client.read_bytes, changed)


class _Paging:
    """Walk from page to page, and stop a server that goes in circles."""

    def __init__(self, asked: Pull, client: Client):
        self.asked, self.client = asked, client
        self.options = asked.feed.connector.options
        self.paging = self.options["paging"]
        self.url = client.url()
        self.received = 0
        self.tokens: set[str] = set()

    def pages(self) -> Iterator[list[Any]]:
        """Yield the records of each page."""
        seen = Pages(lambda reason: self.client.error(self.url, f"{reason}: does connector.paging fit the server?"))
        window = self._window()
        token: str | None = _FIRST[self.paging["kind"]]
        while token is not None:
            body = self._page(window, token)
            page = seen.check(self._records(body))
            self.received += len(page)
            yield page
            token = self._next(body, page, token)

    def _window(self) -> dict[str, str]:
        bounds = {"since_param": self.asked.changed_since, "until_param": self.asked.until}
        return {
            self.options[name]: utc(at, up=name == "until_param")
            for name, at in bounds.items()
            if self.options[name] and at is not None
        }

    def _page(self, window: dict[str, str], token: str) -> Any:
        """Ask for one page; a token that is a url is asked as it stands."""
        if token.startswith(("http://", "https://", "/", "?")):
            return self.client.get_json(self.client.elsewhere(self.url, token))
        sized = self.paging["kind"] != "none" and self.paging["size_param"]
        params = window | ({self.paging["size_param"]: str(self.paging["size"])} if sized else {})
        return self.client.get_json(self.url, params | ({self.paging["param"]: token} if token else {}))

    def _records(self, body: Any) -> list[Any]:
        where = self.options["records"]
        found = body if not where else pick(body, where) if isinstance(body, dict) else None
        if not isinstance(found, list):
            raise self.client.error(self.url, f"has no list of records at {where!r}" if where else "is not a list")
        return found

    def _next(self, body: Any, page: list[Any], token: str) -> str | None:
        """Return what the next page is asked with, None after the last."""
        kind = self.paging["kind"]
        if kind == "page":
            return str(int(token) + 1) if page else None
        if kind == "offset":
            return str(self.received) if page else None
        told = pick(body, self.paging["next"]) if kind == "next" and isinstance(body, dict) else None
        if told in (None, "", False):
            return None
        if not isinstance(told, str):
            raise self.client.error(self.url, f"names its next page at {self.paging['next']!r} with no text or number")
        if told in self.tokens:
            raise self.client.error(self.url, "goes back to a page that it sent before")
        self.tokens.add(told)
        return told
