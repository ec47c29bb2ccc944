"""Frames as Postgres keeps them: what every screen showed, and what Valkey has if it is there."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from psycopg2.extensions import connection as Connection

from indicators.frame import apply
from indicators.rates import rate
from sql import queries

Json = dict[str, Any]
FOREVER = datetime.max.replace(tzinfo=UTC)
# What deflate may refer back to from the first byte on. Never change it, whatever indicators come and go: stored frames
# can be read with these very words alone.
PACKED_WITH = (
    "targets_total", "targets_fed", "ticket_on_time_rate_30d", "tickets_closed_today", "tickets_opened_today",
    "tickets_late", "tickets_open", "letters_overdue", "letters_owed", "rating_response_rate_30d",
    "satisfaction_high_30d", "satisfaction_low_30d", "same_day_rate_30d", "online_rate_30d", "progress_rate_30d",
    "on_time_rate_30d", "accepted_late_rate_30d", "resolved_today", "received_today", "dossiers_due_24h",
    "dossiers_late", "dossiers_open",
)  # fmt: skip
WORDS = "".join(f'"{name}":[' for name in PACKED_WITH).encode()
TO_THE_SECOND = timedelta(hours=24)
TO_FIVE_MINUTES = timedelta(days=90)


def latest(conn: Connection) -> Json | None:
    """Return the newest frame, or None when there is none yet."""
    return at(conn, FOREVER)


def at(conn: Connection, instant: datetime) -> Json | None:
    """Return the frame that screens showed at an instant, or None when none is kept for then.

    To the second for the last 24 hours, to five minutes for 90 days, to the hour before that.
    """
    when: datetime | str = "infinity" if instant is FOREVER else instant
    with conn.cursor() as cursor:
        found = queries.run(cursor, "frames", "newest_snapshot", at=when)
        if not found:
            return None
        version, frame = found[0][0], decoded(found[0][1])
        for version_to, base, body in queries.run(cursor, "frames", "changes", version=version, at=when):
            if base != version:
                break  # housekeeping has thinned the rest
            frame, version = apply(frame, decoded(body)), version_to
        return frame


def of_version(conn: Connection, version: int) -> Json | None:
    """Return the frame of a version, or None when it is not kept (any more)."""
    with conn.cursor() as cursor:
        found = queries.run(cursor, "frames", "snapshot_before", version=version)
        if not found:
            return None
        reached, frame = found[0][0], decoded(found[0][1])
        for version_to, base, body in queries.run(cursor, "frames", "changes_up_to", since=reached, version=version):
            if base != reached:
                return None
            frame, reached = apply(frame, decoded(body)), version_to
        return frame if reached == version else None


def since(conn: Connection, version: int) -> list[Json] | None:
    """Return the changes that lead from a version to the newest one, or None when they do not reach back to it."""
    with conn.cursor() as cursor:
        changes = []
        for version_to, base, body in queries.run(cursor, "frames", "following", version=version):
            if base != version:
                return None
            changes.append(decoded(body))
            version = version_to
        return changes


def newest_version(conn: Connection) -> int | None:
    """Return the version of the newest frame."""
    with conn.cursor() as cursor:
        return queries.run(cursor, "frames", "newest_version")[0][0]


def next_version(conn: Connection) -> int:
    """Return a version that no frame has had; versions grow for ever, over restarts too."""
    with conn.cursor() as cursor:
        return queries.run(cursor, "frames", "next_version")[0][0]


def store(conn: Connection, frame: Json, delta: Json | None) -> int:
    """Keep a frame, whole when `delta` is None, else as what changed; return the bytes that it takes."""
    body = encoded(delta or frame)
    with conn.cursor() as cursor:
        queries.run(cursor, "frames", "store", version=frame["version"], as_of=frame["as_of"],
                    base=delta["base"] if delta else None, data_version=frame["data_version"], body=body)  # fmt: skip
    return len(body)


def thin(conn: Connection, now: datetime) -> int:
    """Drop what is finer than the age of frames asks for; return how many rows went."""
    with conn, conn.cursor() as cursor:
        queries.run(cursor, "frames", "drop_changes", day_ago=now - TO_THE_SECOND)
        dropped = cursor.rowcount
        queries.run(cursor, "frames", "drop_snapshots", quarter_ago=now - TO_FIVE_MINUTES)
        return dropped + cursor.rowcount


def encoded(part: Json) -> bytes:
    """Return a frame or a change as it is kept: rates without quotient, JSON, zlib that knows the names."""
    packer = zlib.compressobj(level=9, zdict=WORDS)
    return packer.compress(orjson.dumps(_packed(part))) + packer.flush()


def decoded(body: bytes | memoryview) -> Json:
    """Return what `encoded` was given."""
    unpacker = zlib.decompressobj(zdict=WORDS)
    return _unpacked(orjson.loads(unpacker.decompress(body) + unpacker.flush()))


def _packed(part: Json) -> Json:
    packed = dict(part)
    if "city" in part:
        packed["city"] = _short(part["city"])
    if "units" in part:
        packed["units"] = {key: _short(values) for key, values in part["units"].items()}
    return packed


def _unpacked(part: Json) -> Json:
    if "city" in part:
        part["city"] = _long(part["city"])
    if "units" in part:
        part["units"] = {key: _long(values) for key, values in part["units"].items()}
    return part


def _short(values: Json) -> Json:
    return {
        name: [v["n"], v["of"]] if isinstance(v, dict) and v == rate(v["n"], v["of"]) else v
        for name, v in values.items()
    }


def _long(values: Json) -> Json:
    return {name: rate(*v) if isinstance(v, list) else v for name, v in values.items()}
