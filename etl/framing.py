"""The frame: every live number of the city and of every unit, from one snapshot of the database."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl.calendars import working_calendar
from etl.counting import LATE, OPEN, PLACE, Counted, Moment, from_facts, from_rollups
from etl.letters import Rules
from indicators import attention, live, silence
from indicators.geography import memberships
from sql import queries
from sql.registry_rows import Registry, city_of

Json = dict[str, Any]
HOURS = 24
USUAL_DAYS = 56
USUAL_AGE = timedelta(minutes=10)
MIDNIGHT_AGE = timedelta(minutes=1)
SENDERS_AGE = timedelta(minutes=1)
SENDERS_DAYS = 7


@dataclass
class Atlas:
    """Who collects whose counts: for each geography, the units that facts name → the units that screens show."""

    registry: Registry
    today: date
    targets: dict[str, int] = field(default_factory=dict)
    geographies: dict[str, list[str]] = field(default_factory=dict)
    routes: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    def __post_init__(self) -> None:
        keys = {unit.id: unit.key for unit in self.registry.units}
        for geography in city_of(self.registry).geographies:
            placed = memberships(self.registry.units, self.registry.successors, geography, self.today)
            pairs = [(base, one.target_id) for base, one in placed.items() if one.target_id is not None]
            shown = [unit.key for unit in self.registry.units if placed[unit.id].target_id == unit.id]
            self.geographies[geography.id] = shown
            new = {keys[target] for _, target in pairs} - set(self.targets)
            for key in shown:
                self.targets.setdefault(key, len(self.targets))
            route = [(base, self.targets[keys[target]]) for base, target in pairs if keys[target] in new]
            self.routes.append((np.array([b for b, _ in route], int), np.array([t for _, t in route], int)))

    @property
    def unit_ids(self) -> int:
        """Return the size of an array indexed by unit id."""
        return max(unit.id for unit in self.registry.units) + 1

    @property
    def field_ids(self) -> int:
        """Return the size of an array indexed by field id."""
        return max(one.id for one in self.registry.fields) + 1

    def collect(self, by_unit: np.ndarray) -> np.ndarray:
        """Return the sums by shown unit (in the order of `targets`) of an array whose first axis is the unit id."""
        sums = np.zeros((len(self.targets), *by_unit.shape[1:]), by_unit.dtype)
        for base, target in self.routes:
            np.add.at(sums, target, by_unit[base])
        return sums


@dataclass(frozen=True)
class Senders:
    """Name the units whose software is silent, and those that tell late with [events told, told late] of a week."""

    silent: frozenset[str] = frozenset()
    slow: dict[str, list[int]] = field(default_factory=dict)


class Framer:
    """Compute frames; what hardly moves (the usual day, last midnight's late) is asked again at its own pace."""

    def __init__(self, registry: Registry, now: datetime) -> None:
        city = city_of(registry)
        self.registry, self.city = registry, city
        self.calendar = working_calendar(city)
        self.letters = Rules(registry)
        self.atlas = Atlas(registry, Moment(now, city.timezone).local.date())
        self._usual: tuple[datetime, Json] | None = None
        self._midnight: tuple[datetime, dict[str, int]] | None = None
        self._senders: tuple[datetime, Senders] | None = None

    def frame(self, conn: Connection, now: datetime) -> Json:
        """Return the frame of now, without its version; one repeatable-read transaction."""
        moment = Moment(now, self.city.timezone)
        if moment.local.date() != self.atlas.today:
            self.atlas = Atlas(self.registry, moment.local.date())
            self._usual = self._midnight = self._senders = None
        with conn, conn.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
            cursor.execute("select set_config('timezone', %s, true)", (self.city.timezone,))
            return self._frame(cursor, moment)

    def recount(self, conn: Connection, at: datetime) -> Json:
        """Return {"at", "city", "units"} for an instant, straight from the facts as they stand now."""
        moment = Moment(at, self.city.timezone)
        with conn, conn.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
            return {"at": moment.local.isoformat()} | self.recounted(cursor, moment)

    def recounted(self, cursor: Cursor, moment: Moment) -> Json:
        """Return the indicators of the city and of every unit from the facts, in the caller's snapshot."""
        content_from = self.city.rules["satisfaction"]["content_from"]
        bounds = self.letters.bounds(moment.local.date())
        return self._indicators(from_facts(cursor, moment, self.atlas.unit_ids, content_from, bounds))

    def counted(self, cursor: Cursor, moment: Moment) -> Counted:
        """Return the counts from the rollups, in the caller's snapshot."""
        bounds = self.letters.bounds(moment.local.date())
        return from_rollups(cursor, moment, self.atlas.unit_ids, self.atlas.field_ids, bounds)

    def indicators(self, counted: Counted) -> Json:
        """Return {"city", "units"} of counts."""
        return self._indicators(counted)

    def _frame(self, cursor: Cursor, moment: Moment) -> Json:
        counted = self.counted(cursor, moment)
        shown = self._indicators(counted)
        cells = self._cells(counted)
        feeds = self._feeds(cursor, moment.at)
        return {
            "as_of": moment.local.isoformat(timespec="milliseconds"),
            "data_version": queries.run(cursor, "frame", "data_version")[0][0],
            "title": self.city.title,
            "simulated": self.city.simulated,
            "timezone": self.city.timezone,
            "feeds": feeds,
            **shown,
            "fields": cells,
            "hours": self._hours(cursor, moment),
            "attention": self._attention(cursor, moment, counted, shown, cells, feeds),
            "backfill": self._backfill(cursor),
        }

    def _indicators(self, counted: Counted) -> Json:
        total = counted.targets_total
        fed_by_key = {unit.key: counted.targets_fed.get(unit.id, 0) for unit in self.registry.units}
        city = self._live(
            counted.units.sum(axis=0), counted, (counted.targets_fed.get(None, 0), total) if total else None
        )
        units = {}
        for key, row in zip(self.atlas.targets, self.atlas.collect(counted.units), strict=True):
            units[key] = self._live(row, counted, (fed_by_key.get(key, 0), total) if total else None)
        if counted.units[0].any():
            units["unassigned"] = self._live(counted.units[0], counted, None)
        return {"city": city, "units": units}

    def _live(self, row: np.ndarray, counted: Counted, targets: tuple[int, int] | None) -> Json:
        return live.live(dict(zip(live.COUNTS, row.tolist(), strict=True)), counted.fed, targets)

    def _cells(self, counted: Counted) -> Json:
        """Return [open, late] by unit and field, only where something is open."""
        codes = {one.id: one.code for one in self.registry.fields}
        shown = {"city": counted.cells.sum(axis=0)}
        shown |= dict(zip(self.atlas.targets, self.atlas.collect(counted.cells), strict=True))
        return {
            key: {codes[int(f)]: [int(block[f, OPEN]), int(block[f, LATE])] for f in np.flatnonzero(block[:, OPEN])}
            for key, block in shown.items()
            if block.any()
        }

    def _feeds(self, cursor: Cursor, now: datetime) -> Json:
        out = {}
        for id_, title, dataset, event_at, fetched_at, failed_at, error, late_after_s, _every_s in queries.run(
            cursor, "frame", "feeds"
        ):
            out[id_] = {
                "title": title, "dataset": dataset, "event_at": _iso(event_at), "fetched_at": _iso(fetched_at),
                "late_after_s": late_after_s, "state": feed_state(now, event_at, fetched_at, failed_at, late_after_s),
                "error": error,
            }  # fmt: skip
        return out

    def _hours(self, cursor: Cursor, moment: Moment) -> Json:
        if self._usual is None or moment.at - self._usual[0] > USUAL_AGE:
            self._usual = (moment.at, self._usual_day(cursor, moment))
        hours: Json = {"day": moment.local.date().isoformat()}
        hours |= {name: [0] * HOURS for name in ("received", "finished", "tickets_opened", "tickets_closed")}
        for _, hour, *values in queries.run(cursor, "frame", "hours", from_at=moment.day, at=moment.at):
            for name, value in zip(("received", "finished", "tickets_opened", "tickets_closed"), values, strict=True):
                hours[name][hour] += value
        return hours | self._usual[1]

    def _usual_day(self, cursor: Cursor, moment: Moment) -> Json:
        """Return the mean by hour of the same weekdays of 8 weeks that were working days as today is, or not."""
        today = moment.local.date()
        by_day: dict[date, np.ndarray] = defaultdict(lambda: np.zeros((HOURS, 2)))
        first = moment.day - timedelta(days=USUAL_DAYS)
        for day, hour, received, finished, *_ in queries.run(cursor, "frame", "hours", from_at=first, at=moment.day):
            by_day[day][hour] += (received, finished)
        kind = (today.weekday(), self.calendar.is_working_day(today))
        alike = [rows for day, rows in by_day.items() if (day.weekday(), self.calendar.is_working_day(day)) == kind]
        if not alike:
            return {"usual_received": None, "usual_finished": None}
        mean = np.mean(alike, axis=0).round(1)
        return {"usual_received": mean[:, 0].tolist(), "usual_finished": mean[:, 1].tolist()}

    def _attention(
        self, cursor: Cursor, moment: Moment, counted: Counted, shown: Json, cells: Json, feeds: Json
    ) -> Json:
        midnight = self._late_at_midnight(cursor, moment)
        told = [one["state"] for one in feeds.values() if one["dataset"] == "dossiers"]
        is_silent = bool(told) and all(state != "live" for state in told)
        minimum_n = self.city.rules["ranking"]["minimum_n"]
        senders = self._sending(cursor, moment, counted)
        silent = is_silent or senders.silent
        return {
            id_: attention.attention(
                shown["units"], cells, self.city.thresholds, minimum_n, midnight, keys, silent, senders.slow
            )
            for id_, keys in self.atlas.geographies.items()
        }

    def _sending(self, cursor: Cursor, moment: Moment, counted: Counted) -> Senders:
        """Return the units whose software is silent or tells late; judged each minute, never during a backfill."""
        if self._senders is None or moment.at - self._senders[0] > SENDERS_AGE:
            done, of = queries.run(cursor, "frame", "backfill")[0]
            found = self._judge_senders(cursor, moment, counted) if done >= of else Senders()
            self._senders = (moment.at, found)
        return self._senders[1]

    def _judge_senders(self, cursor: Cursor, moment: Moment, counted: Counted) -> Senders:
        told = np.zeros((self.atlas.unit_ids, 2), np.int64)
        heard = np.zeros(self.atlas.unit_ids, np.int64)
        from_on = moment.local.date() - timedelta(days=SENDERS_DAYS - 1)
        for unit, events, slow, heard_at in queries.run(cursor, "senders", "week", from_on=from_on):
            told[unit], heard[unit] = (events, slow), heard_at.timestamp()
        newest = np.zeros(len(self.atlas.targets), np.int64)
        for base, target in self.atlas.routes:
            np.maximum.at(newest, target, heard[base])
        events = counted.units[:, [PLACE["received"], PLACE["finished"]]].sum(axis=1)
        shares = self.atlas.collect(events) / max(int(events.sum()), 1)
        since = self._events_since(cursor, moment, newest)
        keys = list(self.atlas.targets)
        week = dict(zip(keys, self.atlas.collect(told).tolist(), strict=True))
        expected = dict(zip(keys, (shares * since).tolist(), strict=True))
        found = silence.verdicts(week, expected)
        return Senders(
            frozenset(key for key, state in found.items() if state == "silent"),
            {key: week[key] for key, state in found.items() if state == "slow"},
        )

    def _events_since(self, cursor: Cursor, moment: Moment, newest: np.ndarray) -> np.ndarray:
        """Return what the city told of since each unit was last heard; nothing for a unit that never was."""
        first = moment.at - timedelta(days=SENDERS_DAYS)
        zone = moment.local.tzinfo
        by_hour = {
            datetime(day.year, day.month, day.day, hour, tzinfo=zone): received + finished
            for day, hour, received, finished, *_ in queries.run(cursor, "frame", "hours", from_at=first, at=moment.at)
        }
        known = {int(at): datetime.fromtimestamp(int(at), UTC) for at in set(newest.tolist()) if at}
        since = {at: silence.events_since(max(heard_at, first), moment.at, by_hour) for at, heard_at in known.items()}
        return np.array([since.get(int(at), 0.0) for at in newest])

    def _late_at_midnight(self, cursor: Cursor, moment: Moment) -> dict[str, int]:
        if self._midnight is None or moment.at - self._midnight[0] > MIDNIGHT_AGE:
            late = np.zeros(self.atlas.unit_ids, np.int64)
            for unit, count in queries.run(cursor, "frame", "midnight", today=moment.local.date()):
                late[unit] = count
            self._midnight = (moment.at, dict(zip(self.atlas.targets, self.atlas.collect(late).tolist(), strict=True)))
        return self._midnight[1]

    def _backfill(self, cursor: Cursor) -> Json | None:
        done, of = queries.run(cursor, "frame", "backfill")[0]
        return {"done": done, "of": of} if done < of else None


def feed_state(
    now: datetime, event_at: datetime | None, fetched_at: datetime | None, failed_at: datetime | None, late_after_s: int
) -> str:
    """Return live, silent (no event for longer than late_after), failing (the last run failed) or never."""
    if failed_at is not None:
        return "failing"
    if event_at is None and fetched_at is None:
        return "never"
    return "live" if event_at is not None and (now - event_at).total_seconds() <= late_after_s else "silent"


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
