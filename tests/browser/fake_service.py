"""The hotline, satisfaction and results within the day of a made-up city: the same for the same address."""

import random
from datetime import date, datetime, timedelta
from typing import Any

from dashboard.cache import Unavailable
from dashboard.questions.hotline import PAGE_ROWS, weeks
from dashboard.questions.satisfaction import said
from indicators import campaign, hotline, satisfaction
from indicators.rates import rate, wilson_interval
from layouts import filters

Json = dict[str, Any]
RULES = {"content_from": 2, "minimum_n": 30}
CODES = ("hanh-chinh-cong", "tieng-on", "giao-thong", "ngap-nuoc")


class Faked:
    """What the fakes share: the store, its units, a draw by what is asked."""

    def __init__(self, store: Any, categories: list[dict[str, str]]) -> None:
        self.store = store
        self._rows = categories

    def geo(self, state: dict[str, str]) -> str:
        return state.get("geo") or self.store.geographies()[0]["id"]

    def keys(self, state: dict[str, str]) -> list[str]:
        if self.store.broken:
            raise Unavailable("the database does not answer")
        return [unit["key"] for unit in self.store.units() if self.geo(state) in unit["geographies"]]

    def categories(self) -> list[Json]:
        found = []
        for place, row in enumerate(self._rows, 1):
            limits = {name: float(row[name]) if row[name] else None for name in ("sla_hours", "first_answer_hours")}
            more = {"forward_minutes": 5.0, "about_dossiers": row["about_dossiers"] == "true", "id": place}
            found.append({name: row[name] for name in ("code", "name_vi", "name_en")} | limits | more)
        return found


class FakeHotline(Faked):
    """Answers what /1022 asks."""

    def now(self, state: dict[str, str]) -> Json:
        pick, frame = random.Random(5), self.store.shown or self.store.frame()
        cells: dict[str, dict[str, list[int]]] = {}
        for key in self.keys(state):
            for code in CODES:
                open_ = pick.randint(0, 9)
                if open_:
                    cells.setdefault(key, {})[code] = [open_, pick.randint(0, open_), 1]
        return {
            "version": frame["version"], "as_of": frame["as_of"], "geo": self.geo(state), "cells": cells,
            "categories": self.categories(),
        }  # fmt: skip

    def past(self, state: dict[str, str]) -> Json:
        pick = random.Random(str([state.get(name) for name in ("win", "unit", "cat")]))
        keys, frame = self.keys(state), self.store.shown or self.store.frame()
        counts = {"opened": 900, "reopened": 21, "answered": 880, "ended": 870, "judged": 870, "on_time": 830}
        answer, close = ({place: pick.randint(5, 90) for place in span} for span in (range(4, 14), range(9, 26)))
        categories = [
            row | counts | {"answer": hotline.spread(answer), "close": hotline.spread(close), "answered_within": None}
            for row in self.categories() if row["code"] in CODES
        ]  # fmt: skip
        units = {
            key: {"about": pick.randint(5, 60), "calls": 120, "received": 1500, "late": 10 * place, "open": 1000}
            for place, key in enumerate(keys)
        }
        return {
            "geo": self.geo(state),
            **dict(zip(("from_on", "to_on"), map(str, weeks(state, self.store.now.date())), strict=True)),
            "units": dict.fromkeys(keys, counts),
            "categories": categories,
            "hours": [[pick.randint(0, 180) for _ in range(24)] for _ in range(7)],
            "answer": hotline.spread(answer) | {"bins": answer},
            "close": hotline.spread(close) | {"bins": close},
            "bin_ends": hotline.BIN_ENDS,
            "bursts": [{"place": keys[0], "topic": "tieng-on", "calls": 31, "usual": 6.5, "reopened": 2}],
            "dossiers": {
                "version": frame["version"], "share": rate(6_300, 14_707), "units": units, "correlation": 0.61,
                "pairs": len(keys),
            },
        }  # fmt: skip

    def calls(self, state: dict[str, str]) -> Json | None:
        if state.get("calls") not in ("open", "late", "opened", "reopened", "closed", "closed_late"):
            return None
        cells = self.now(state)["cells"]
        at = {"open": 0, "late": 1}.get(state["calls"], 0)
        wanted = [
            cell[at]
            for key, of_unit in cells.items() if not state.get("unit") or key == state["unit"]
            for code, cell in of_unit.items() if not state.get("cat") or code == state["cat"]
        ]  # fmt: skip
        page, total = int(state.get("page") or 1), sum(wanted)
        numbers = range(PAGE_ROWS * (page - 1), min(total, PAGE_ROWS * page))
        rows = [self._call(number, state) for number in numbers]
        return {"kind": state["calls"], "page": page, "page_rows": PAGE_ROWS, "total": total, "rows": rows}

    def _call(self, number: int, state: dict[str, str]) -> Json:
        opened: datetime = self.store.now - timedelta(days=6, minutes=number)
        nothing = dict.fromkeys(("closed_at", "reopened_at", "ended_at"))
        return nothing | {
            "code": f"1022-261116-{number:05d}", "unit": state.get("unit") or self.keys(state)[0],
            "category": state.get("cat") or CODES[0], "opened_at": opened.isoformat(),
            "due_at": (opened + timedelta(hours=120)).isoformat(),
            "first_answer_at": (opened + timedelta(minutes=15)).isoformat(),
        }  # fmt: skip


