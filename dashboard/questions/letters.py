"""What the page of letters of apology asks: what each unit owes, sent in time, sent late, and has to review."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from dashboard.asking import ask
from dashboard.placing import Placed, Placing
from dashboard.questions import Asker, Rows
from dashboard.questions.dossier import Calendars, Dossiers
from dashboard.scope import Units
from dashboard.tables import Column, Table
from indicators.calendar import WorkingCalendar
from indicators.letters import Rule, last_day, predecessors, rule_of
from layouts import filters, text
from layouts.letters import CHOICES
from sql.registry_rows import Registry

COUNTED = ("sent", "sent_late", "again", "too_long")
REVIEWS = ("reviews_due", "reviews_overdue")
LISTED = 200
Json = dict[str, Any]
State = Mapping[str, str]


class Letters:
    """The questions of /thu-xin-loi; a state is the query of the address."""

    def __init__(self, store: Asker, placing: Placing, dossiers: Dossiers) -> None:
        self._store = store
        self._placing = placing
        self._dossiers = dossiers
        self._calendars: Calendars = dossiers.calendars

    def page(self, state: State) -> Json | None:
        """Return what the page adds to the frame, which itself tells what is owed now; None before the first frame.

        "units" holds by tile [sent, sent_late, again, too_long, never_sent, reviews_due, reviews_overdue]; "rules" what
        binds the city, and "fed" whether any feed tells of letters: without, nobody knows what was sent.
        """
        frame = self._store.frame()
        if frame is None:
            return None
        held = filters.chosen(CHOICES, state)
        at = datetime.fromisoformat(frame["as_of"]).astimezone(ZoneInfo(frame["timezone"]))
        first, through = filters.window(at.date(), held["win"])
        found = self._store.by_minute(
            ("letters", first, through, held["geo"]), lambda db: self._page(db, held, first, through, at)
        )
        return found | {"version": frame["version"], "first": first.isoformat(), "through": through.isoformat()}

    def cases(self, state: State, units: Units | None) -> Json:
        """Return the late files of a tile (or all) without a letter, the oldest first, each with its last day."""
        frame = self._store.frame()
        if frame is None:
            return {"rows": []}
        at = datetime.fromisoformat(frame["as_of"]).astimezone(ZoneInfo(frame["timezone"]))
        asked = (state.get("geo", ""), state.get("unit", ""))
        question = ("letter_cases", units, *asked)
        return {"rows": self._store.by_frame(question, lambda db: self._cases(db, *asked, at, units)), "most": LISTED}

    def rule(self, code: str, units: Units | None) -> tuple[Json, Rule | None, bool, date | None]:
        """Return a dossier, the rule of its unit, whether it is interlinked, and the last day for its letter."""
        head = self._dossiers.page(code, units)
        at = datetime.fromisoformat(head["as_of"])
        return self._store.by_minute(("letter_rule", code), lambda db: self._rule(db, head, at))

    def tables(self, state: State, language: str) -> list[Table]:
        """Return what each unit owes and sent."""
        found, frame = self.page(state), self._store.frame()
        if found is None or frame is None:
            return []
        words = text.words(language)
        names = {unit["key"]: unit[f"name_{language}"] or unit["name_vi"] for unit in self._store.units()}
        counted = ("owed", "overdue", *COUNTED, "never_sent", *REVIEWS)
        columns = (
            Column("unit", words["letters.unit"]), *(Column(name, words[f"letters.{name}"], "int") for name in counted)
        )  # fmt: skip
        rows = [row | {"unit": names.get(key, key)} | _owed(frame, key) for key, row in found["units"].items()]
        return [Table("letters", words["page.letters"], columns, rows, definitions=("letters_owed", "letters_overdue"))]

    def _page(self, db: Connection, held: State, first: date, through: date, at: datetime) -> Json:
        placed = self._placing.read(db, at.date())
        geo = placed.geography(held["geo"])
        asked = {"first": first, "through": through}
        judged = placed.gather(geo, ask(db, "letters", "judged", **asked), COUNTED)
        never = placed.gather(geo, ask(db, "letters", "never_sent", **asked), ("never_sent",))
        reviews = placed.gather(geo, ask(db, "letters", "reviews", at=at), REVIEWS)
        keys = sorted(set(placed.tiles[geo].values()) | judged.keys() | never.keys() | reviews.keys())
        rows = {
            key: dict(zip(COUNTED, judged.get(key, [0] * len(COUNTED)), strict=True))
            | {"never_sent": never.get(key, [0])[0]}
            | dict(zip(REVIEWS, reviews.get(key, [0, 0]), strict=True))
            for key in keys
        }
        given = rules_of(placed.registry)
        return {"geo": geo, "units": rows, "rules": given, "fed": bool(ask(db, "recount", "fed")[0]["letters"])}

    def _cases(self, db: Connection, geo: str, unit: str, at: datetime, allowed: Units | None) -> Rows:
        placed = self._placing.read(db, at.date())
        chosen = placed.unit_ids(placed.geography(geo), unit or None)
        ids = _within(placed, chosen, allowed)
        rows = ask(db, "letters", "owed_cases", at=at, units=ids, most=LISTED)
        calendar = self._calendars.of(placed.registry, at.date())
        binding = Binding(placed.registry, calendar)
        keys = {one.id: one.key for one in placed.registry.units}
        return [
            row
            | {"unit": keys.get(row["unit_id"], "")}
            | binding.told(row["unit_id"], _day(row["due_at"], at), row["is_interlinked"], at.date())
            for row in rows
        ]

    def _rule(self, db: Connection, head: Json, at: datetime) -> tuple[Json, Rule | None, bool, date | None]:
        placed = self._placing.read(db, at.date())
        binding = Binding(placed.registry, self._calendars.of(placed.registry, at.date()))
        interlinked = ask(db, "dossier", "is_interlinked", code=head["code"])[0]["is_interlinked"]
        unit_id = next((one.id for one in placed.registry.units if one.key == head["unit"]), 0)
        rule = binding.rule(unit_id, at.date())
        days = rule.days(interlinked) if rule else None
        missed = _day(head["due_at"], at) if head["due_at"] else at.date()
        return head, rule, interlinked, None if days is None else last_day(missed, days, binding.calendar)


class Binding:
    """What binds each unit of a registry."""

    def __init__(self, registry: Registry, calendar: WorkingCalendar) -> None:
        self.calendar = calendar
        self._given = rules_of(registry)
        self._codes = predecessors(registry.units, registry.successors)

    def rule(self, unit_id: int, day: date) -> Rule | None:
        """Return what binds a unit on a day."""
        return rule_of(self._given, self._codes.get(unit_id, set()), day)

    def told(self, unit_id: int, missed: date, is_interlinked: bool, today: date) -> Json:
        """Return the last day on which a letter for a missed day is in time, and whether that is over."""
        rule = self.rule(unit_id, today)
        days = rule.days(is_interlinked) if rule else None
        by = None if days is None else last_day(missed, days, self.calendar)
        return {"letter_by": by and by.isoformat(), "is_overdue": by is not None and by < today}


def rules_of(registry: Registry) -> list[Json]:
    """Return the rules of letters of the loaded profile."""
    found: list[Json] = registry.city.rules.get("letters", {}).get("rules", []) if registry.city else []
    return found


def _owed(frame: Json, key: str) -> Json:
    values = frame["units"].get(key, {})
    return {"owed": values.get("letters_owed"), "overdue": values.get("letters_overdue")}


def _within(placed: Placed, chosen: list[int] | None, allowed: Units | None) -> list[int]:
    ids = [unit.id for unit in placed.registry.units] if chosen is None else chosen
    if allowed is None:
        return ids
    own = {unit.id for unit in placed.registry.units if unit.key in allowed}
    own |= {id_ for members in placed.tiles.values() for id_, key in members.items() if key in allowed}
    return [id_ for id_ in ids if id_ in own]


def _day(instant: str, at: datetime) -> date:
    return datetime.fromisoformat(instant).astimezone(at.tzinfo).date()
