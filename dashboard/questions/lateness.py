"""What the page of late dossiers asks: where lateness is, since when, and who has the files."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from dashboard import late_weeks
from dashboard.asking import ask
from dashboard.late_cells import Memo, Selected, alike, by_field, clocks, groups
from dashboard.late_tables import LateTables
from dashboard.placing import UNASSIGNED, Placed, Placing
from dashboard.questions import Asker, Rows
from dashboard.tables import Table
from indicators.ageing import RANGES, Ageing
from indicators.calendar import WorkingCalendar
from layouts import filters
from layouts.lateness import CHOICES
from sql.registry_rows import Registry

PROCEDURES = 15
MODES = {"finished": ("finished_late", "judged"), "accepted": ("accepted_late", "accept_judged")}
Json = dict[str, Any]
State = Mapping[str, str]


class Lateness:
    """The questions of /tre-han; a state is the query of the address."""

    def __init__(self, store: Asker, placing: Placing) -> None:
        self._store = store
        self._placing = placing
        self._ageing: tuple[Registry, date, Ageing] | None = None
        self._memo = Memo()

    def page(self, state: State) -> Json | None:
        """Return everything of the page but what the frame itself tells; None before the first frame.

        Cells are [late, of]. "fields" is None for late now: the browser takes it from the frame, "weeks" holds 52
        cells a tile, "holders" counts by field and holder ("12s" = sent on by holder 12, not yet received).
        """
        frame = self._store.frame()
        if frame is None:
            return None
        held = filters.chosen(CHOICES, state)
        today = local(frame).date()
        first, through = filters.window(today, held["win"])
        now = self.now(frame)
        placed: Placed = now["placed"]
        geo = placed.geography(held["geo"])
        selected = Selected(placed, geo, held["unit"], held["field"])
        windowed = self._windowed(first, through)
        fields = None if held["mode"] == "late" else self._by_field(windowed, placed, geo, held["mode"])
        return {
            "version": frame["version"],
            "as_of": frame["as_of"],
            "mode": held["mode"],
            "geo": geo,
            "win": held["win"],
            "first": first.isoformat(),
            "through": through.isoformat(),
            "groups": self._memo.get(("groups", geo), (placed,), lambda: groups(placed, geo)),
            "fields": fields,
            "order": self._alike(fields or frame["fields"], placed, geo) if held["sort"] == "alike" else None,
            "weeks": self._weeks(today, through, placed, geo, held["mode"], frame),
            "holders": self._holders(now, held["mode"], selected, first, through),
            "ages": _ages(selected.of(now["rows"])),
            **self._procedures(now, held["mode"], selected, first, through),
            "clocks": clocks(windowed, placed, geo, selected),
        }

    def tables(self, state: State, language: str) -> list[Table]:
        """Return the page as tables: every cell that the address leaves."""
        page, frame = self.page(state), self._store.frame()
        if page is None or frame is None:
            return []
        placed: Placed = self.now(frame)["placed"]
        now = {key: {code: [late, n] for code, (n, late) in cells.items()} for key, cells in frame["fields"].items()}
        rules = placed.registry.city.rules if placed.registry.city else {}
        minimum = int(rules.get("ranking", {}).get("minimum_n", 0))
        return LateTables(page, page["fields"] or now, placed, language).all(minimum)

    def now(self, frame: Json) -> Json:
        """Return the late files at the frame's instant by unit, procedure, holder and age, with their names."""
        return self._store.by_frame(("late_now",), lambda db: self._now(db, frame))

    def _now(self, db: Connection, frame: Json) -> Json:
        at = local(frame)
        placed = self._placing.read(db, at.date())
        procedures = {row["id"]: row for row in ask(db, "lateness", "procedures")}
        ageing = self.ageing(placed.registry, at.date())
        bounds = [datetime.combine(day, time(), at.tzinfo) for day in ageing.bounds]
        rows = ask(db, "lateness", "late_now", at=at, bounds=bounds)
        for row in rows:
            row["field"] = procedures[row["procedure_id"]]["field"]
            row["age"] = RANGES[len(bounds) - row["place"]]
        return {
            "placed": placed,
            "zone": frame["timezone"],
            "rows": rows,
            "procedures": procedures,
            "holders": {row["id"]: row for row in ask(db, "attribution", "holders")},
        }

    def ageing(self, registry: Registry, today: date) -> Ageing:
        """Return the working days up to today by the profile's calendar, made once a day."""
        kept = self._ageing
        if kept is None or kept[0] is not registry or kept[1] != today:
            city = registry.city
            spec, zone = (city.calendar, city.timezone) if city else ({}, "UTC")
            calendar = WorkingCalendar(spec, zone, range(today.year - 6, today.year + 1))
            kept = self._ageing = registry, today, Ageing(calendar, today)
        return kept[2]

    def _alike(self, cells: Json, placed: Placed, geo: str) -> list[str]:
        order: list[str] = self._memo.get(("alike", geo), (cells, placed), lambda: alike(cells, placed, geo))
        return order

    def _by_field(self, windowed: Rows, placed: Placed, geo: str, mode: str) -> Json:
        cells: Json = self._memo.get(
            ("fields", geo, mode), (windowed, placed), lambda: by_field(windowed, placed, geo, *MODES[mode])
        )
        return cells

    def _windowed(self, first: date, through: date) -> Rows:
        """Return what was accepted and finished in a window by unit and field."""
        asked = {"first": first, "through": through}

        def answer(db: Connection) -> Rows:
            fields = {row["id"]: row["code"] for row in ask(db, "lateness", "fields")}
            rows = ask(db, "lateness", "window_fields", **asked)
            return [row | {"field": fields[row["field_id"]]} for row in rows]

        return self._store.by_minute(("late_window", first, through), answer)

    def _weeks(self, today: date, last: date, placed: Placed, geo: str, mode: str, frame: Json) -> Json:
        """Return the 52 weeks until that of a day, by tile; for late now the cell of this week is the frame's."""
        weeks = late_weeks.mondays(last)

        def answer(db: Connection) -> tuple[Rows, Rows, date | None]:
            name = "unit_week_ends" if mode == "late" else "unit_weeks"
            rows = ask(db, "lateness", name, first=weeks[0], through=today)
            return rows, ask(db, "lateness", "unit_stock"), ask(db, "overview", "dossier_first_day")[0]["day"]

        answered = self._store.by_minute(("late_weeks", mode == "late", weeks[0], today), answer)
        cells = self._memo.get(
            ("weeks", geo, mode, last), (answered, placed), lambda: _week_cells(weeks, answered, placed, geo, mode)
        )
        if mode == "late" and last == today:
            cells = {key: [*line[:-1], _now_of(frame, key) or line[-1]] for key, line in cells.items()}
        return {"days": [day.isoformat() for day in weeks], "cells": cells}

    def _holders(self, now: Json, mode: str, selected: Selected, first: date, through: date) -> Json | None:
        """Return who has, or made, the late files of each field; None for the acceptance clock, which has no steps."""
        if mode == "accepted":
            return None
        rows = selected.of(now["rows"]) if mode == "late" else self._blamed(selected, first, through)
        cells: dict[str, dict[str, int]] = {}
        for row in rows:
            cell = cells.setdefault(row["field"], {})
            holder = f"{row['holder_id']}s" if row["is_sent"] else str(row["holder_id"])
            cell[holder] = cell.get(holder, 0) + row["late"]
        ids = {holder.rstrip("s") for cell in cells.values() for holder in cell}
        known = now["holders"]
        names = {id_: [known[int(id_)]["agency"], known[int(id_)]["department"]] for id_ in ids if int(id_) in known}
        return {"names": names, "cells": cells}

    def _procedures(self, now: Json, mode: str, selected: Selected, first: date, through: date) -> Json:
        """Return the procedures with most late files: finished late in the window, or late now in the other modes."""
        if mode == "finished":
            counted = self._finished_procedures(now, selected, first, through)
        else:
            counted = [(row["procedure_id"], row["late"]) for row in selected.of(now["rows"])]
        late: dict[int, int] = {}
        for id_, files in counted:
            late[id_] = late.get(id_, 0) + files
        worst = sorted(late, key=lambda id_: (-late[id_], id_))[:PROCEDURES]
        rows = [now["procedures"][id_] | {"late": late[id_], "of": sum(late.values())} for id_ in worst]
        return {"procedures": rows, "procedures_mode": "finished" if mode == "finished" else "late"}

    def _finished_procedures(self, now: Json, selected: Selected, first: date, through: date) -> list[tuple[int, int]]:
        units, zone = selected.unit_ids, now["zone"]

        def answer(db: Connection) -> Rows:
            asked = {"first": first, "through": through}
            if units is None:
                return ask(db, "lateness", "finished_procedures", **asked)
            return ask(db, "lateness", "finished_procedures_of", units=units, zone=zone, **asked)

        rows = self._store.by_minute(("late_procedures", selected.geo, selected.unit, first, through), answer)
        fields = {id_: row["field"] for id_, row in now["procedures"].items()}
        known = [row for row in rows if row["procedure_id"] in fields]
        return [
            (row["procedure_id"], row["late"]) for row in known if selected.field in ("", fields[row["procedure_id"]])
        ]

    def _blamed(self, selected: Selected, first: date, through: date) -> Rows:
        units = selected.unit_ids

        def answer(db: Connection) -> Rows:
            fields = {row["id"]: row["code"] for row in ask(db, "lateness", "fields")}
            asked = {"first": first, "through": through}
            name, more = ("blamed_city", {}) if units is None else ("blamed", {"units": units})
            return [row | {"field": fields[row["field_id"]]} for row in ask(db, "lateness", name, **asked, **more)]

        question = ("blamed", selected.geo, selected.unit, first, through)
        return [row for row in self._store.by_minute(question, answer) if selected.field in ("", row["field"])]


