"""What all pulled sources share: the window that is asked for, the cursor, and batches out of pages."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from etl.connectors.batch import Batch
from etl.connectors.errors import FeedError
from etl.connectors.feed import Feed
from etl.connectors.records import Gathered, pick, text

ROWS_GATHERED = 20_000
MOST_PAGES = 100_000

Shape = Callable[[Any], Any]


@dataclass(frozen=True)
class Pull:
    """Say what is asked of a source: records changed in [since, until), None = without a limit.

    `cursor` is where the last pull ended. `bounded` pulls (a backfill) leave it as it is.
    """

    feed: Feed
    cursor: dict[str, Any] | None
    since: datetime | None
    until: datetime | None
    now: datetime

    @property
    def bounded(self) -> bool:
        """Tell whether this is a closed window of history."""
        return self.until is not None

    @property
    def begun_at(self) -> datetime | None:
        """Return where the last pull ended, None if there was none; FeedError for a cursor that is no time."""
        if not self.cursor or not self.cursor.get("since"):
            return None
        try:
            at = datetime.fromisoformat(self.cursor["since"])
        except (TypeError, ValueError) as error:
            raise FeedError(self.feed.id, "cursor", f"{self.cursor['since']!r} is not a time") from error
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    @property
    def changed_since(self) -> datetime | None:
        """Return from when on changes are asked for: before the cursor, as records are committed late."""
        if self.since is not None:
            return self.since
        options = self.feed.connector.options
        if self.begun_at is not None:
            return self.begun_at - timedelta(seconds=options["overlap"])
        return self.now - timedelta(seconds=options["start"]) if options["start"] else None


def batches(
    pull: Pull, pages: Iterable[list[Any]], read_bytes: Callable[[], int], changed: str, shape: Shape | None = None
) -> Iterator[Batch]:
    """Yield the records of all pages in batches, at least one; only the last carries a new cursor.

    `changed` names the source column that the cursor follows; without it the cursor moves to the pull's own time.
    """
    gathered = Gathered(pull.feed.source_columns)
    newest: datetime | None = None
    for page in pages:
        for record in page:
            shaped = shape(record) if shape else record
            gathered.add(shaped)
            newest = _newer(newest, shaped, changed, pull.feed)
            if len(gathered) >= ROWS_GATHERED:
                yield gathered.batch(read_bytes(), None, pull.cursor)
    yield gathered.batch(read_bytes(), None, _moved(pull, newest if changed else pull.now))


def _newer(newest: datetime | None, record: Any, changed: str, feed: Feed) -> datetime | None:
    if not changed or not isinstance(record, Mapping):
        return newest
    at = instant(pick(record, changed), feed)
    return at if newest is None or (at is not None and at > newest) else newest


def _moved(pull: Pull, newest: datetime | None) -> dict[str, Any] | None:
    """Return the cursor after a pull: the newest change seen, never before the old one nor in the future."""
    if pull.bounded or newest is None:
        return pull.cursor
    newest = min(newest, pull.now)
    if pull.begun_at is not None and newest <= pull.begun_at:
        return pull.cursor
    return {"since": newest.astimezone(UTC).isoformat()}


def instant(value: Any, feed: Feed) -> datetime | None:
    """Return a time of the source as an instant, None for what is none; FeedError while its zone is not known."""
    form = feed.times.format
    try:
        told = text(value)
        if told is None:
            return None
        at = datetime.fromisoformat(told) if form == "iso8601" else datetime.strptime(told, form)  # noqa: DTZ007
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone(feed))


def zone(feed: Feed) -> ZoneInfo:
    """Return the zone of times without an offset; FeedError if neither the feed nor the profile gave one."""
    if feed.times.zone is None:
        raise FeedError(
            feed.path, "times.zone", "neither the feed file nor the profile says in which zone its times are"
        )
    return ZoneInfo(feed.times.zone)


def utc(at: datetime, up: bool = False) -> str:
    """Return an instant as servers read it in a query: whole seconds, the end of a window rounded up.

    >>> utc(datetime(2026, 1, 5, 8, 30, 0, 5, tzinfo=UTC)), utc(datetime(2026, 1, 5, 8, 30, 0, 5, tzinfo=UTC), up=True)
    ('2026-01-05T08:30:00Z', '2026-01-05T08:30:01Z')
    """
    return whole_second(at, up).astimezone(UTC).isoformat().replace("+00:00", "Z")


def whole_second(at: datetime, up: bool) -> datetime:
    """Return an instant without its fraction of a second, rounded up or down."""
    return at.replace(microsecond=0) + timedelta(seconds=1 if up and at.microsecond else 0)


class Pages:
    """Watch the pages of one run, so that a server that goes in circles is found out."""

    def __init__(self, refuse: Callable[[str], FeedError]):
        self._refuse = refuse
        self._seen: set[bytes] = set()

    def same(self, page: list[Any]) -> bool:
        """Tell whether these very records came before, and remember them."""
        digest = hashlib.blake2b(repr(page).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        known = digest in self._seen
        self._seen.add(digest)
        return known

    def check(self, page: list[Any]) -> list[Any]:
        """Return the page; FeedError if it came before, or if there are too many."""
        if page and self.same(page):
            raise self._refuse("sends the same page again and again")
        if len(self._seen) > MOST_PAGES:
            raise self._refuse(f"sends more than {MOST_PAGES} pages")
        return page