class FakeSatisfaction(Faked):
    """Answers what /hai-long asks."""

    def past(self, state: dict[str, str]) -> Json:
        keys = self.keys(state)
        from_on, _ = filters.window(self.store.now.date(), filters.chosen((filters.WINDOW,), state)["win"])
        pick = random.Random(3)

        def drawn(least: int = 200) -> Json:
            finished = pick.randint(least, 4000)
            rated = round(finished * pick.uniform(0.45, 0.65))
            return said((finished, rated, round(rated * pick.uniform(0.9, 0.985))), RULES)

        scores = {"reception": {2: 2318, 1: 2}, "processing": {2: 2013, 1: 4, 0: 3}, "return": {2: 5392, 1: 107, 0: 45}}
        return {
            "geo": self.geo(state), "from_on": from_on.isoformat(), "line": satisfaction.SATISFACTION_LINE,
            "minimum_n": 30, "odds": 2.0, "model_from": from_on.isoformat(),
            "whole": said((2000, 1000, 970), RULES),
            "modelled": list(satisfaction.modelled([satisfaction.Cell(1, 2000, 1000, 970)]) or ()),
            "units": [{"key": key} | (said((14, 14, 11), RULES) if not at else drawn()) for at, key in enumerate(keys)],
            "fields": [row | drawn() for row in self.store.fields()[:8]],
            "channels": [{"key": key} | drawn() for key in ("counter", "online_full", "post")],
            "punctual": [{"key": key} | drawn() for key in ("1", "0")],
            "stages": [
                {"stage": stage, "scores": told, "n": sum(told.values()), "content": told[2],
                 "interval": wilson_interval(told[2], sum(told.values()))}
                for stage, told in scores.items()
            ],
        }  # fmt: skip


class FakeSameDay(Faked):
    """Answers what /trong-ngay asks."""

    def past(self, state: dict[str, str]) -> Json:
        keys, today = self.keys(state), self.store.now.date()
        plan = campaign.Campaign(today - timedelta(days=50), today + timedelta(days=40), 0.35, 700_000, "provisional")
        daily = {plan.first + timedelta(days=n): 11_000 for n in range(51)}
        pick = random.Random(9)

        def weekday(day: date) -> bool:
            return day.weekday() < 5

        return {
            "geo": self.geo(state), "from_on": plan.first.isoformat(), "until": today.isoformat(), "scale": 1.0,
            "campaign": plan._asdict() | {"first": plan.first.isoformat(), "last": plan.last.isoformat()},
            "course": campaign.course(plan, daily, weekday, today)._asdict(),
            "lines": campaign.lines(plan, daily, weekday, today),
            "whole": rate(561_000, 1_500_000),
            "units": [{"key": key, "share": rate(pick.randint(200, 500), 1000)} for key in keys],
            "fields": [row | {"share": rate(pick.randint(0, 900), 1000)} for row in self.store.fields()],
        }  # fmt: skip
