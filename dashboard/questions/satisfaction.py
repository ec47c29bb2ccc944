"""What the page of satisfaction asks: finished, rated and content dossiers by unit, field, channel and stage."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from dashboard import share_tables
from dashboard.asking import ask
from dashboard.moments import local_day
from dashboard.placing import ALL, Placed, Placing
from dashboard.questions import Asker, Rows, names_of
from dashboard.tables import Table
from indicators import satisfaction
from indicators.rates import wilson_interval
from layouts import filters

CHANNELS = {0: "unknown", 1: "online_full", 2: "online_partial", 3: "counter", 4: "post"}
COUNTED = ("finished", "rated", "content")
Counts = tuple[int, int, int]
Json = dict[str, Any]
State = Mapping[str, str]


class Satisfied:
    """The questions of /hai-long; a state is the query of the address."""

    def __init__(self, store: Asker, placing: Placing) -> None:
        self._store = store
        self._placing = placing

    def past(self, state: State) -> Json | None:
        """Return what can be said of satisfaction in the window; None before the first frame.

        {"from_on", "geo", "whole": row, "modelled": [low, middle, high] or None, "units", "fields", "channels": [row],
        "stages": [{"stage", "scores": {score: n}, "n", "content", "interval"}]}; a row is `said` of its counts.
        """
        frame = self._store.frame()
        if frame is None:
            return None
        today = local_day(frame)
        days = filters.window(today, filters.chosen((filters.WINDOW,), state)[filters.WINDOW.key])
        asked = (state.get("geo"), state.get("unit"), state.get("field"))
        question = ("satisfaction", *days, today, *asked)
        return self._store.by_minute(question, lambda db: self._past(db, days, today, *asked))

    def tables(self, state: State, language: str) -> list[Table]:
        """Return the page as tables."""
        past = self.past(state)
        units = names_of(self._store.units(), language)
        return [] if past is None else share_tables.satisfaction(past, units, language)

    def _past(
        self, db: Connection, days: tuple[date, date], today: date, asked: str | None, unit: str | None,
        field: str | None,
    ) -> Json:  # fmt: skip
        placed = self._placing.read(db, today)
        geo, rules = placed.geography(asked), _rules(placed)
        fields = {row["id"]: row for row in ask(db, "satisfaction", "fields")}
        window = {"from_on": days[0], "today": days[1]}
        cells = ask(db, "satisfaction", "cells", **window)
        units = placed.unit_ids(geo, unit)
        of_unit = [row for row in cells if units is None or row["unit_id"] in units]
        of_field = [row for row in cells if _is_field(fields, row, field)]
        of_both = [row for row in of_unit if _is_field(fields, row, field)]
        service = self._service(db, units, field, fields, window)
        gathered = placed.gather(geo, of_field, COUNTED)
        return {
            "geo": geo,
            "from_on": days[0].isoformat(),
            "line": rules.get("line", satisfaction.SATISFACTION_LINE),
            "minimum_n": rules["minimum_n"],
            "odds": rules.get("silent_odds", satisfaction.SILENT_ODDS),
            "whole": said(_sum(of_both), rules),
            "modelled": None if unit and field else _modelled(service["cells"], rules),
            "model_from": service["from_on"],
            "units": [
                {"key": key} | said((counts[0], counts[1], counts[2]), rules) for key, counts in gathered.items()
            ],
            "fields": [fields[id_] | said(counts, rules) for id_, counts in _by(of_unit, "field_id").items()],
            "channels": [
                {"key": CHANNELS[id_]} | said(counts, rules) for id_, counts in _by(service["cells"], "channel").items()
            ],
            "punctual": [
                {"key": str(id_)} | said(counts, rules) for id_, counts in _by(service["cells"], "punctual").items()
            ],
            "stages": _stages(
                ask(db, "satisfaction", "stages", units=[ALL] if units is None else units, **window), rules
            ),
        }

    def _service(self, db: Connection, units: list[int] | None, field: str | None, fields: Json, window: Json) -> Json:
        """Return the cells of channel and punctuality, and the day they count from: a unit's are of whole weeks."""
        if units is None:
            rows = ask(db, "satisfaction", "service_cells", **window)
            of_field = [row for row in rows if _is_field(fields, row, field)]
            return {"cells": of_field, "from_on": window["from_on"].isoformat()}
        from_on = window["from_on"] - timedelta(days=window["from_on"].weekday())
        rows = ask(db, "satisfaction", "unit_service_cells", units=units, **window | {"from_on": from_on})
        return {"cells": rows, "from_on": from_on.isoformat()}


def said(counts: Counts, rules: Mapping[str, Any]) -> Json:
    """Return everything that can be said of (finished, rated, content) dossiers.

    >>> found = said((1000, 500, 485), {})
    >>> found["low"], found["high"], found["tipping_point"]
    (0.485, 0.985, 0.17)
    """
    finished, rated, content = counts
    found = satisfaction.summarise(content, rated, finished, rules.get("line", satisfaction.SATISFACTION_LINE))
    return {"finished": finished, "rated": rated, "content": content} | found._asdict()


def _is_field(fields: Json, row: Json, code: str | None) -> bool:
    return not code or fields[row["field_id"]]["code"] == code


def _rules(placed: Placed) -> Mapping[str, Any]:
    city = placed.registry.city
    return city.rules["satisfaction"] if city else {"minimum_n": 0, "content_from": 2}


def _sum(rows: Iterable[Json]) -> Counts:
    finished = rated = content = 0
    for row in rows:
        finished, rated, content = finished + row["finished"], rated + row["rated"], content + row["content"]
    return int(finished), int(rated), int(content)


def _by(rows: Rows, name: str) -> dict[int, Counts]:
    groups: dict[int, Rows] = {}
    for row in rows:
        groups.setdefault(row[name], []).append(row)
    return {key: _sum(group) for key, group in groups.items()}


def _modelled(rows: Rows, rules: Mapping[str, Any]) -> list[float] | None:
    cells = [satisfaction.Cell(row["punctual"], *(int(row[name]) for name in COUNTED)) for row in rows]
    found = satisfaction.modelled(cells, rules.get("silent_odds", satisfaction.SILENT_ODDS))
    return list(found) if found else None


def _stages(rows: Rows, rules: Mapping[str, Any]) -> Rows:
    stages: dict[str, dict[int, int]] = {}
    for row in rows:
        stages.setdefault(row["stage"], {})[row["score"]] = int(row["n"])
    found = []
    for stage, scores in stages.items():
        n = sum(scores.values())
        content = sum(count for score, count in scores.items() if score >= rules["content_from"])
        found.append(
            {"stage": stage, "scores": scores, "n": n, "content": content, "interval": wilson_interval(content, n)}
        )
    return found
