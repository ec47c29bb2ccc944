"""Ask a server over HTTP: bounded answers, retries with back-off, no way to another host."""

import codecs
import functools
import json
import logging
import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any

import httpx

from etl.connectors.errors import FeedError
from etl.connectors.feed import Feed
from etl.connectors.watch import UNWATCHED, Watch

logging.getLogger("httpx").setLevel(logging.WARNING)  # below that it writes whole urls, keys included

_RETRIED = (408, 425, 429, 500, 502, 503, 504)
_REDIRECTS = 5
_LONGEST_WAIT_S = 30.0
_LONGEST_ASKED_WAIT_S = 300.0
_MIB = 1 << 20


@dataclass(frozen=True)
class Answer:
    """Hold a server's whole answer."""

    status: int
    body: bytes
    charset: str
    retry_after: str
    date: str


class Client:
    """Ask one feed's server. Every failure is a FeedError with the feed, the url's path and what was wrong."""

    def __init__(self, feed: Feed, now: datetime, sleep: Callable[[float], None], watch: Watch = UNWATCHED):
        self._feed, self._now, self._sleep, self._watch = feed, now, sleep, watch
        self._options = feed.connector.options
        self.read_bytes = 0
        try:
            self._base = httpx.URL(feed.connector.url)
            self._http = httpx.Client(
                timeout=self._options["timeout"],
                headers={"User-Agent": "leadership-dashboard"} | self._options["headers"],
                follow_redirects=False,
                verify=_trusted() if self._base.scheme == "https" else False,
                trust_env=False,  # the environment is read in the settings alone
            )
        except (httpx.InvalidURL, ValueError) as error:
            raise FeedError(feed.path, "connector.url", "is not a url, or a header is not one") from error

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def error(self, url: httpx.URL, reason: str) -> FeedError:
        """Return the error of an answer; the query stays out of it, as it may hold keys."""
        return FeedError(self._feed.id, url.path, reason)

    def url(self, path: str = "") -> httpx.URL:
        """Return the feed's url, or one below it; what it asks with (?dstcode=…) stays."""
        if not path:
            return self._base
        path, _, query = path.partition("?")
        below = f"{self._base.path.rstrip('/')}/{path.lstrip('/')}"
        return self._base.copy_with(path=below).copy_merge_params(httpx.QueryParams(query))

    def elsewhere(self, url: httpx.URL, target: str) -> httpx.URL:
        """Return where a server points to; FeedError if that is another host."""
        try:
            joined = url.join(target)
        except httpx.InvalidURL as error:
            raise self.error(url, "points to something that is not a url") from error
        if (joined.scheme, joined.host, joined.port) != (url.scheme, url.host, url.port):
            raise self.error(url, f"points to another host ({joined.scheme}://{joined.host}), which is not followed")
        return joined

    def ask(self, url: httpx.URL, params: Mapping[str, Any] | None = None, data: Any = None) -> Answer:
        """Return the answer to a GET, or with data to a POST of JSON; try again what may pass."""
        url = url.copy_merge_params(httpx.QueryParams(dict(params))) if params else url
        with self._watch.asking(url.path):
            return self._persevere(url, data)

    def _persevere(self, url: httpx.URL, data: Any) -> Answer:
        for attempt in range(self._options["retries"] + 1):
            wait_s = random.uniform(0, min(_LONGEST_WAIT_S, 0.5 * 2**attempt))
            try:
                answer = self._follow(url, data)
            except httpx.UnsupportedProtocol as error:
                raise self.error(url, "cannot be asked: not http or https") from error
            except (httpx.TransportError, httpx.DecodingError, TimeoutError) as error:
                reason = _told(error)
            else:
                if answer.status not in _RETRIED:
                    return answer
                reason = f"answered {answer.status}"
                wait_s = max(wait_s, self._asked_wait(url, answer))
            if attempt < self._options["retries"]:
                self._watch.note(reason)
                self._sleep(wait_s)
        raise self.error(url, f"{reason}; tried {self._options['retries'] + 1} times")

    def _asked_wait(self, url: httpx.URL, answer: Answer) -> float:
        """Return the seconds that Retry-After asks for; FeedError if that is too long to wait here."""
        wait_s = _seconds(answer.retry_after, answer.date, self._now)
        if wait_s > _LONGEST_ASKED_WAIT_S:
            raise self.error(url, f"answered {answer.status} and asks to wait {wait_s:.0f} s")
        return wait_s

    def _follow(self, url: httpx.URL, data: Any) -> Answer:
        for _ in range(_REDIRECTS):
            answer, target = self._once(url, data)
            if not target:
                return answer
            if data is not None and answer.status not in (307, 308):
                raise self.error(url, f"answered {answer.status} to a POST, which is not followed")
            url = self.elsewhere(url, target)
        raise self.error(url, f"redirects more than {_REDIRECTS} times")

    def _once(self, url: httpx.URL, data: Any) -> tuple[Answer, str]:
        """Return one answer, whole, and where it redirects to; TimeoutError if it drips in too slowly."""
        most, begun = self._options["max_bytes"], time.monotonic()
        parts: list[bytes] = []
        size = 0
        with self._http.stream("GET" if data is None else "POST", url, json=data) as response:
            for part in response.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > most:
                    raise self.error(url, f"answers more than {most / _MIB:.0f} MB")
                if time.monotonic() - begun > self._options["deadline"]:
                    raise TimeoutError(f"no whole answer in {self._options['deadline']:.0f} s")
        self.read_bytes += size
        headers = response.headers
        answer = Answer(
            response.status_code,
            b"".join(parts),
            response.charset_encoding or "utf-8",
            headers.get("retry-after", ""),
            headers.get("date", ""),
        )
        return answer, headers.get("location", "") if response.is_redirect else ""

    def json(self, url: httpx.URL, answer: Answer) -> Any:
        """Return the JSON of an answer, numbers as the text that was sent; FeedError if it is none."""
        if not answer.body.strip():
            raise self.error(url, "answered with nothing, where JSON was expected")
        if answer.body.lstrip().startswith(b"<"):
            raise self.error(url, "answered HTML or XML, not JSON")
        try:
            text = answer.body.decode(_codec(answer.charset), "lone_surrogate").removeprefix("\ufeff")
            return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
        except json.JSONDecodeError as error:
            raise self.error(url, f"answered broken JSON, at character {error.pos} of {len(error.doc)}") from error
        except RecursionError as error:
            raise self.error(url, "answered JSON that is nested too deeply") from error

    def get_json(self, url: httpx.URL, params: Mapping[str, Any] | None = None) -> Any:
        """Return the JSON that a GET answers; FeedError for any status but 200."""
        answer = self.ask(url, params)
        self.expect_ok(url, answer)
        return self.json(url, answer)

    def expect_ok(self, url: httpx.URL, answer: Answer) -> None:
        """Refuse any status but 200 to 299."""
        if answer.status in (401, 403):
            raise self.error(url, f"answered {answer.status}: the credentials are not accepted")
        if not 200 <= answer.status < 300:
            raise self.error(url, f"answered {answer.status}")


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Return the certificates that are trusted; reading them takes longer than a pull."""
    return httpx.create_ssl_context(trust_env=False)


def _told(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return str(error)
    if isinstance(error, httpx.TimeoutException):
        return "did not answer in time"
    if isinstance(error, httpx.ConnectError):
        return "cannot be reached"
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.DecodingError):
        return "broke off in the middle of its answer"
    return f"failed ({type(error).__name__})"


def _codec(charset: str) -> str:
    try:
        return codecs.lookup(charset).name
    except LookupError:
        return "utf-8"


def _seconds(retry_after: str, date: str, now: datetime) -> float:
    """Return the seconds that a Retry-After header asks for: a number, or a date on the server's clock.

    >>> _seconds("120", "", datetime(2026, 1, 5, tzinfo=UTC))
    120.0
    """
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
        since = parsedate_to_datetime(date) if date else now
    except ValueError:
        return 0.0
    until, since = (at if at.tzinfo else at.replace(tzinfo=UTC) for at in (until, since))
    return max(0.0, (until - since).total_seconds())
