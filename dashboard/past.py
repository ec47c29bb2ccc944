"""What pages ask of the past: the city's lines and those of its units, read whole and rarely."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from dashboard import gazetteer, history
from dashboard.asking import Known, ask

LATE_DAYS = 28
Json = dict[str, Any]


class Past:
    """Reads the lines; each of its answers is of one snapshot of the database."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def dossiers(self, db: Connection, today: date, count: int) -> Json:
        """Return {"days", "city": lines of dossiers, "units": {key: {"dossiers_late": the last 28 days}}}."""
        known = self._known.read(db)
        days = history.last_days(today, count)
        stock = ask(db, "overview", "dossier_stock")
        whole = {"open": sum(row["open"] for row in stock), "due": sum(row["due"] for row in stock)}
        from_on = days[0] - timedelta(days=history.WINDOW_DAYS - 1)
        files = ask(db, "overview", "dossier_days", from_on=from_on, through=days[-1])
        first = ask(db, "overview", "dossier_first_day")[0]["day"]
        late = _late_by_unit(db, history.last_days(days[-1], LATE_DAYS), {row["unit_id"]: row["due"] for row in stock})
        units = gazetteer.gather(known, late, days[-1])
        return {
            "days": [day.isoformat() for day in days],
            "city": history.dossier_lines(days, files, first, whole),
            "units": {key: {"dossiers_late": line} for key, line in units.items()},
        }

    def tickets(self, db: Connection, today: date, count: int) -> Json:
        """Return {"days", "city": lines of tickets}."""
        days = history.last_days(today, count)
        calls = ask(db, "overview", "ticket_days", from_on=days[0])
        first = ask(db, "overview", "ticket_first_day")[0]["day"]
        stock = ask(db, "overview", "ticket_stock")[0]
        return {
            "days": [day.isoformat() for day in days],
            "city": history.ticket_lines(days, calls, first, stock),
        }


def _late_by_unit(db: Connection, days: list[date], stock: dict[int, int]) -> dict[int, list[int]]:
    changes: dict[int, dict[date, int]] = {}
    for row in ask(db, "overview", "unit_late_days", from_on=days[0], through=days[-1]):
        steps = zip(row["days"] or (), row["changes"] or (), strict=True)
        changes[row["unit_id"]] = {days[place]: change for place, change in steps}
        changes[row["unit_id"]][days[-1] + timedelta(days=1)] = row["after"]
    return history.late_lines(days, changes, {unit: due for unit, due in stock.items() if due})
