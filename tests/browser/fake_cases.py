"""Case files of a made-up city: as many as the tests ask for, a page at a time."""

from typing import Any

from dashboard.cache import Unavailable

Json = dict[str, Any]
TOTAL = 240


class FakeCases:
    """Answers what the case list asks; remembers what was asked."""

    scope: Any = None

    def __init__(self, store: Any) -> None:
        self._store = store
        self.asked: list[dict[str, str]] = []

    def page(self, state: dict[str, str], units: frozenset[str] | None, after: str = "", limit: int = 100) -> Json:
        if self._store.broken:
            raise Unavailable("the database does not answer")
        self.asked.append(dict(state))
        first = int(after or 0)
        total = 0 if state["field"] == "ho-tich" else TOTAL
        rows = [self._row(number) for number in range(first, min(total, first + limit))]
        return {
            "version": 1,
            "as_of": self._store.now.isoformat(),
            "mode": state["mode"],
            "total": total,
            "rows": rows,
            "after": str(first + limit) if first + limit < total else None,
        }

    def _row(self, number: int) -> Json:
        return {
            "code": f"H29.155-261022-{number:05d}",
            "procedure": "1.013831",
            "name_vi": "Đăng ký biến động quyền sử dụng đất",
            "name_en": "Land change registration",
            "field": "dat-dai",
            "unit": "784",
            "agency": "Chi nhánh Văn phòng Đăng ký đất đai",
            "department": "Phòng Đăng ký và cấp giấy",
            "is_sent": number % 3 == 0,
            "status": 1 + number % 10,
            "submitted_at": None,
            "accepted_at": "2026-10-22T00:22:00+00:00",
            "accept_by": None,
            "due_at": "2026-11-05T00:30:00+00:00" if number else None,
            "ended_at": None,
            "days_late": 300 - number if number else None,
        }
