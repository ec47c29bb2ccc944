"""The page of late dossiers in a made-up city: plausible counts, the same for the same address."""

import random
from datetime import date, datetime, timedelta
from typing import Any

from dashboard import late_weeks
from dashboard.cache import Unavailable
from indicators.ageing import RANGES
from layouts import filters
from layouts.lateness import CHOICES

Json = dict[str, Any]
HOLDERS = {
    "0": ["@none", ""],
    "4": ["Công an cấp xã", "Tổ quản lý cư trú"],
    "6": ["@commune", "Lãnh đạo UBND"],
    "42": ["Chi nhánh Văn phòng Đăng ký đất đai", "Phòng Đăng ký và cấp giấy"],
}


class FakeLateness:
    """Answers what the page asks; the first former district of the profile holds every third commune."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def page(self, state: dict[str, str]) -> Json | None:
        if self._store.broken:
            raise Unavailable("the database does not answer")
        held = filters.chosen(CHOICES, state)
        pick = random.Random(str(sorted(held.items())))
        geo = held["geo"] or self._store.geographies()[0]["id"]
        now: datetime = self._store.now
        first, through = filters.window(now.date(), held["win"])
        units = [unit["key"] for unit in self._store.units() if geo in unit["geographies"]]
        fields = [field["code"] for field in self._store.fields()]
        ages = dict(zip(RANGES, (310, 120, 60, 22), strict=True))
        return {
            "version": 1,
            "as_of": now.isoformat(),
            "mode": held["mode"],
            "geo": geo,
            "win": held["win"],
            "first": first.isoformat(),
            "through": through.isoformat(),
            "groups": self._groups(units) if len(units) > 100 else {},
            "fields": None if held["mode"] == "late" else self._fields(pick, units, fields),
            "order": sorted(units, reverse=True) if held["sort"] == "alike" else None,
            "weeks": self._weeks(pick, units, now.date()),
            "holders": None if held["mode"] == "accepted" else self._holders(pick, fields),
            "ages": ages,
            "procedures": self._procedures(),
            "clocks": {key: self._clock(pick) for key in [*units, "city", "chosen"]},
        }

    def _groups(self, units: list[str]) -> dict[str, str]:
        districts = [unit["key"] for unit in self._store.units() if "22" in unit["geographies"]]
        return {key: districts[place % len(districts)] for place, key in enumerate(units)}

    @staticmethod
    def _fields(pick: random.Random, units: list[str], fields: list[str]) -> Json:
        cells = {key: {code: [pick.randint(0, 30), 400] for code in fields} for key in units}
        city = {code: [sum(cells[key][code][0] for key in units), 400 * len(units)] for code in fields}
        return cells | {"city": city}

    @staticmethod
    def _weeks(pick: random.Random, units: list[str], today: date) -> Json:
        weeks = late_weeks.mondays(today)
        lines = {key: [None, None, *([pick.randint(0, 40), 900] for _ in weeks[2:])] for key in units}
        return {"days": [day.isoformat() for day in weeks], "cells": lines}

    @staticmethod
    def _holders(pick: random.Random, fields: list[str]) -> Json:
        cells = {code: {"4": pick.randint(0, 9), "42": pick.randint(1, 90), "6s": 3, "0": 1} for code in fields[:8]}
        return {"names": HOLDERS, "cells": cells}

    @staticmethod
    def _procedures() -> list[Json]:
        named = {"name_vi": "Đăng ký biến động quyền sử dụng đất", "name_en": "Land change registration"}
        return [
            named | {"id": n, "code": f"1.{n:06d}", "field": "dat-dai", "late": 90 - n, "of": 512} for n in range(15)
        ]

    @staticmethod
    def _clock(pick: random.Random) -> list[int]:
        return [pick.randint(0, 90), 1_800, pick.randint(20, 200), 1_400]


def window_of(now: datetime, days: int) -> str:
    """Return a window's dates as the Vietnamese screen writes them."""
    first = now - timedelta(days=days - 1)
    return f"{first:%d/%m/%Y} – {now:%d/%m/%Y}"