def _ages(rows: Rows) -> dict[str, int]:
    """Return how many files are in each range of working days; every range is there, 0 where there are none."""
    sums = dict.fromkeys(RANGES, 0)
    for row in rows:
        sums[row["age"]] += row["late"]
    return sums


def local(frame: Json) -> datetime:
    """Return the instant of a frame on the city's clock."""
    return datetime.fromisoformat(frame["as_of"]).astimezone(ZoneInfo(frame["timezone"]))


def _now_of(frame: Json, key: str) -> list[int] | None:
    values = frame["units"].get(key)
    if not values or values["dossiers_late"] is None:
        return None
    return [values["dossiers_late"], values["dossiers_open"]]


def _week_cells(weeks: list[date], answered: Any, placed: Placed, geo: str, mode: str) -> dict[str, list[Any]]:
    """Return a cell a week by tile; None before anything is known."""
    rows, stock, known_from = answered
    tiles = late_weeks.by_tile(rows, placed.tiles[geo], UNASSIGNED)
    still = placed.gather(geo, stock, ("open", "due"))
    first_known = weeks[0] if known_from is None else known_from
    cells: dict[str, list[Any]] = {}
    for key in tiles.keys() | still.keys():
        sums = tiles.get(key, {})
        if mode == "late":
            line = late_weeks.late_at_ends(weeks, sums, *still.get(key, [0, 0]))
        else:
            line = late_weeks.in_weeks(weeks, sums, *MODES[mode])
        cells[key] = [cell if week >= first_known else None for week, cell in zip(weeks, line, strict=True)]
    return cells
