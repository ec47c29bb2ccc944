"""The job that explains late dossiers: split their lateness, judge their moved appointments, keep the sums by day."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl.calendars import working_calendar
from indicators.attribution import Move, Step, Stop, instants, split
from indicators.calendar import WorkingCalendar
from indicators.pauses import Clock, clock
from sql import queries, registry
from sql.registry_rows import city_of

MOST = 2000
PAUSED = 5
Json = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """What the database knows of one dossier; instants are aware datetimes, days those of the city."""

    code: str
    unit_id: int
    field_id: int
    accepted_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    ended_on: Any
    statutory_days: float | None = None  # where the appointment was given, not computed
    asked_at: datetime | None = None
    steps: list[tuple] = field(default_factory=list)  # code, holder, started, due, finished, status
    dues: list[tuple] = field(default_factory=list)  # due, since
    pauses: list[tuple] = field(default_factory=list)  # from, to, reason
    letter_at: datetime | None = None

    def moments(self) -> Iterable[datetime | None]:
        """Return every instant of the dossier."""
        yield from (self.accepted_at, self.due_at, self.ended_at)
        for _, _, started, due, finished, _ in self.steps:
            yield from (started, due, finished)
        for due, since in self.dues:
            yield from (due, since)
        for begin, end, _ in self.pauses:
            yield from (begin, end)

    @property
    def is_late(self) -> bool:
        """Tell whether it ended after its appointment."""
        if self.accepted_at is None or self.due_at is None or self.ended_at is None:
            return False
        return self.ended_at > max(self.due_at, self.accepted_at)


@dataclass(frozen=True)
class Explained:
    """What was found of one dossier: its clock, and its stops when it ended late."""

    told: Told
    clock: Clock | None
    stops: list[Stop]
    late_s: int
    late_first: bool
    late_fair: bool


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
    found = explained(told(cursor, codes), calendar)
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


def explained(dossiers: Sequence[Told], calendar: WorkingCalendar) -> list[Explained]:
    """Return what becomes of each dossier; every instant is put on the office's clock at once."""
    moments = sorted({at for one in dossiers for at in one.moments() if at is not None})
    seconds = calendar.office_seconds(instants(moments)).tolist()
    clocks: dict[datetime | None, int | None] = dict(zip(moments, seconds, strict=True))
    clocks[None] = None
    day_s = round(calendar.day_hours * 3600)
    return [_explained(one, clocks, day_s) for one in dossiers]


def _explained(one: Told, at: dict[datetime | None, int | None], day_s: int) -> Explained:
    begin, due, end = at[one.accepted_at], at[one.due_at], at[one.ended_at]
    if begin is None or due is None or end is None:
        return Explained(one, None, [], 0, False, False)
    dues = [at[told] or 0 for told, _ in one.dues] or [due]
    dues = dues if dues[-1] == due else [*dues, due]
    lawful = None if one.statutory_days is None else begin + round(max(one.statutory_days, 1) * day_s)
    if len(set(dues)) == 1 and lawful is not None and due - lawful > day_s:
        dues = [lawful, due]  # nobody told when it was moved, but nothing else puts it so far beyond the lawful time
    judged = clock(dues, _pauses(one, at), end, day_s, is_asked=one.asked_at is not None)
    late_s = max(0, end - max(due, begin)) if one.is_late else 0
    stops = split(begin, due, end, steps(one, at), moves(one, at)) if one.is_late else []
    is_first_later = one.is_late if dues[0] == due else end > max(dues[0], begin)
    is_fair_later = one.is_late if judged.fair_due == due else end > max(judged.fair_due, begin)
    return Explained(one, judged, stops, late_s, is_first_later, is_fair_later)


def steps(one: Told, at: dict[datetime | None, int | None]) -> list[Step]:
    """Return the steps of a dossier on the office's clock."""
    return [Step(code, holder, at[begin], at[due], at[end]) for code, holder, begin, due, end, _ in one.steps]


def moves(one: Told, at: dict[datetime | None, int | None]) -> list[Move]:
    """Return how the appointment of a dossier moved, on the office's clock."""
    pairs = zip(one.dues, one.dues[1:], strict=False)
    return [Move(at[since] or 0, (at[new] or 0) - (at[old] or 0)) for (old, _), (new, since) in pairs]


def _pauses(one: Told, at: dict[datetime | None, int | None]) -> list[tuple[int, int | None]]:
    """Return when the clock stood still: by the records of the dossier, else by steps that say so."""
    spans = [(at[begin] or 0, at[end]) for begin, end, reason in one.pauses if reason == str(PAUSED)]
    if not spans:
        spans = [(at[begin] or 0, at[end]) for _, _, begin, _, end, status in one.steps if status == PAUSED and begin]
    return spans


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
