"""The publisher: computes frames, keeps them in Postgres, sends them over the Valkey stream. One leads, others wait."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import psycopg2
import redis
import structlog
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from psycopg2.extensions import connection as Connection

from etl.framing import Framer
from indicators.frame import diff
from sql import database, frames, registry, valkey

log = structlog.get_logger("publish")
Json = dict[str, Any]

LEADER = 7660001  # advisory lock of the one publisher that leads
BEAT = timedelta(seconds=1)
TICK = timedelta(seconds=10)
SNAPSHOT = timedelta(minutes=5)
STREAM_LENGTH = 1000
RETRY_S = (0.5, 1, 1, 2)
CALM_S = 60  # who has led so long begins with the shortest wait again


def to_the_millisecond() -> datetime:
    """Return now as precisely as a frame says it, so that a recount can be made of the same instant."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@dataclass
class Stream:
    """The Valkey stream; while it is gone frames go to Postgres alone, and nothing waits for it."""

    url: str | None
    _client: Any = field(default=None, repr=False)
    _retry_at: float = 0.0

    def send(self, frame: Json, delta: Json | None, cost: Json) -> bool:
        """Send a frame; return False when Valkey is not there."""
        if self.url is None or time.monotonic() < self._retry_at:
            return False
        try:
            keys = valkey.keys(self.url)
            pipe = self._connected().pipeline(transaction=True)
            pipe.set(keys.snapshot, orjson.dumps(frame))
            pipe.hset(keys.cost, mapping=dict[Any, Any](cost))
            if delta:
                entry: dict[Any, Any] = {"delta": orjson.dumps(delta)}
                pipe.xadd(keys.stream, entry, id=f"{frame['version']}-0", maxlen=STREAM_LENGTH, approximate=True)
            pipe.execute()
            return True
        except valkey.ERRORS as error:
            if isinstance(error, redis.ResponseError) and "ID specified in XADD" in str(error):
                return self._begin_anew(keys.stream)
            return self._lose(error)

    def _begin_anew(self, stream: str) -> bool:
        """Forget the stream of another database, which is further on than this one."""
        try:
            self._connected().delete(stream)
        except valkey.ERRORS as error:
            self._lose(error)
        return False

    def _lose(self, error: Exception) -> bool:
        log.warning("stream_lost", error=str(error))
        self._client, self._retry_at = None, time.monotonic() + 1
        return False

    def _connected(self) -> Any:
        if self._client is None:
            self._client = valkey.client(self.url or "")
        return self._client


@dataclass
class Publisher:
    """Publish frames over one connection that holds the leader's lock."""

    conn: Connection
    stream: Stream
    now: Callable[[], datetime] = to_the_millisecond
    frame: Json | None = None
    framer: Framer | None = None
    _snapshot_at: datetime | None = None
    _profile: tuple | None = None

    def publish(self) -> Json:
        """Compute, keep and send one frame; return it."""
        started = time.perf_counter()
        now = self.now()
        new = self._framer(now).frame(self.conn, now)
        computed = time.perf_counter()
        new["publish_s"] = round(computed - started, 3)
        with self.conn, self.conn.cursor():
            new["version"] = frames.next_version(self.conn)
            delta = self._delta(new, now)
            size = frames.store(self.conn, new, None if self._is_snapshot(now) else delta)
            if self._is_snapshot(now) or delta is None:
                self._snapshot_at = now
        cost = {"database_ms": round((computed - started) * 1000, 1), "bytes": size, "version": new["version"]}
        self.stream.send(new, delta, cost | {"total_ms": round((time.perf_counter() - started) * 1000, 1)})
        self.frame = new
        return new

    def resume(self) -> None:
        """Go on from the newest stored frame, so that changes chain over restarts."""
        with self.conn:
            self.frame = frames.latest(self.conn)
        self._snapshot_at = None

    def _delta(self, new: Json, now: datetime) -> Json | None:
        if self.frame is None:
            return None
        return diff(self.frame, new)

    def _is_snapshot(self, now: datetime) -> bool:
        """Tell whether this frame is kept whole: the first, and one each five minutes of the clock."""
        if self._snapshot_at is None or self.frame is None:
            return True
        return now.timestamp() // SNAPSHOT.total_seconds() > self._snapshot_at.timestamp() // SNAPSHOT.total_seconds()

    def _framer(self, now: datetime) -> Framer:
        with self.conn, self.conn.cursor() as cursor:
            cursor.execute("select profile_hash, loaded_at from city")
            profile = cursor.fetchone()
            cursor.execute("select count(*), max(id) from unit")
            profile = (*(profile or ()), *cursor.fetchone())
        if self.framer is None or profile != self._profile:
            with self.conn:
                self.framer, self._profile = Framer(registry.read(self.conn), now), profile
        return self.framer


