"""What the page of sources asks of units: how promptly the software of each tells of what has happened."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from dashboard.asking import ask
from dashboard.placing import UNASSIGNED, Placing
from dashboard.questions import Asker, Rows
from indicators.silence import is_slow

DAYS = 7


class Senders:
    """The question of /nguon about units."""

    def __init__(self, store: Asker, placing: Placing) -> None:
        self._store = store
        self._placing = placing

    def week(self, geo: str | None = None) -> Rows:
        """Return units as {unit, told, slow, share, heard_at, state}, those that tell latest first.

        `told` counts the events of a week, `slow` those told half an hour late or later; `state` is what the newest
        frame says of the unit: silent, slow or well. Empty before the first frame.
        """
        frame = self._store.frame()
        if frame is None:
            return []
        today = datetime.fromisoformat(frame["as_of"]).date()
        found = self._store.by_minute(("senders", geo), lambda db: self._read(db, geo, today))
        silent = {
            entry["unit"]
            for entries in frame.get("attention", {}).values()
            for entry in entries
            if entry["reason"] == "feed_silent"
        }
        return [row | {"state": "silent" if row["unit"] in silent else row["state"]} for row in found]

    def _read(self, db: Connection, geo: str | None, today: Any) -> Rows:
        placed = self._placing.read(db, today)
        geography = placed.geography(geo)
        sums: dict[str, dict[str, Any]] = {}
        for row in ask(db, "senders", "week", from_on=today - timedelta(days=DAYS - 1)):
            key = placed.key(geography, row["unit_id"])
            if key == UNASSIGNED:
                continue
            total = sums.setdefault(key, {"unit": key, "told": 0, "slow": 0, "heard_at": row["heard_at"]})
            total["told"] += row["told"]
            total["slow"] += row["slow"]
            total["heard_at"] = max(total["heard_at"], row["heard_at"])
        rows = [_judged(total) for total in sums.values()]
        return sorted(rows, key=lambda row: (row["state"] != "slow", -row["share"], row["unit"]))


def _judged(total: dict[str, Any]) -> dict[str, Any]:
    share = total["slow"] / total["told"] if total["told"] else 0.0
    return total | {"share": share, "state": "slow" if is_slow(total["told"], total["slow"]) else "well"}
