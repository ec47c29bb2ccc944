"""What the pages of holders, of one dossier and of letters are told in browser tests."""

from typing import Any

from dashboard.problems import Problem

HOUR = 3600
DOSSIER = "H29.001-261102-00001"
HOLDERS = {0: ["@none", ""], 1: ["@commune", "Lãnh đạo UBND"], 2: ["Công an cấp xã", "Tổ quản lý cư trú"]}
RULE = {"id": "qd-5157", "title_vi": "Quyết định 5157", "title_en": "Decision 5157", "source": "QĐ 5157",
        "verified": True, "from": "2016-09-30", "within_working_days": 0, "signed_by": "head"}  # fmt: skip


def stop(key: str, holder: int, to: int, cells: dict[str, list[int]]) -> dict[str, Any]:
    sums = [sum(cell[place] for cell in cells.values()) for place in range(4)]
    named = dict(zip(("late_s", "dossiers", "most", "alone"), sums, strict=True))
    return {"key": key, "holder": holder, "is_sent": "s" in key, "to": to, "fields": cells} | named


class FakeSteps:
    """Tells of two holders, a handover and a few dossiers without steps; one unit moves far more than its peers."""

    def __init__(self, store: Any) -> None:
        self.store = store

    def page(self, state: dict[str, str]) -> dict[str, Any] | None:
        frame = self.store.frame()
        if frame is None:
            return None
        row = {"ended": 900, "late": 20, "late_first": 60, "late_fair": 30, "moved": 50, "unexplained": 9, "paused": 40,
               "asked_twice": 3, "rate": 0.01, "is_named": False}  # fmt: skip
        keys = [unit["key"] for unit in self.store.units() if unit["geographies"]][:8]
        units = dict.fromkeys(keys, row) | {keys[0]: row | {"unexplained": 60, "is_named": True}}
        stops = [
            stop("1", 1, 0, {"dat-dai": [80 * HOUR, 9, 7, 5]}), stop("2", 2, 0, {"cu-tru": [60 * HOUR, 8, 8, 8]}),
            stop("1s2", 1, 2, {"cu-tru": [9 * HOUR, 3, 1, 0]}), stop("0", 0, 0, {"ho-tich": [20 * HOUR, 4, 4, 0]}),
        ]  # fmt: skip
        return {
            "version": frame["version"], "as_of": frame["as_of"], "first": "2026-10-24", "through": "2026-11-22",
            "geo": "22", "waiting": 0, "day_s": 8 * HOUR, "holders": HOLDERS, "stops": stops, "units": units,
            "city": row, "peers": 0.013,
        }  # fmt: skip


class FakeLetters:
    """Tells of letters that one unit sent, and of one file without."""

    def __init__(self, store: Any) -> None:
        self.store = store

    def page(self, state: dict[str, str]) -> dict[str, Any] | None:
        frame = self.store.frame()
        if frame is None:
            return None
        row = {
            "sent": 9,
            "sent_late": 2,
            "again": 1,
            "too_long": 0,
            "never_sent": 4,
            "reviews_due": 1,
            "reviews_overdue": 0,
        }
        units = {unit["key"]: row for unit in self.store.units() if unit["geographies"]}
        return {"version": frame["version"], "first": "2026-10-24", "through": "2026-11-22", "geo": "22",
                "units": dict(list(units.items())[:8]), "rules": [RULE], "fed": True}  # fmt: skip

    def cases(self, state: dict[str, str], units: frozenset[str] | None) -> dict[str, Any]:
        row = {"dossier_code": DOSSIER, "unit": "760", "field": "dat-dai", "due_at": "2026-11-20T10:00:00+00:00",
               "agency": "Công an cấp xã", "department": "Tổ quản lý cư trú", "is_sent": False,
               "letter_by": "2026-11-20", "is_overdue": True}  # fmt: skip
        return {"rows": [row], "most": 200}


class FakeDossiers:
    """Tells of one dossier that is late now; of any other, that there is none."""

    def __init__(self, store: Any) -> None:
        self.store = store

    def page(self, code: str, units: frozenset[str] | None) -> dict[str, Any]:
        if code != DOSSIER:
            raise Problem(404, "there is no such dossier", "No feed has told of it.")
        frame = self.store.frame()
        stops = [
            {"step": "1", "holder": ["UBND Phường Sài Gòn", "Một cửa"], "to": None,
             "begin_at": "2026-11-02T01:00:00+00:00",
             "end_at": "2026-11-06T09:00:00+00:00", "used_s": 36 * HOUR, "allowed_s": 28 * HOUR, "late_s": 8 * HOUR,
             "is_alone": False},
            {"step": None, "holder": ["UBND Phường Sài Gòn", "Một cửa"], "to": None,
             "begin_at": "2026-11-06T09:00:00+00:00", "end_at": frame["as_of"], "used_s": 24 * HOUR,
             "allowed_s": 8 * HOUR, "late_s": 16 * HOUR, "is_alone": True},
        ]  # fmt: skip
        nothing = dict.fromkeys(("submitted_at", "accept_by", "finished_at", "returned_at", "stopped_at", "ended_at"))
        return nothing | {
            "code": DOSSIER, "field": "dat-dai", "procedure": "1.000001", "name_vi": "Thủ tục", "name_en": "Procedure",
            "statutory_days": 10, "channel": 1, "status": 4, "accepted_at": "2026-11-02T01:00:00+00:00",
            "due_at": "2026-11-18T10:00:00+00:00", "unit": "760", "held_by": ["760"], "day_s": 8 * HOUR,
            "is_late": True,
            "late_s": 24 * HOUR, "moves": 1, "asks": 2, "is_unexplained": True, "late_first": True, "late_fair": True,
            "paused_s": 0, "steps": [], "ratings": [], "letters": [], "stops": stops,
            "dues": [{"due_at": "2026-11-12T10:00:00+00:00", "since": "2026-11-02T01:00:00+00:00"},
                     {"due_at": "2026-11-18T10:00:00+00:00", "since": "2026-11-10T01:00:00+00:00"}],
            "pauses": [{"from_at": "2026-11-09T01:00:00+00:00", "to_at": "2026-11-10T01:00:00+00:00", "reason": "5"}],
            "version": frame["version"], "as_of": frame["as_of"],
        }  # fmt: skip
