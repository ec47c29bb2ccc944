"""Where a web process gets its frames: the stream in Valkey, else Postgres, else the last one it had.

Two tasks a process, however many viewers: one follows the stream, one looks at Postgres every five seconds. The
second takes over by itself when the first has nothing, so there is no switch that could stand wrong.
"""

import asyncio
import json
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from dashboard.archive import Archive, ArchiveError
from dashboard.edition import Edition, Step
from indicators import frame as frames
from sql import valkey

log = logging.getLogger(__name__)

LOOK_S = 5.0
BLOCK_MS = 2_000
TRAIL_STEPS = 120  # what viewers may have missed while a process started
CLOCK_S = 1.0
QUIET = timedelta(seconds=3)  # the stream brought nothing for so long: Postgres may be ahead of it
STALE = timedelta(seconds=13)  # the publisher's beat is ten seconds; a missed one must show within fifteen

Published = Callable[[Edition, bytes, int | None], None]
Told = Callable[[bytes], None]


@dataclass(frozen=True)
class Status:
    """The state of the supply: live, paused (Postgres every 5 s) or stale, why, and since when."""

    state: str
    reason: str
    since: datetime

    def encode(self) -> bytes:
        """Return the status as JSON."""
        said = {"state": self.state, "reason": self.reason, "since": self.since.isoformat()}
        return json.dumps(said).encode()


