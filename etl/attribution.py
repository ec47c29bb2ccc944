"""The job that explains late dossiers: split their lateness, judge their moved appointments, keep the sums by day."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl.calendars import working_calendar
from indicators.calendar import WorkingCalendar
from indicators.course import Explained, Told, explained
from sql import queries, registry
from sql.registry_rows import city_of

MOST = 2000
Json = dict[str, Any]


def work(conn: Connection, is_over: Callable[[], bool] = lambda: False) -> int:
    """Explain what is owed, a part after the other; return how many dossiers, 0 when another is at it."""
    with conn:
        city = city_of(registry.read(conn))
    calendar, done = working_calendar(city), 0
    while not is_over():
        with conn, conn.cursor() as cursor:
            cursor.execute("select set_config('timezone', %s, true)", (city.timezone,))
            if not queries.run(cursor, "attribution", "take_turn")[0][0]:
                return done
            codes = [code for (code,) in queries.run(cursor, "attribution", "claim", most=MOST)]
            if codes:
                _explain(cursor, codes, calendar)
                done += len(codes)
        if len(codes) < MOST:
            break
    return done


def owe_all(conn: Connection) -> None:
    """Mark every dossier that was ever late or moved, so that the next turn explains it anew."""
    with conn, conn.cursor() as cursor:
        queries.run(cursor, "attribution", "owe_all")


def _explain(cursor: Cursor, codes: list[str], calendar: WorkingCalendar) -> None:
    known = told(cursor, codes)
    queries.run(cursor, "attribution", "leave", codes=sorted(set(codes) - {one.code for one in known}))
    codes = [one.code for one in known]
    found = explained(known, calendar)
    for name in ("roll_shares", "roll_traces"):
        queries.run(cursor, "attribution", name, codes=codes, sign=-1)
    queries.run(cursor, "attribution", "forget_shares", codes=codes)
    kept = [one for one in found if one.told.ended_at is None or _counts(one)]
    gone = sorted(set(codes) - {one.told.code for one in kept})
    queries.run(cursor, "attribution", "forget_traces", codes=gone)
    queries.run(cursor, "attribution", "keep_traces", rows=json.dumps([_trace(one) for one in kept], default=str))
    shares = [share for one in kept for share in _shares(one)]
    queries.run(cursor, "attribution", "keep_shares", rows=json.dumps(shares))
    for name in ("roll_shares", "roll_traces"):
        queries.run(cursor, "attribution", name, codes=codes, sign=1)


def told(cursor: Cursor, codes: Sequence[str]) -> list[Told]:
    """Return what is known of some dossiers."""
    asked = {"codes": list(codes)}
    known = {row[0]: Told(*row) for row in queries.run(cursor, "attribution", "dossiers", **asked)}
    for name in ("steps", "dues", "pauses"):
        for code, *row in queries.run(cursor, "attribution", name, **asked):
            if code in known:
                getattr(known[code], name).append(tuple(row))
    letters = dict(queries.run(cursor, "attribution", "letters", **asked))
    return [Told(**vars(one) | {"letter_at": letters.get(code)}) for code, one in known.items()]


def _counts(one: Explained) -> bool:
    return one.told.is_late or (one.clock is not None and (one.clock.moves > 0 or one.clock.asks > 0))


def _trace(one: Explained) -> Json:
    has = one.clock is not None
    return {
        "code": one.told.code, "day": one.told.ended_on if has else None, "unit_id": one.told.unit_id,
        "field_id": one.told.field_id, "steps": sum(stop.step is not None for stop in one.stops),
        "is_late": one.told.is_late, "late_s": one.late_s, "moves": one.clock.moves if one.clock else 0,
        "asks": one.clock.asks if one.clock else 0, "is_unexplained": one.clock.is_unexplained if one.clock else False,
        "late_first": one.late_first, "late_fair": one.late_fair, "letter_at": one.told.letter_at,
    }  # fmt: skip


def _shares(one: Explained) -> list[Json]:
    return [
        {
            "dossier_code": one.told.code, "place": place, "step_code": stop.step, "holder_id": stop.holder,
            "is_sent": stop.step is None, "to_id": stop.to, "used_s": stop.used, "allowed_s": stop.allowed,
            "late_s": stop.late, "is_alone": stop.is_alone,
        }
        for place, stop in enumerate(one.stops, 1)
    ]  # fmt: skip