def leads(conn: Connection, wait: bool = False) -> bool:
    """Take the leader's lock for the life of this session; without `wait`, return False when another leads."""
    with conn, conn.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)" if wait else "select pg_try_advisory_lock(%s)", (LEADER,))
        return wait or cursor.fetchone()[0]


def publish_once(database_url: str, redis_url: str | None) -> bool:
    """Publish one frame, unless a publisher leads (it has been told of the change); return whether this one did."""
    conn = database.connect(database_url, "publish")
    try:
        if not leads(conn):
            return False
        publisher = Publisher(conn, Stream(redis_url))
        publisher.resume()
        publisher.publish()
        return True
    finally:
        conn.close()


def run(database_url: str, redis_url: str | None, is_over: Callable[[], bool]) -> None:
    """Publish until `is_over`: at most once a second when facts changed, every 10 s regardless; heal by itself."""
    tries, began = 0, time.monotonic()
    while not is_over():
        try:
            _lead(database_url, redis_url, is_over)
        except Exception as error:  # whatever it is: screens stand still until this program goes on
            tries = 0 if time.monotonic() - began > CALM_S else tries
            wait = RETRY_S[min(tries, len(RETRY_S) - 1)]
            is_lost = isinstance(error, psycopg2.Error)
            log.warning("database_lost" if is_lost else "publish_failed", error=str(error).strip(), retry_s=wait,
                        exc_info=None if is_lost else error)  # fmt: skip
            tries, began = tries + 1, time.monotonic() + wait
            time.sleep(wait)


def _lead(database_url: str, redis_url: str | None, is_over: Callable[[], bool]) -> None:
    conn, ears = database.connect(database_url, "publisher"), database.connect(database_url, "publisher-ears")
    try:
        while not leads(conn):
            if is_over():
                return
            time.sleep(1)
        _lead_only_while_alive(conn)
        log.info("leading")
        ears.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        with ears.cursor() as cursor:
            cursor.execute("listen facts_changed")
        publisher = Publisher(conn, Stream(redis_url))
        publisher.resume()
        while not is_over():
            began = time.monotonic()
            frame = publisher.publish()
            log.debug("published", frame=frame["version"], data_version=frame["data_version"])
            _wait_for_change(ears, began, is_over)
    finally:
        ears.close()
        conn.close()


def _lead_only_while_alive(conn: Connection) -> None:
    """Let Postgres end this session, and with it the lock, when a frozen publisher says nothing: another one leads."""
    with conn, conn.cursor() as cursor:
        cursor.execute("set idle_session_timeout = '30s'")
        cursor.execute("set idle_in_transaction_session_timeout = '30s'")


def _wait_for_change(ears: Connection, began: float, is_over: Callable[[], bool]) -> None:
    """Return when the next frame is due: a second after the last if facts changed meanwhile, else after ten."""
    while not is_over():
        passed = time.monotonic() - began
        if ears.notifies and passed >= BEAT.total_seconds():
            ears.notifies.clear()
            return
        if passed >= TICK.total_seconds():
            return
        until = BEAT if ears.notifies else TICK
        wait = min(max(until.total_seconds() - passed, 0.001), 0.5)
        if ears.notifies:
            time.sleep(wait)
        elif select.select([ears], [], [], wait)[0]:
            ears.poll()
