"""What the page of one dossier asks: its course against its deadlines, its lateness split, its letters."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from dashboard.asking import ask
from dashboard.cache import Unavailable
from dashboard.placing import Placed, Placing
from dashboard.problems import Problem
from dashboard.questions import Asker
from dashboard.scope import Units
from indicators.attribution import Stop
from indicators.calendar import WorkingCalendar
from indicators.course import Explained, Told, explained, office_clock
from sql.registry_rows import Registry

YEARS_BACK = 8
Json = dict[str, Any]
SHOWN = (
    "code", "field", "procedure", "name_vi", "name_en", "statutory_days", "channel", "status", "submitted_at",
    "accept_by", "accepted_at", "due_at", "finished_at", "returned_at", "stopped_at", "ended_at",
)  # fmt: skip


class Calendars:
    """Keeps the working calendar of the registry that pages see; made once a year and profile."""

    def __init__(self) -> None:
        self._kept: tuple[Registry, int, WorkingCalendar] | None = None

    def of(self, registry: Registry, today: date) -> WorkingCalendar:
        """Return the calendar of the last years and the next one."""
        kept = self._kept
        if kept is None or kept[0] is not registry or kept[1] != today.year:
            spec, zone = (registry.city.calendar, registry.city.timezone) if registry.city else ({}, "UTC")
            made = WorkingCalendar(spec, zone, range(today.year - YEARS_BACK, today.year + 3))
            kept = self._kept = registry, today.year, made
        return kept[2]


class Dossiers:
    """The questions of /ho-so/<code>."""

    def __init__(self, store: Asker, placing: Placing) -> None:
        self._store = store
        self._placing = placing
        self.calendars = Calendars()

    def page(self, code: str, units: Units | None) -> Json:
        """Return everything of one dossier; raise Problem 404 for an unknown one and 403 for one out of scope.

        `units` are the keys of the units whose case files the reader may see, None = all.
        """
        frame = self._store.frame()
        if frame is None:
            raise Unavailable("no frame has been published yet")
        at = datetime.fromisoformat(frame["as_of"]).astimezone(ZoneInfo(frame["timezone"]))
        found = self._store.by_frame(("dossier", code), lambda db: self._page(db, code, at))
        if found is None:
            raise Problem(404, "there is no such dossier", f"No feed has told of a dossier {code}.")
        check_scope(found["held_by"], units)
        return found | {"version": frame["version"], "as_of": frame["as_of"]}

    def _page(self, db: Connection, code: str, at: datetime) -> Json | None:
        head = next(iter(ask(db, "dossier", "head", code=code)), None)
        if head is None:
            return None
        placed = self._placing.read(db, at.date())
        said = {name: ask(db, "dossier", name, code=code) for name in ("steps", "dues", "pauses", "ratings", "letters")}
        told = _told(head, said)
        calendar = self.calendars.of(placed.registry, at.date())
        one = explained([told], calendar, at)[0]
        moments = {value: key for key, value in office_clock([told], calendar, at).items() if key is not None}
        names = {step["holder_id"]: [step["agency"], step["department"]] for step in said["steps"]}
        return {
            **{name: head[name] for name in SHOWN},
            "unit": next((unit.key for unit in placed.registry.units if unit.id == head["unit_id"]), ""),
            "held_by": sorted(keys_of(placed, head["unit_id"])),
            "day_s": round(calendar.day_hours * 3600),
            "is_late": told.is_late_at(told.ended_at or at),
            "late_s": one.late_s,
            **_clock(one),
            **{name: said[name] for name in ("steps", "dues", "pauses", "ratings", "letters")},
            "stops": [_stop(stop, names, moments) for stop in one.stops],
        }


def check_scope(held_by: Sequence[str], units: Units | None) -> None:
    """Raise Problem 403 for a dossier of none of the units; `held_by` are the keys that its unit goes by."""
    if units is not None and not units & set(held_by):
        raise Problem(
            403, "not your unit's dossier", "This dossier belongs to a unit whose case files you may not see."
        )


def keys_of(placed: Placed, unit_id: int) -> set[str]:
    """Return the keys that a unit goes by: its own, and those of the tiles that show it."""
    own = {unit.key for unit in placed.registry.units if unit.id == unit_id}
    return own | {members[unit_id] for members in placed.tiles.values() if unit_id in members}


def _told(head: Json, said: dict[str, list[Json]]) -> Told:
    steps = [
        (s["code"], s["holder_id"], _at(s["started_at"]), _at(s["due_at"]), _at(s["finished_at"]), s["status"])
        for s in said["steps"]
    ]
    return Told(
        head["code"], head["unit_id"], head["field_id"], _at(head["accepted_at"]), _at(head["due_at"]),
        _at(head["ended_at"]), None, head["statutory_days"] if head["is_given"] else None, _at(head["asked_at"]), steps,
        [(_at(due["due_at"]), _at(due["since"])) for due in said["dues"]],
        [(_at(one["from_at"]), _at(one["to_at"]), one["reason"]) for one in said["pauses"]],
    )  # fmt: skip


def _at(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _clock(one: Explained) -> Json:
    if one.clock is None:
        return {"moves": 0, "asks": 0, "is_unexplained": False, "late_first": False, "late_fair": False, "paused_s": 0}
    return {
        "moves": one.clock.moves, "asks": one.clock.asks, "is_unexplained": one.clock.is_unexplained,
        "late_first": one.late_first, "late_fair": one.late_fair, "paused_s": one.clock.paused,
    }  # fmt: skip


def _stop(stop: Stop, names: dict[int, list[str]], moments: dict[int | None, datetime]) -> Json:
    return {
        "step": stop.step, "holder": names.get(stop.holder), "to": names.get(stop.to),
        "begin_at": _iso(moments.get(stop.begin)), "end_at": _iso(moments.get(stop.end)),
        "used_s": stop.used, "allowed_s": stop.allowed, "late_s": stop.late, "is_alone": stop.is_alone,
    }  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
