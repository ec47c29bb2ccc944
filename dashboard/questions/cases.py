"""What the case list asks: the dossiers behind a number, a page at a time, as far as the reader may see them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from dashboard.accounts import Account
from dashboard.asking import ask
from dashboard.cache import Unavailable
from dashboard.placing import Placed, Placing
from dashboard.problems import Problem
from dashboard.questions import Asker
from dashboard.questions.lateness import Lateness, local
from dashboard.scope import Scope, Units
from dashboard.tables import Column, Table
from indicators.ageing import RANGES, Ageing
from layouts import filters, text
from layouts.cases import CHOICES

LIMIT, MOST = 100, 500
AT_ONCE = 5_000  # rows of an export that are read together
CHOSEN = ("proc", "holder", "week", "age")
FIRST = (-1e300, "")
LONG_AGO, FAR = datetime(1900, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)
Json = dict[str, Any]
State = Mapping[str, str]


class Cases:
    """The questions of /ho-so and of GET /api/v1/dossiers; a state is the query of the address."""

    scope: Scope | None = None  # who may see what, for exports; the web program says it

    def __init__(self, store: Asker, placing: Placing, lateness: Lateness) -> None:
        self._store = store
        self._placing = placing
        self._lateness = lateness

    def page(self, state: State, units: Units | None, after: str = "", limit: int = LIMIT) -> Json:
        """Return a page of dossiers and how many there are in all; `after` is the page before's cursor.

        `units` are the keys that the reader may see, None = all. Raises Unavailable before the first frame, Problem
        422 for what cannot be asked.
        """
        frame, held = self._frame(), _held(state)
        size = min(max(1, limit), MOST)
        question = ("cases", units, after, size, *held.items())
        return self._store.by_frame(question, lambda db: self._page(db, frame, held, units, _cursor(after), size))

    def tables_for(self, account: Account | None, state: State, language: str) -> list[Table]:
        """Return the whole list as a table; raise Problem for who may not see it."""
        units = self.scope.of(account) if self.scope else frozenset[str]()
        words = text.words(language)
        named = "name_en" if language == "en" else "name_vi"
        columns = (
            Column("code", words["cases.code"], "code"),
            Column("procedure", words["cases.procedure"]),
            Column("unit", words["cases.unit"]),
            Column("holder", words["cases.holder"]),
            Column("accepted_at", words["cases.accepted"], "time"),
            Column("due_at", words["cases.due"], "time"),
            Column("ended_at", words["cases.ended"], "time"),
            Column("days_late", words["cases.days_late"], "int"),
            Column("status", words["cases.status"]),
        )
        names = {unit["key"]: unit[named] or unit["name_vi"] for unit in self._store.units()}
        rows = self._all(state, units, lambda row: _exported(row, named, names, words))
        return [Table("cases", words["page.cases"], columns, rows)]

    def _all(self, state: State, units: Units | None, write: Callable[[Json], Json]) -> "Listed":
        """Return the whole list as of one frame, read part by part; what is read is not kept."""
        frame, held = self._frame(), _held(state)

        def read(after: tuple[float, str]) -> Json:
            return self._store.once(lambda db: self._page(db, frame, held, units, after, AT_ONCE))

        return Listed(read(FIRST), lambda token: read(_cursor(token)), write)

    def _frame(self) -> Json:
        frame = self._store.frame()
        if frame is None:
            raise Unavailable("no frame has been published yet")
        return frame

    def _page(
        self, db: Connection, frame: Json, held: State, units: Units | None, after: tuple[float, str], limit: int
    ) -> Json:
        at = local(frame)
        placed = self._placing.read(db, at.date())
        ageing = self._lateness.ageing(placed.registry, at.date())
        geo = placed.geography(held["geo"])
        allowed = _allowed(placed, units)
        ask(db, "cases", "scope", keys="*" if allowed is None else ",".join(_keys(placed, allowed)))
        asked = {
            "at": at,
            "units": _wanted(placed.unit_ids(geo, held["unit"]), allowed),
            "field": held["field"] or None,
            "procedure": held["proc"] or None,
            "sort": held["sort"],
            "after_key": after[0],
            "after_code": after[1],
            "limit": limit,
        }
        name, more = _list(held, at, ageing)
        found = ask(db, "cases", name, **asked, **more)
        rows = {row["code"]: row for row in ask(db, "cases", "rows", codes=[row["code"] for row in found])}
        shown = [
            _shown(rows[row["code"]], held["mode"], placed, geo, ageing, at) for row in found if row["code"] in rows
        ]
        last = found[-1] if len(found) == limit else None
        return {
            "version": frame["version"],
            "as_of": frame["as_of"],
            "mode": held["mode"],
            "total": found[0]["total"] if found else 0,
            "rows": shown,
            "after": _token(last["key"], last["code"]) if last else None,
        }


@dataclass(frozen=True)
class Listed:
    """Rows that are read part by part as they are asked for; how many there are is known from the first part."""

    first: Json
    read: Callable[[str], Json]
    write: Callable[[Json], Json]

    def __len__(self) -> int:
        return int(self.first["total"])

    def __iter__(self) -> Iterator[Json]:
        part = self.first
        while True:
            yield from map(self.write, part["rows"])
            if not part["after"]:
                return
            part = self.read(part["after"])


def _held(state: State) -> dict[str, str]:
    return filters.chosen(CHOICES, state) | {key: state.get(key, "") for key in CHOSEN}


def _allowed(placed: Placed, units: Units | None) -> frozenset[int] | None:
    """Return the units whose files a reader may see: those named, and whatever they stand for in any geography."""
    if units is None:
        return None
    own = {unit.id for unit in placed.registry.units if unit.key in units}
    tiles = (ids.items() for ids in placed.tiles.values())
    return frozenset(own | {id_ for members in tiles for id_, key in members if key in units})


def _keys(placed: Placed, allowed: frozenset[int]) -> list[str]:
    return sorted(unit.key for unit in placed.registry.units if unit.id in allowed)


def _wanted(asked: list[int] | None, allowed: frozenset[int] | None) -> list[int] | None:
    if allowed is None:
        return asked
    return sorted(allowed if asked is None else allowed & set(asked))


def _list(held: State, at: datetime, ageing: Ageing) -> tuple[str, Json]:
    """Return the query that answers a state, and the parameters that it alone has."""
    holder = _holder(held["holder"])
    if held["mode"] in ("finished", "accepted"):
        first, last = _window(held, at.date())
        span = {"from_at": _midnight(first, at), "to_at": _midnight(last + timedelta(days=1), at)}
        return held["mode"], span | (holder if held["mode"] == "finished" else {})
    if held["mode"] == "open":
        return "open", holder
    if held["week"]:
        return "late_then", {"to_at": _midnight(_day(held["week"]) + timedelta(weeks=1), at)}
    due = {"from_at": LONG_AGO, "to_at": FAR}
    if held["age"]:
        if held["age"] not in RANGES:
            raise Problem(422, "age is not known", f"age must be one of {', '.join(RANGES)}.")
        first, last = ageing.due_between(held["age"])
        due = {
            "from_at": due["from_at"] if first == date.min else _midnight(first, at),
            "to_at": due["from_at"] if last == date.min else _midnight(last + timedelta(days=1), at),
        }
    return "late", holder | due


def _window(held: State, today: date) -> tuple[date, date]:
    if not held["week"]:
        return filters.window(today, held["win"])
    monday = _day(held["week"])
    return monday, monday + timedelta(days=6)


def _day(asked: str) -> date:
    try:
        return date.fromisoformat(asked)
    except ValueError:
        raise Problem(422, "week is not a day", f"week={asked[:20]} is not an ISO 8601 day.") from None


def _holder(asked: str) -> Json:
    number = asked.removesuffix("s")
    if asked and not (number.isdecimal() and len(number) < 9):
        raise Problem(422, "holder is not known", f"holder={asked[:20]} is not the number of a holder.")
    return {"holder": int(number) if asked else None, "is_sent": asked.endswith("s")}


def _midnight(day: date, at: datetime) -> datetime:
    zone = at.tzinfo
    assert isinstance(zone, ZoneInfo)
    return datetime.combine(day, time(), zone)


def _shown(row: Json, mode: str, placed: Placed, geo: str, ageing: Ageing, at: datetime) -> Json:
    """Return a row as the list and the API tell it."""
    names = ("code", "procedure", "name_vi", "name_en", "field", "status", "agency", "department", "is_sent")
    times = ("submitted_at", "accepted_at", "accept_by", "due_at", "ended_at")
    keys = {unit.id: unit.key for unit in placed.registry.units}
    told = {name: row[name] for name in (*names, *times)}
    return told | {"unit": keys.get(row["unit_id"], ""), "days_late": _days_late(row, mode, ageing, at)}


def _days_late(row: Json, mode: str, ageing: Ageing, at: datetime) -> int | None:
    """Return for how many working days: past the acceptance clock in that list, past the due time in the others."""
    begin, end = (row["accept_by"], row["accepted_at"]) if mode == "accepted" else (row["due_at"], row["ended_at"])
    if begin is None:
        return None
    due, until = datetime.fromisoformat(begin), at if end is None else datetime.fromisoformat(end)
    if until <= due:
        return None
    return ageing.between(due.astimezone(at.tzinfo).date(), until.astimezone(at.tzinfo).date())


def _exported(row: Json, named: str, names: Mapping[str, str], words: Mapping[str, str]) -> Json:
    holder = " · ".join(filter(None, (row["agency"], row["department"])))
    status = words.get(f"cases.status_{row['status']}", "") if row["status"] else ""
    said = {"procedure": row[named] or row["name_vi"], "unit": names.get(row["unit"], row["unit"])}
    return row | said | {"holder": holder, "status": status}


def _token(key: float, code: str) -> str:
    return urlsafe_b64encode(json.dumps([key, code]).encode()).decode()


def _cursor(after: str) -> tuple[float, str]:
    if not after:
        return FIRST
    try:
        key, code = json.loads(urlsafe_b64decode(after.encode()))
        return float(key), str(code)
    except (ValueError, TypeError):
        raise Problem(422, "after is not a cursor", "after must be what the page before gave.") from None