class Supply:
    """The newest frame of this process and the state of what it comes from."""

    def __init__(
        self, archive: Archive | None, redis_url: str | None, now: Callable[[], datetime], look_s: float = LOOK_S
    ) -> None:
        self.edition: Edition | None = None
        self.status = Status("stale", "starting", now())
        self.frames_total = 0
        self.valkey_answers = False
        self.database_answers: bool | None = None
        self.database_error = ""
        self._archive = archive
        self._redis_url = redis_url
        self._now = now
        self._look_s = look_s
        self._fresh_at = datetime.min.replace(tzinfo=UTC)
        self._stream_at = datetime.min.replace(tzinfo=UTC)
        self._database_lost_at: datetime | None = None
        self._published: list[Published] = []
        self._told: list[Told] = []

    def subscribe(self, published: Published, told: Told) -> None:
        """Call `published(edition, delta, base)` for each new frame and `told(status)` for each new state."""
        self._published.append(published)
        self._told.append(told)
        told(self.status.encode())

    @property
    def frame(self) -> dict[str, Any] | None:
        """The newest frame, or None before the first."""
        return self.edition.frame if self.edition else None

    async def run(self) -> None:
        """Supply frames until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch_clock())
            if self._archive is not None:
                tasks.create_task(self._look_at_database(self._archive))
            if self._redis_url:
                tasks.create_task(self._keep_following(self._redis_url))

    async def _keep_following(self, url: str) -> None:
        while True:
            try:
                await self._follow(url)
            except valkey.ERRORS as error:
                if self.valkey_answers:
                    log.warning("Valkey does not answer: %s", error)
            except (ValueError, KeyError):
                log.exception("an entry of the stream cannot be used; Postgres leads past it")
            self.valkey_answers = False
            self._judge()
            await asyncio.sleep(random.uniform(0.5, 2.0))

    async def _follow(self, url: str) -> None:
        """Take frames from the stream until Valkey fails."""
        keys = valkey.keys(url)
        async with valkey.connected(url) as client:
            await self._take_snapshot(client, keys)
            self.valkey_answers = True
            self._judge()
            while True:
                last = f"{self.edition.version}-0" if self.edition else "$"
                answer: Any = await client.xread({keys.stream: last}, count=200, block=BLOCK_MS)
                for _, entries in answer or ():
                    for _, fields in entries:
                        await self._take_entry(client, keys, fields[b"delta"])
                if self.edition is None:
                    await self._take_snapshot(client, keys)

    async def _take_snapshot(self, client: Any, keys: valkey.Keys) -> None:
        raw: Any = await client.get(keys.snapshot)
        if not raw:
            return
        frame = orjson.loads(raw)
        trail = await _trail(client, keys, frame["version"]) if self.edition is None else ()
        self._adopt(frame, raw, trail)

    async def _take_entry(self, client: Any, keys: valkey.Keys, raw: bytes) -> None:
        delta = orjson.loads(raw)
        if self.edition is None or delta["base"] != self.edition.version:
            if self.edition is None or delta["version"] > self.edition.version:
                await self._take_snapshot(client, keys)
            return
        self._stream_at = self._now()
        self._step(delta, raw)

    async def _look_at_database(self, archive: Archive) -> None:
        while True:
            await self._look_once(archive)
            await asyncio.sleep(self._look_s * random.uniform(0.9, 1.1))

    async def _watch_clock(self) -> None:
        while True:
            self._judge()
            await asyncio.sleep(CLOCK_S)

    async def _look_once(self, archive: Archive) -> None:
        """Ask Postgres for its newest version, and take it when the stream does not bring it."""
        quiet = not self.valkey_answers or self._now() - self._stream_at > QUIET
        try:
            news = await archive.news(self.edition.version if self.edition else None, quiet)
        except ArchiveError as error:
            self._database_lost(str(error))
            return
        self.database_answers, self.database_error, self._database_lost_at = True, "", None
        for delta in news.deltas:
            if self.edition is not None and delta["base"] == self.edition.version:
                self._step(delta, orjson.dumps(delta))
        if news.frame is not None:
            self._adopt(news.frame)

    def _database_lost(self, error: str) -> None:
        if self.database_answers is not False:
            log.warning("Postgres does not answer: %s", error)
        self.database_answers, self.database_error = False, error
        self._database_lost_at = self._database_lost_at or self._now()

    def _step(self, delta: dict[str, Any], raw: bytes) -> None:
        """Go one frame on; the delta starts at the newest one."""
        assert self.edition is not None
        self._publish(Edition(frames.apply(self.edition.frame, delta)), raw, delta["base"])

    def _adopt(self, frame: dict[str, Any], raw: bytes | None = None, trail: Sequence[Step] = ()) -> None:
        """Jump to a whole frame, unless the process has a newer one."""
        if self.edition is None:
            self._publish(Edition(frame, raw, trail), b"", None)
        elif _is_newer(frame, self.edition.frame):
            delta = frames.diff(self.edition.frame, frame)
            self._publish(Edition(frame, raw), orjson.dumps(delta), self.edition.version)

    def _publish(self, edition: Edition, delta: bytes, base: int | None) -> None:
        # The first frame of a process may be old: until a second one comes, its own time counts.
        self._fresh_at = self._now() if self.edition else min(_as_of(edition.frame), self._now())
        self.edition = edition
        self.frames_total += 1
        for published in self._published:
            published(edition, delta, base)
        self._judge()

    def _judge(self) -> None:
        """Tell the subscribers when the state has changed."""
        state, reason = self._state()
        if (state, reason) != (self.status.state, self.status.reason):
            version = self.edition.version if self.edition else None
            log.info("live updates are %s (%s)", state, reason, extra={"frame": version})
            self.status = Status(state, reason, self._now())
            for told in self._told:
                told(self.status.encode())

    def _state(self) -> tuple[str, str]:
        database_lost = self._database_lost_at is not None and self._fresh_at <= self._database_lost_at
        if self.edition is None:
            return "stale", "database_down" if database_lost else "no_frame"
        if database_lost:
            return "stale", "database_down"
        if self._now() - self._fresh_at > STALE:
            return "stale", "no_new_frame"
        if not self.valkey_answers:
            return "paused", "valkey_down" if self._redis_url else "no_valkey"
        return "live", "ok"


async def _trail(client: Any, keys: valkey.Keys, version: int) -> list[Step]:
    """Return the changes of the stream that end at a version without a gap, the oldest first."""
    steps: list[Step] = []
    answer: Any = await client.xrevrange(keys.stream, max=f"{version}-0", count=TRAIL_STEPS)
    for _, fields in answer:
        delta = orjson.loads(fields[b"delta"])
        if delta["version"] != (steps[-1][0] if steps else version) or delta["base"] == delta["version"]:
            break
        steps.append((delta["base"], delta["version"], fields[b"delta"]))
    return steps[::-1]


def _is_newer(frame: dict[str, Any], than: dict[str, Any]) -> bool:
    """Tell whether a frame comes after another; a restored database counts its versions anew."""
    return frame["version"] != than["version"] and _as_of(frame) >= _as_of(than)


def _as_of(frame: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(frame["as_of"])
