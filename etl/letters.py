"""Letters of apology on the data path: the bounds that the frame counts by, and the job that judges what was sent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl.calendars import working_calendar
from indicators.attribution import instants
from indicators.calendar import WorkingCalendar
from indicators.letters import Letter, Rule, earliest_in_time, judge, predecessors, rule_of
from sql import queries, registry
from sql.registry_rows import City, Registry, city_of

MOST = 5000
Json = dict[str, Any]


class Rules:
    """Know what binds each unit on a day, by a loaded profile."""

    def __init__(self, registry_: Registry) -> None:
        self.city: City = city_of(registry_)
        self.calendar: WorkingCalendar = working_calendar(self.city)
        self.given: list[Json] = self.city.rules.get("letters", {}).get("rules", [])
        self.codes = predecessors(registry_.units, registry_.successors) if self.given else {}
        self._kept: tuple[date, list[Json]] | None = None

    def rule(self, unit_id: int, day: date) -> Rule | None:
        """Return what binds a unit on a day."""
        return rule_of(self.given, self.codes.get(unit_id, set()), day)

    def bounds(self, today: date) -> list[Json]:
        """Return from which due time on a letter would still be in time today, by unit that a rule binds.

        Made once a day: rows of unit_id, bound and bound_interlinked, as the queries of letters.sql take them.
        """
        if self._kept is None or self._kept[0] != today:
            self._kept = today, [row for id_ in self.codes if (row := self._bound(id_, today))]
        return self._kept[1]

    def _bound(self, unit_id: int, today: date) -> Json | None:
        rule = self.rule(unit_id, today)
        if rule is None:
            return None
        plain, interlinked = (self._midnight(rule.days(one), today) for one in (False, True))
        return {"unit_id": unit_id, "bound": plain, "bound_interlinked": interlinked}

    def _midnight(self, days: int | None, today: date) -> str | None:
        if days is None:
            return None
        return _midnight(earliest_in_time(today, days, self.calendar), self.city.timezone).isoformat()


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


def work(conn: Connection) -> int:
    """Judge the letters that came or changed; return of how many dossiers."""
    with conn:
        rules = Rules(registry.read(conn))
    done = 0
    while True:
        with conn, conn.cursor() as cursor:
            cursor.execute("select set_config('timezone', %s, true)", (rules.city.timezone,))
            codes = [code for (code,) in queries.run(cursor, "letters", "claim", most=MOST)]
            if codes:
                _judge(cursor, codes, rules)
                done += len(codes)
        if len(codes) < MOST:
            return done


def owe_all(conn: Connection) -> None:
    """Mark every letter, so that the next turn judges it anew."""
    with conn, conn.cursor() as cursor:
        queries.run(cursor, "letters", "owe_all")


def _judge(cursor: Cursor, codes: Sequence[str], rules: Rules) -> None:
    sent = queries.run(cursor, "letters", "sent", codes=codes)
    dues: dict[str, list[tuple[datetime, datetime]]] = {code: [] for code in codes}
    for code, due, since in queries.run(cursor, "attribution", "dues", codes=codes):
        dues[code].append((due, since))
    verdicts = [
        _verdict(row, number, dues[code], rules)
        for code, letters in groupby(sent, key=lambda row: row[0])
        for number, row in enumerate(letters, 1)
    ]
    queries.run(cursor, "letters", "forget", codes=codes)
    queries.run(cursor, "letters", "keep", rows=json.dumps(verdicts, default=str))
    queries.run(cursor, "letters", "mark_traced", codes=codes)


def _verdict(row: tuple, number: int, dues: list[tuple[datetime, datetime]], rules: Rules) -> Json:
    dossier, code, sent_at, new_due, reviewed_at, unit, field, due, statutory, interlinked, sent_on = row
    missed = missed_due(sent_at, dues) or due or sent_at
    zone = ZoneInfo(rules.city.timezone)
    seconds = rules.calendar.office_seconds(instants([missed, new_due])).tolist()
    day_s = rules.calendar.day_hours * 3600
    letter = Letter(
        sent_at, missed.astimezone(zone).date(), number, interlinked,
        None if statutory is None else max(statutory, 1) * day_s, None if new_due is None else seconds[1] - seconds[0],
    )  # fmt: skip
    found = judge(letter, rules.rule(unit, sent_on), sent_on, rules.calendar)
    review_by = found.review_on and _midnight(found.review_on + timedelta(days=1), rules.city.timezone)
    return {
        "dossier_code": dossier, "code": code, "unit_id": unit, "field_id": field, "day": sent_on,
        "is_late": found.is_late, "is_again": found.is_again, "is_too_long": found.is_too_long,
        "review_by": review_by, "reviewed_at": reviewed_at,
    }  # fmt: skip


def missed_due(sent_at: datetime, dues: Sequence[tuple[datetime, datetime]]) -> datetime | None:
    """Return the appointment that stood when a letter was sent; `dues` are (due, told since), the first one first.

    None when the appointment never moved.
    """
    if not dues:
        return None
    standing = [due for due, since in dues if since < sent_at]
    return standing[-1] if standing else dues[0][0]
