"""Notes: why a figure moved, pinned to unit, indicator and day; shown on every chart of that series."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from dashboard.accounts import Account, Accounts, audit, one, run
from dashboard.cache import Cache
from dashboard.problems import Problem
from indicators.definitions import BY_NAME

KEPT = timedelta(days=396)
FRESH_S = 5
Rows = list[dict[str, Any]]


class Notes:
    """The notes that are pinned; `units` tells the keys of all units."""

    def __init__(self, accounts: Accounts, units: Callable[[], set[str]], now: Callable[[], datetime]) -> None:
        self._accounts = accounts
        self._units = units
        self._now = now
        self._cache = Cache(lambda: now().timestamp())

    def pinned(self, unit: str | None = None, indicator: str | None = None) -> Rows:
        """Return notes as {id, unit (None = city), indicator, day, words, author, pinned_at}, the newest day first.

        Raises Unavailable while Postgres is away and none were read before.
        """
        rows = self._cache.get("notes", int(self._now().timestamp() // FRESH_S), self._read)
        return [row for row in rows if unit in (None, row["unit"] or "city") and indicator in (None, row["indicator"])]

    def pin(self, account: Account, unit: str | None, indicator: str, day: date, words: str, now: datetime) -> int:
        """Pin a note and return its id; raise Problem when the account may not, or nothing bears the name."""
        if not account.answers_for(unit):
            raise Problem(403, "not allowed", "This account pins notes to its own units alone.")
        if unit is not None and unit not in self._units():
            raise Problem(422, "unit is not known", f"There is no unit {unit}.")
        if indicator not in BY_NAME:
            raise Problem(422, "indicator is not known", f"There is no indicator {indicator}.")
        if not words.strip():
            raise Problem(422, "no words", "A note needs words.")
        if day > now.date() + timedelta(days=1) or day < (now - KEPT).date():
            raise Problem(422, "day is out of reach", "A note is pinned to a day of the last thirteen months.")
        said = {"unit_key": unit, "indicator": indicator, "day": day, "words": words.strip()}
        with self._accounts.writing() as db:
            note_id = one(db, "pin", **said, account_id=account.id, now=now)["id"]
            audit(db, now, account.name, "note pinned", str(note_id), said | {"day": day.isoformat()})
        self._forget()
        return note_id

    def take_down(self, account: Account, note_id: int, now: datetime) -> None:
        """Take a note down; raise Problem 404 when it is not there or is another's."""
        with self._accounts.writing() as db:
            gone = one(db, "take_down", id=note_id, account_id=account.id, is_leader=account.role == "leader", now=now)
            if gone is None:
                raise Problem(404, "no such note", "There is no such note of yours.")
            audit(db, now, account.name, "note taken down", str(note_id), dict(gone))
        self._forget()

    def _read(self) -> Rows:
        if not self._accounts.has_database:
            return []
        with self._accounts.writing() as db:
            rows = run(db, "notes", from_on=(self._now() - KEPT).date())
        return [
            {
                "id": row.id,
                "unit": row.unit_key,
                "indicator": row.indicator,
                "day": row.day,
                "words": row.words,
                "author": row.author,
                "pinned_at": row.pinned_at.isoformat(),
            }
            for row in rows
        ]

    def _forget(self) -> None:
        self._cache.get("notes", "pinned just now", self._read)
