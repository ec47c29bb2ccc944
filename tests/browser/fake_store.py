"""A city made up for the screens: units and fields of the profile, plausible numbers, deterministic by seed."""

import csv
import json
import random
import tomllib
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from dashboard.cache import Unavailable
from indicators import definitions
from indicators.live import rate
from indicators.rates import wilson_interval
from tests.browser.fake_cases import FakeCases
from tests.browser.fake_course import FakeDossiers, FakeLetters, FakeSteps
from tests.browser.fake_lateness import FakeLateness
from tests.browser.fake_service import FakeHotline, FakeSameDay, FakeSatisfaction

PROFILE = Path(__file__).resolve().parents[2] / "profiles" / "hcmc"
HEAD = tomllib.loads((PROFILE / "profile.toml").read_text(encoding="utf-8"))
GEOGRAPHIES = tuple(one["id"] for one in HEAD["geography"])
WORST = {"784": 0.11, "785": 0.08, "783": 0.06, "761": 0.045, "776": 0.03, "26797": 0.09, "26833": 0.07}
SILENT_UNIT = "787"
SMALL_UNIT = "773"
Frame = dict[str, Any]


def read(name: str) -> list[dict[str, str]]:
    with (PROFILE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Silent:
    """The questions of a page for which no rows were made up: the database does not answer them."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in ("tables", "tables_for", "filters"):
            raise AttributeError(name)

        def silent(*_asked: Any, **_named: Any) -> None:
            raise Unavailable("the database does not answer")

        return silent


class FakeStore:
    """Answers what pages ask, without a database."""

    shown: dict[str, Any] | None = None
    hotline = satisfaction = same_day = cases = steps = dossier = letters = Silent()

    source = SimpleNamespace(reads=Counter(), replica_state="none", versions_behind=0)

    def __init__(self, now: datetime, seed: int = 1) -> None:
        self.now = now
        self.seed = seed
        self._units = [self._unit(row) for row in read("units.csv")]
        self._fields = read("fields.csv")
        self.broken = False
        self.lateness = FakeLateness(self)
        self.hotline = FakeHotline(self, read("categories.csv"))
        self.satisfaction = FakeSatisfaction(self, [])
        self.same_day = FakeSameDay(self, [])
        self.cases = FakeCases(self)
        self.steps = FakeSteps(self)
        self.letters = FakeLetters(self)
        self.dossier = FakeDossiers(self)

    def pick(self, *names: str) -> random.Random:
        """Return the randomness of something by its name: the same on each call, whatever else is asked meanwhile."""
        return random.Random(f"{self.seed}: {' '.join(names)}")

    def frame_of(self, version: int) -> dict[str, Any] | None:
        return self.shown if self.shown is not None and self.shown["version"] == version else None

    def units(self) -> list[dict[str, Any]]:
        if self.broken:
            raise Unavailable("the database does not answer")
        return [unit for unit in self._units if unit["geographies"]]

    def geographies(self) -> list[dict[str, Any]]:
        return [one | {"on": one["on"].isoformat(), "default": one.get("default", False)} for one in HEAD["geography"]]

    def fields(self) -> list[dict[str, str]]:
        return self._fields

    def profile(self) -> dict[str, Any]:
        head = {name: HEAD[name] for name in ("title", "timezone", "locale", "simulated", "rules", "thresholds")}
        return json.loads(json.dumps(head, default=str))

    def history(self, days: int = 60) -> dict[str, Any]:
        last = self.now.date()
        names = [(last - timedelta(days=back)).isoformat() for back in range(days - 1, -1, -1)]
        scales = {
            "dossiers_open": 268_000,
            "dossiers_late": 4_500,
            "on_time_rate_30d": 0.964,
            "accepted_late_rate_30d": 0.089,
            "online_rate_30d": 0.335,
            "tickets_open": 390,
            "tickets_late": 125,
            "satisfaction_low_30d": 0.48,
            "satisfaction_high_30d": 0.98,
            "received": 11_000,
            "finished": 10_800,
        }
        units = {
            unit["key"]: {"dossiers_late": self._walk(unit["key"], WORST.get(unit["key"], 0.01) * 8000, 28)}
            for unit in self.units()
        }
        city = {
            name: self._walk(name, scale, days, 0.004 if name.endswith("30d") else 0.02)
            for name, scale in scales.items()
        }
        return {"days": names, "city": city, "units": units}

    def feeds(self) -> list[dict[str, Any]]:
        runs = {"read": 5_000, "merged": 3_120, "unchanged": 1_877, "refused": 3, "load_state": "done"}
        started = self.now - timedelta(minutes=2)
        times = {
            "load_started_at": started.isoformat(),
            "load_finished_at": (started + timedelta(seconds=1.4)).isoformat(),
        }
        return [{"id": id_, **runs, **times, "load_id": 40, "held": 7 if id_ == "portal" else 0} for id_ in FEEDS]

    def loads(self, feed: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
        return [self._load(number) for number in range(limit, 0, -1)]

    def quarantine(self, feed: str | None = None, state: str = "held", limit: int = 100) -> list[dict[str, Any]]:
        reasons = [("unknown unit", "unit = Quận 13"), ("unreadable time", "due_at = 31/02/2026"), ("no code", "code")]
        return [
            {
                "id": number,
                "feed": "portal",
                "load_id": 40,
                "row_no": 17 * number,
                "state": "held",
                "row": {"MaHoSo": f"000.00.{number:03d}.H29-261122-0{number}", "MaDonVi": "Quận 13"},
                "reason": reasons[number % 3][0],
                "detail": reasons[number % 3][1],
                "held_at": (self.now - timedelta(minutes=number)).isoformat(),
            }
            for number in range(7, 0, -1)
        ]

    @property
    def senders(self) -> Any:
        return SimpleNamespace(week=self._week_of_senders)

    def _week_of_senders(self, geo: str | None = None) -> list[dict[str, Any]]:
        if self.broken:
            raise Unavailable("the database does not answer")
        heard = self.now.isoformat()
        rows = [
            {"unit": unit["key"], "told": 900, "slow": 3, "share": 3 / 900, "heard_at": heard, "state": "well"}
            for unit in self.units()
            if (geo or "22") in unit["geographies"]
        ]
        rows[0] |= {"told": 70, "slow": 23, "share": 23 / 70, "state": "slow"}
        return rows

    def quarantine_reasons(self) -> list[dict[str, Any]]:
        return [
            {"feed": "portal", "reason": "unknown unit", "held": 4},
            {"feed": "portal", "reason": "no code", "held": 3},
        ]

    def definitions(self) -> list[dict[str, Any]]:
        sql = "select count(*)\nfrom dossier\nwhere ended_at is null;"
        return [row | {"queries": [query | {"sql": sql} for query in row["queries"]]} for row in definitions.table()]

    def frame(self) -> Frame:
        """Return a whole frame of this moment."""
        units = {unit["key"]: self._values(unit) for unit in self.units()}
        fields = {key: self._cells(key, values) for key, values in units.items() if values["dossiers_open"]}
        return {
            "version": 48_213,
            "data_version": 991,
            "as_of": self.now.isoformat(),
            "title": HEAD["title"],
            "simulated": True,
            "timezone": "Asia/Ho_Chi_Minh",
            "feeds": self._feeds(),
            "city": self._city(),
            "units": units,
            "fields": fields | {"city": self._sum(fields)},
            "hours": self._hours(),
            "attention": {geography: self._attention(geography, units, fields) for geography in GEOGRAPHIES},
            "backfill": {"done": 31, "of": 57},
        }

    def empty_frame(self) -> Frame:
        """Return the first frame of a city nothing has come from yet."""
        whole = self.frame()
        nothing = dict.fromkeys(whole["city"])
        feeds = {
            key: feed | {"state": "never", "event_at": None, "fetched_at": None} for key, feed in whole["feeds"].items()
        }
        return whole | {
            "version": 1,
            "city": nothing,
            "units": dict.fromkeys(whole["units"], nothing),
            "fields": {},
            "feeds": feeds,
            "attention": {key: [] for key in GEOGRAPHIES},
            "backfill": {"done": 3, "of": 57},
        }

    def _unit(self, row: dict[str, str]) -> dict[str, Any]:
        start = date.fromisoformat(row["valid_from"])
        end = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
        key = row["code"] if end is None or end.year > 2020 else f"{row['code']}@{row['valid_from']}"
        within = [
            one["id"]
            for one in HEAD["geography"]
            if row["level"] in one["levels"] and start <= one["on"] and (end is None or one["on"] <= end)
        ]
        place = {name: int(row[name]) if row[name] else None for name in ("map_col", "map_row")}
        known = {name: row[name] for name in ("code", "name_vi", "name_en", "kind", "level", "parent_code")}
        return {**known, **place, "key": key, "geographies": within}

    def _walk(self, name: str, start: float, count: int, step: float = 0.03) -> list[float]:
        values, value, pick = [], start, self.pick("walk", name)
        for _ in range(count):
            value = max(0.0, value * (1 + pick.uniform(-step, step)))
            values.append(round(value, 6) if start < 1 else round(value))
        return values

    def _values(self, unit: dict[str, Any]) -> dict[str, Any]:
        key = unit["key"]
        pick = self.pick("values", key)
        open_ = pick.randint(300, 900) if "168" in unit["geographies"] else pick.randint(4_000, 14_000)
        if key == SILENT_UNIT:
            return dict.fromkeys(self._city())
        if key == SMALL_UNIT:
            open_ = 12
        late = round(open_ * WORST.get(key, pick.uniform(0.001, 0.02)))
        finished = open_ * 3
        tickets = pick.randint(4, 40)
        rated = round(finished * pick.uniform(0.45, 0.65))
        content = round(rated * 0.973)
        return self._made(pick, open_, late, finished, tickets, pick.randint(0, tickets // 2), rated, content)

    @staticmethod
    def _made(
        pick: random.Random,
        open_: int,
        late: int,
        finished: int,
        tickets: int,
        tickets_late: int,
        rated: int,
        content: int,
    ) -> dict[str, Any]:
        return {
            "dossiers_open": open_,
            "dossiers_late": late,
            "dossiers_due_24h": round(open_ * 0.012),
            "received_today": round(open_ * 0.1),
            "resolved_today": round(open_ * 0.08),
            "accepted_late_rate_30d": rate(round(finished * pick.uniform(0.03, 0.14)), finished),
            "on_time_rate_30d": rate(round(finished * pick.uniform(0.94, 0.995)), finished),
            "progress_rate_30d": rate(round(finished * 0.97), finished),
            "online_rate_30d": rate(round(finished * pick.uniform(0.25, 0.5)), finished),
            "same_day_rate_30d": rate(round(finished * 0.4), finished),
            "satisfaction_low_30d": rate(content, finished),
            "satisfaction_high_30d": rate(content + finished - rated, finished),
            "rating_response_rate_30d": rate(rated, finished),
            "letters_owed": None,
            "letters_overdue": None,
            "tickets_open": tickets,
            "tickets_late": tickets_late,
            "tickets_opened_today": 3,
            "tickets_closed_today": 4,
            "ticket_on_time_rate_30d": rate(937, 1000),
            "targets_fed": 50,
            "targets_total": 110,
        }

    def _city(self) -> dict[str, Any]:
        made = self._made(self.pick("city"), 271_204, 4_865, 1_104_322, 396, 125, 618_420, 601_722)
        made["on_time_rate_30d"] = rate(1_064_567, 1_104_322)
        made["accepted_late_rate_30d"] = rate(28_671, 323_006)
        made["online_rate_30d"] = rate(110_145, 323_006)
        return made

    def _cells(self, key: str, values: dict[str, Any]) -> dict[str, list[int]]:
        cells, pick = {}, self.pick("cells", key)
        for place, field in enumerate(self._fields):
            if pick.random() < 0.12:
                continue
            open_ = max(1, round(values["dossiers_open"] * pick.uniform(0.2, 1.8) / (4 + 2 * place)))
            worse = 2.2 if field["code"] in ("dat-dai", "xay-dung") else 0.6
            share = min(0.4, values["dossiers_late"] / max(1, values["dossiers_open"]) * worse * pick.uniform(0, 2))
            cells[field["code"]] = [open_, round(open_ * share)]
        return cells

    @staticmethod
    def _sum(fields: dict[str, dict[str, list[int]]]) -> dict[str, list[int]]:
        total: dict[str, list[int]] = {}
        for cells in fields.values():
            for code, (open_, late) in cells.items():
                before = total.get(code, [0, 0])
                total[code] = [before[0] + open_, before[1] + late]
        return total

    def _hours(self) -> dict[str, Any]:
        usual = (
            [0.0] * 7 + [520.0, 1450.0, 1810.0, 1490.0, 620.0, 310.0, 1150.0, 1520.0, 1390.0, 880.0, 210.0] + [30.0] * 6
        )
        hour = self.now.hour
        today = [
            round(value * 1.08) if at < hour else round(value * 0.5) if at == hour else 0
            for at, value in enumerate(usual)
        ]
        calls = [2] * 24
        return {
            "day": self.now.date().isoformat(),
            "received": today,
            "finished": [round(value * 0.9) for value in today],
            "tickets_opened": calls,
            "tickets_closed": calls,
            "usual_received": usual,
            "usual_finished": [value * 0.93 for value in usual],
        }

    def _attention(self, geography: str, units: dict, fields: dict) -> list[dict[str, Any]]:
        found = []
        for unit in self.units():
            values = units[unit["key"]]
            if geography not in unit["geographies"]:
                continue
            if values["dossiers_open"] is None:
                found.append(
                    {
                        "unit": unit["key"],
                        "status": "unknown",
                        "reason": "no_data",
                        "late": None,
                        "open": None,
                        "change": None,
                        "rate": None,
                        "low": None,
                        "high": None,
                        "field": None,
                        "field_late": None,
                    }
                )
                continue
            share = values["dossiers_late"] / values["dossiers_open"]
            if share > 0.014:
                found.append(self._entry(unit["key"], values, fields[unit["key"]], share))
        return sorted(
            found, key=lambda item: (["late", "watch", "unknown"].index(item["status"]), -(item["rate"] or 0))
        )

    def _entry(self, key: str, values: dict[str, Any], cells: dict, share: float) -> dict[str, Any]:
        worst = max(cells, key=lambda code: cells[code][1])
        low, high = wilson_interval(values["dossiers_late"], values["dossiers_open"]) or (0, 0)
        few = values["dossiers_open"] < 30
        pick = self.pick("attention", key)
        reason = (
            "too_few" if few else pick.choice(["field_late", "field_late", "accepted_late", "late_share", "rising"])
        )
        return {
            "unit": key,
            "dataset": "dossiers",
            "status": "unknown" if few else "late" if low > 0.02 else "watch",
            "reason": reason,
            "late": values["dossiers_late"],
            "open": values["dossiers_open"],
            "change": pick.randint(-12, 88),
            "rate": share,
            "low": low,
            "high": high,
            "field": worst,
            "field_late": cells[worst][1],
        }

    def _feeds(self) -> dict[str, Any]:
        ages = {"portal": 1, "portal-steps": 3, "hotline": 7, "ratings": 25, "kpi": 5_520}
        return {
            id_: {
                "title": title,
                "dataset": dataset,
                "event_at": (self.now - timedelta(seconds=ages[id_])).isoformat(),
                "fetched_at": self.now.isoformat(),
                "late_after_s": 600 if id_ != "kpi" else 172_800,
                "state": "live",
                "error": None,
            }
            for id_, (title, dataset) in FEEDS.items()
        }

    def _load(self, number: int) -> dict[str, Any]:
        started = self.now - timedelta(minutes=2 * (50 - number))
        failed = number % 17 == 0
        return {
            "id": number,
            "feed": list(FEEDS)[number % 5],
            "kind": "pull",
            "state": "failed" if failed else "done",
            "source": "http://127.0.0.1:8100/portal/mapi/g",
            "started_at": started.isoformat(),
            "finished_at": (started + timedelta(seconds=1.4)).isoformat(),
            "seconds": 1.4,
            "rows_per_s": 3571.4,
            "read": 5_000,
            "merged": 3_120,
            "unchanged": 1_877,
            "refused": 3,
            "error": "portal: the source answered 503 for 20 s" if failed else None,
        }


FEEDS = {
    "portal": ("Hồ sơ một cửa", "dossiers"),
    "portal-steps": ("Tiến độ hồ sơ", "steps"),
    "hotline": ("Tổng đài 1022", "tickets"),
    "ratings": ("Đánh giá của người dân", "ratings"),
    "kpi": ("Chỉ tiêu thống kê", "observations"),
}
