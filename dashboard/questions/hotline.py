"""What the page of the hotline asks: what is open now, what the last weeks tell, and the calls behind a number."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection

from dashboard.asking import ask
from dashboard.hotline_tables import HotlineTables
from dashboard.moments import local
from dashboard.placing import ALL, UNASSIGNED, Placed, Placing
from dashboard.questions import Asker, Rows, names_of
from dashboard.tables import Table
from indicators import hotline
from indicators.rates import rate
from layouts import filters

PAGE_ROWS = 50
BURST_WEEKS = 4
MONTH_DAYS = 30
COUNTS = ("opened", "reopened", "answered", "ended", "judged", "on_time")
LISTS = ("open", "late", "opened", "reopened", "closed", "closed_late")
LISTED_BY = ("calls", "geo", "unit", "cat", "win", "slot", "page")
OPENED, ANSWERED, ENDED = 0, 1, 2
Json = dict[str, Any]
State = Mapping[str, str]


class Hotline:
    """The questions of /1022; a state is the query of the address."""

    def __init__(self, store: Asker, placing: Placing) -> None:
        self._store = store
        self._placing = placing

    def now(self, state: State) -> Json | None:
        """Return what is open at the newest frame's instant by unit and category; None before the first frame.

        {"version", "as_of", "geo", "categories": [row], "cells": {unit key: {category code: [open, late, due_24h]}}}
        """
        frame = self._store.frame()
        if frame is None:
            return None
        found = self._store.by_frame(("hotline_now",), lambda db: self._open(db, frame))
        geo = found["placed"].geography(state.get("geo"))
        cells: dict[str, dict[str, list[int]]] = {}
        codes = {row["id"]: row["code"] for row in found["categories"]}
        for row in found["rows"]:
            cell = cells.setdefault(found["placed"].key(geo, row["unit_id"]), {})
            before = cell.get(codes[row["category_id"]], [0, 0, 0])
            more = [row["open"], row["late"], row["due_24h"]]
            cell[codes[row["category_id"]]] = [a + b for a, b in zip(before, more, strict=True)]
        return {name: found[name] for name in ("version", "as_of", "categories")} | {"geo": geo, "cells": cells}

    def past(self, state: State) -> Json | None:
        """Return the weeks of the window: counts by unit and category, waits, hours, bursts, calls about dossiers."""
        frame = self._store.frame()
        if frame is None:
            return None
        today = local(frame).date()
        span = weeks(state, today)
        said = (state.get("geo"), state.get("unit"), state.get("cat"))
        question = ("hotline_past", *span, today, *said)
        return self._store.by_minute(question, lambda db: self._past(db, frame, span, today, *said))

    def calls(self, state: State) -> Json | None:
        """Return one page of the calls behind a number: {"kind", "total", "page", "rows"}; None when none is asked."""
        frame, kind = self._store.frame(), state.get("calls", "")
        if frame is None or kind not in LISTS:
            return None
        question = ("hotline_calls", *(state.get(name) for name in LISTED_BY))
        return self._store.by_frame(question, lambda db: self._calls(db, frame, kind, state))

    def tables(self, state: State, language: str) -> list[Table]:
        """Return the page as tables, and the calls behind a number when its list is open."""
        now, past = self.now(state), self.past(state)
        if now is None or past is None:
            return []
        written = HotlineTables(now, past, names_of(self._store.units(), language), language)
        listed = self.calls(state)
        more = [] if listed is None else [written.calls(listed["kind"], self._every_call(state))]
        return [*more, *written.all()]

    def _every_call(self, state: State) -> Iterator[Json]:
        page, told = 1, 0
        while found := self.calls({**state, "page": str(page)}):
            yield from found["rows"]
            told += len(found["rows"])
            page += 1
            if not found["rows"] or told >= found["total"]:
                return

    def _open(self, db: Connection, frame: Json) -> Json:
        at = local(frame)
        return {
            "version": frame["version"],
            "as_of": frame["as_of"],
            "placed": self._placing.read(db, at.date()),
            "categories": ask(db, "hotline", "categories"),
            "rows": ask(db, "hotline", "open", at=at),
        }

    def _past(
        self,
        db: Connection,
        frame: Json,
        span: tuple[date, date],
        today: date,
        asked: str | None,
        unit: str | None,
        cat: str | None,
    ) -> Json:
        placed = self._placing.read(db, today)
        geo, categories = placed.geography(asked), ask(db, "hotline", "categories")
        window = {"from_on": span[0], "today": span[1]}
        units = placed.gather(geo, ask(db, "hotline", "unit_weeks", **window), COUNTS)
        gathered = _gathered(db, today)
        return {
            "geo": geo,
            "from_on": span[0].isoformat(),
            "to_on": span[1].isoformat(),
            "units": {key: dict(zip(COUNTS, counts, strict=True)) for key, counts in units.items()},
            "categories": _by_category(db, categories, window),
            **self._spread(db, frame, placed.unit_ids(geo, unit), _category(categories, cat), window),
            "bursts": _bursts(gathered, placed, geo, {row["id"]: row["code"] for row in categories}),
            "dossiers": _dossiers(db, frame, placed, geo, categories, gathered),
        }

    def _spread(
        self, db: Connection, frame: Json, units: list[int] | None, category: int | None, window: dict[str, date]
    ) -> Json:
        if units is not None and category is not None:
            from_at, to_at = _instants((window["from_on"], window["today"]), local(frame))
            more = {"zone": frame["timezone"], "from_at": from_at, "now": to_at}
            rows = ask(db, "hotline", "spread_of_both", units=units, category=category, **more)
        else:
            chosen = {"units": [ALL] if units is None else units, "category": ALL if category is None else category}
            rows = ask(db, "hotline", "spread", **chosen, **window)
        counts = _measures(rows)
        return {
            "hours": hotline.by_hour(counts.get(OPENED, {})),
            "answer": hotline.spread(counts.get(ANSWERED, {})) | {"bins": counts.get(ANSWERED, {})},
            "close": hotline.spread(counts.get(ENDED, {})) | {"bins": counts.get(ENDED, {})},
            "bin_ends": hotline.BIN_ENDS,
        }

    def _calls(self, db: Connection, frame: Json, kind: str, state: State) -> Json:
        at = local(frame)
        placed = self._placing.read(db, at.date())
        geo, categories = placed.geography(state.get("geo")), ask(db, "hotline", "categories")
        page = max(1, int(state["page"])) if state.get("page", "").isdigit() else 1
        chosen: Json = {
            "at": at,
            "units": placed.unit_ids(geo, state.get("unit")),
            "category": _category(categories, state.get("cat")),
            "limit": PAGE_ROWS,
            "offset": PAGE_ROWS * (page - 1),
        }
        from_at, to_at = _instants(weeks(state, at.date()), at)
        window = chosen | {"at": to_at, "from_at": from_at}
        match kind:
            case "open" | "late":
                rows = ask(db, "hotline", "open_list", late=kind == "late", **chosen)
            case "opened" | "reopened":
                slot = int(state["slot"]) if state.get("slot", "").isdigit() else None
                more = {"slot": slot, "zone": frame["timezone"], "reopened": kind == "reopened"}
                rows = ask(db, "hotline", "opened_list", **more, **window)
            case _:
                rows = ask(db, "hotline", "ended_list", late=kind == "closed_late", **window)
        codes = {row["id"]: row["code"] for row in categories}
        return {
            "kind": kind,
            "page": page,
            "page_rows": PAGE_ROWS,
            "total": rows[0]["total"] if rows else 0,
            "rows": [_shown(row, placed, geo, codes) for row in rows],
        }


def weeks(state: State, today: date) -> tuple[date, date]:
    """Return the Monday of the first week and the Sunday of the last one that the window of an address touches.

    The rollups are of whole weeks; the week that runs ends today.

    >>> [str(day) for day in weeks({"win": "30"}, date(2026, 11, 22))]
    ['2026-10-19', '2026-11-22']
    >>> [str(day) for day in weeks({"win": "2026-01-01_2026-03-31"}, date(2026, 11, 22))]
    ['2025-12-29', '2026-04-05']
    """
    first, last = filters.window(today, filters.chosen((filters.WINDOW,), state)[filters.WINDOW.key])
    return first - timedelta(days=first.weekday()), min(today, last + timedelta(days=6 - last.weekday()))


def _instants(span: tuple[date, date], at: datetime) -> tuple[datetime, datetime]:
    """Return the midnight in which a span of days begins and that in which it ends, or now where that is earlier."""
    first, after = (datetime.combine(day, time(), at.tzinfo) for day in (span[0], span[1] + timedelta(days=1)))
    return first, min(after, at)


def _by_category(db: Connection, categories: Rows, window: Json) -> Rows:
    counts = {row["category_id"]: row for row in ask(db, "hotline", "category_weeks", **window)}
    waits: dict[int, dict[int, dict[int, int]]] = {}
    for row in ask(db, "hotline", "category_waits", **window):
        waits.setdefault(row["category_id"], {}).setdefault(row["measure"], {})[row["bin"]] = row["n"]
    found = []
    for category in categories:
        told, of = counts.get(category["id"], {}), waits.get(category["id"], {})
        answer, limit = of.get(ANSWERED, {}), category["first_answer_hours"]
        found.append(
            category
            | {name: told.get(name, 0) for name in COUNTS}
            | {"answer": hotline.spread(answer), "close": hotline.spread(of.get(ENDED, {}))}
            | {"answered_within": hotline.within(answer, 60 * limit) if limit else None}
        )
    return found


def _gathered(db: Connection, today: date) -> Rows:
    week_ago = today - timedelta(days=7)
    from_on, month_ago = week_ago - timedelta(weeks=BURST_WEEKS), today - timedelta(days=MONTH_DAYS)
    return ask(db, "hotline", "gathered", week_ago=week_ago, month_ago=month_ago, from_on=from_on, today=today)


def _bursts(gathered: Rows, placed: Placed, geo: str, codes: Mapping[int, str]) -> Rows:
    sums: dict[tuple[str, str], list[int]] = {}
    for row in gathered:
        place = sums.setdefault((placed.key(geo, row["unit_id"]), codes[row["category_id"]]), [0, 0, 0])
        for at, name in enumerate(("calls", "before", "reopened")):
            place[at] += row[name] or 0
    now, before = ({key: line[at] for key, line in sums.items()} for at in (0, 1))
    found = hotline.bursts(now, before, BURST_WEEKS)
    return [one._asdict() | {"reopened": sums[one.place, one.topic][2]} for one in found]


def _dossiers(db: Connection, frame: Json, placed: Placed, geo: str, categories: Rows, gathered: Rows) -> Json | None:
    """Return calls about slow dossiers beside late ones, by unit; None where no category is about dossiers."""
    ids = {row["id"] for row in categories if row["about_dossiers"]}
    if not ids:
        return None
    today = local(frame).date()
    month = {"from_on": today - timedelta(days=MONTH_DAYS), "today": today}
    about = placed.gather(geo, (row for row in gathered if row["category_id"] in ids), ("month",))
    every = placed.gather(geo, gathered, ("month",))
    received = placed.gather(geo, ask(db, "hotline", "month_received", **month), ("received",))
    units = {}
    for key, (calls,) in every.items():
        live = frame["units"].get(key, {})
        units[key] = {
            "about": about.get(key, [0])[0],
            "calls": calls,
            "received": received.get(key, [0])[0],
            "late": live.get("dossiers_late"),
            "open": live.get("dossiers_open"),
        }
    pairs = [
        (one["late"] / one["open"], one["about"] / one["received"])
        for key, one in units.items()
        if key != UNASSIGNED and one["open"] and one["received"] and one["late"] is not None
    ]
    whole = sum(calls for (calls,) in every.values())
    return {
        "version": frame["version"],
        "share": rate(sum(calls for (calls,) in about.values()), whole),
        "units": units,
        "correlation": hotline.rank_correlation(pairs),
        "pairs": len(pairs),
    }


def _shown(row: Json, placed: Placed, geo: str, codes: Mapping[int, str]) -> Json:
    names = ("code", "opened_at", "due_at", "first_answer_at", "closed_at", "reopened_at", "ended_at")
    return {name: row[name] for name in names} | {
        "unit": placed.key(geo, row["unit_id"]),
        "category": codes[row["category_id"]],
    }


def _measures(rows: Rows) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    for row in rows:
        found.setdefault(row["measure"], {})[row["bin"]] = row["n"]
    return found


def _category(categories: Rows, code: str | None) -> int | None:
    return next((row["id"] for row in categories if row["code"] == code), None) if code else None
