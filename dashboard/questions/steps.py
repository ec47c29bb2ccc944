"""What the page "who made it late" asks: the parts of each stop, and what moved appointments and pauses hide."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from dashboard.asking import ask
from dashboard.placing import Placed, Placing
from dashboard.questions import Asker, Rows
from dashboard.tables import Column, Table
from indicators.pauses import LINE, TIMES, movers
from layouts import filters, text
from layouts.attribution import CHOICES
from sql.registry_rows import Registry

Json = dict[str, Any]
State = Mapping[str, str]
NOBODY = 0
DAY_S = 28_800
TRACED = ("late", "late_first", "late_fair", "moved", "unexplained", "paused", "asked_twice")


class Steps:
    """The questions of /trach-nhiem; a state is the query of the address."""

    def __init__(self, store: Asker, placing: Placing) -> None:
        self._store = store
        self._placing = placing

    def page(self, state: State) -> Json | None:
        """Return everything of the page; None before the first frame. Times are seconds of office time.

        A stop is {"key", "holder", "is_sent", "to", "dossiers", "most", "alone", "late_s", "fields": {code: [late_s,
        dossiers, most, alone]}}; key "12" is the step of holder 12, "12s34" its handover to 34, "0" no steps at all.
        "units" holds by tile what ended, was late, would have been late, was moved, and whether it is named.
        """
        frame = self._store.frame()
        if frame is None:
            return None
        held = filters.chosen(CHOICES, state)
        today = datetime.fromisoformat(frame["as_of"]).astimezone(ZoneInfo(frame["timezone"])).date()
        first, through = filters.window(today, held["win"])
        question = ("attribution", first, through, held["geo"], held["unit"])
        found = self._store.by_minute(question, lambda db: self._page(db, held, first, through, today))
        stops = [_of_field(stop, held["field"]) for stop in found["stops"]]
        return found | {
            "version": frame["version"], "as_of": frame["as_of"], "first": first.isoformat(),
            "through": through.isoformat(), "stops": [stop for stop in stops if stop["dossiers"]],
        }  # fmt: skip

    def tables(self, state: State, language: str) -> list[Table]:
        """Return the stops and the units as tables."""
        found = self.page(state)
        if found is None:
            return []
        words = text.words(language)
        names = {unit["key"]: unit[f"name_{language}"] or unit["name_vi"] for unit in self._store.units()}
        return [_stop_table(found, words), _unit_table(found, words, names)]

    def _page(self, db: Connection, held: State, first: date, through: date, today: date) -> Json:
        placed = self._placing.read(db, today)
        geo = placed.geography(held["geo"])
        units = placed.unit_ids(geo, held["unit"])
        asked = {"first": first, "through": through}
        name, more = ("shares_city", {}) if units is None else ("shares_units", {"units": units})
        shares = ask(db, "attribution", name, **asked, **more)
        traces, ended = ask(db, "attribution", "traces", **asked), ask(db, "attribution", "ended", **asked)
        return {
            "geo": geo,
            "waiting": ask(db, "attribution", "owed")[0]["count"],
            "day_s": DAY_S if placed.registry.city is None else day_s(placed.registry),
            "holders": {row["id"]: [row["agency"], row["department"]] for row in ask(db, "attribution", "holders")},
            "stops": _stops(shares),
            **ledger(placed, geo, traces, ended),
        }


def day_s(registry: Registry) -> int:
    """Return the seconds of one working day."""
    from_hours = registry.city.calendar["office"] if registry.city else {}
    lengths = [sum(_seconds(b) - _seconds(a) for a, b in spans) for spans in from_hours.values() if spans]
    return max(set(lengths), key=lambda length: (lengths.count(length), length)) if lengths else DAY_S


def _seconds(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 3600 + int(minute) * 60


def _stops(rows: Rows) -> list[Json]:
    found: dict[str, Json] = {}
    for row in rows:
        key = f"{row['holder_id']}s{row['to_id']}" if row["is_sent"] else str(row["holder_id"])
        stop = found.setdefault(key, {
            "key": key, "holder": row["holder_id"], "is_sent": row["is_sent"], "to": row["to_id"], "fields": {},
        })  # fmt: skip
        stop["fields"][row["field"]] = [row["late_s"], row["dossiers"], row["most"], row["alone"]]
    return list(found.values())


def _of_field(stop: Json, field: str) -> Json:
    """Return a stop with its sums over one field, or all."""
    fields = {code: cell for code, cell in stop["fields"].items() if field in ("", code)}
    sums = [sum(cell[place] for cell in fields.values()) for place in range(4)]
    return stop | {"fields": fields} | dict(zip(("late_s", "dossiers", "most", "alone"), sums, strict=True))


def ledger(placed: Placed, geo: str, traces: Rows, ended: Rows) -> Json:
    """Return what was traced by tile with how far it is from its peers, and the line beyond which a tile is named."""
    rules = placed.registry.city.rules if placed.registry.city else {}
    line = rules.get("redating", {})
    minimum = rules.get("ranking", {}).get("minimum_n", 1)
    traced, whole = placed.gather(geo, traces, TRACED), placed.gather(geo, ended, ("ended",))
    keys = sorted(traced.keys() | whole.keys())
    rows: dict[str, Json] = {
        key: {"ended": whole.get(key, [0])[0]} | dict(zip(TRACED, traced.get(key, [0] * len(TRACED)), strict=True))
        for key in keys
    }
    unexplained = [row["unexplained"] for row in rows.values()]
    sizes = [row["ended"] for row in rows.values()]
    judged = movers(unexplained, sizes, minimum, line.get("line", LINE), line.get("times", TIMES))
    for row, one in zip(rows.values(), judged, strict=True):
        row |= {"rate": one.rate, "is_named": one.is_named}
    city = {name: sum(row[name] for row in rows.values()) for name in ("ended", *TRACED)}
    return {"units": rows, "city": city, "peers": judged[0].peers if judged else None}


def _stop_table(found: Json, words: dict[str, str]) -> Table:
    columns = (
        Column("stop", words["attribution.stop"]), Column("days", words["attribution.days"], "float"),
        Column("dossiers", words["attribution.dossiers"], "int"), Column("most", words["attribution.most"], "int"),
        Column("alone", words["attribution.alone"], "int"),
    )  # fmt: skip
    rows = [
        stop | {"stop": stop_name(stop, found["holders"], words), "days": round(stop["late_s"] / found["day_s"], 2)}
        for stop in sorted(found["stops"], key=lambda stop: -stop["late_s"])
    ]
    return Table("stops", words["attribution.stops"], columns, rows, definitions=("lateness_parts",))


def _unit_table(found: Json, words: dict[str, str], names: Mapping[str, str]) -> Table:
    counted = ("ended", *TRACED)
    columns = (
        Column("unit", words["attribution.unit"]),
        *(Column(name, words[f"attribution.{name}"], "int") for name in counted),
        Column("rate", words["attribution.rate"], "rate"),
        Column("named", words["attribution.named"]),
    )
    rows = [
        row | {"unit": names.get(key, key), "named": words["attribution.is_named"] if row["is_named"] else ""}
        for key, row in found["units"].items()
    ]
    return Table("redated", words["attribution.ledger"], columns, rows, definitions=("redated_rate",))


def stop_name(stop: Json, holders: Mapping[int, list[str]], words: Mapping[str, str]) -> str:
    """Return what a stop is called: a holder, or from whom to whom."""
    if not stop["is_sent"]:
        return holder_name(holders.get(stop["holder"]), words, "attribution.no_steps")
    sender = (
        holder_name(holders.get(stop["holder"]), words, "attribution.intake")
        if stop["holder"]
        else words["attribution.intake"]
    )
    receiver = (
        holder_name(holders.get(stop["to"]), words, "attribution.nobody") if stop["to"] else words["attribution.nobody"]
    )
    return words["attribution.handover"].format(sender=sender, receiver=receiver)


def holder_name(names: list[str] | None, words: Mapping[str, str], missing: str) -> str:
    """Return what a holder is called; '@commune' stands for the units of that level."""
    if names is None or names[0] == "@none":
        return words[missing]
    agency, department = names
    who = (
        words.get(f"lateness.holder_{agency[1:]}", words["lateness.holder_other"]) if agency.startswith("@") else agency
    )
    return " · ".join(part for part in (who, department) if part) or words["lateness.holder_other"]
