"""What is true: a seeded stream of events, and the last version of every record that it has told."""

from __future__ import annotations

import random
import threading
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
UNITS = ("10", "20", "30")
PROCEDURES = ("P1", "P2", "P3", "P4")
CATEGORIES = ("lighting", "noise", "other")
CHANNELS = {"online_full": 1, "online_partial": 2, "counter": 3}
STRANGER = "99"  # a unit that nobody knows: such rows are refused, each once
MICROSECOND = timedelta(microseconds=1)
Record = dict[str, str | None]


@dataclass
class Ledger:
    """The records of one feed: the newest version of each, in the order in which they changed."""

    key: str
    changed: str
    records: dict[str, Record] = field(default_factory=dict)
    at: list[datetime] = field(default_factory=list)
    order: list[str] = field(default_factory=list)

    def put(self, key: str, record: Record, now: datetime) -> None:
        """Note a new version."""
        self.records[key] = record
        self.at.append(now)
        self.order.append(key)

    def since(self, since: datetime | None) -> list[Record]:
        """Return the newest versions of what changed at or after an instant, the oldest change first."""
        first = bisect_left(self.at, since) if since else 0
        return [self.records[key] for key in dict.fromkeys(self.order[first:])]


class Truth:
    """Make events in a seeded order; the clock alone is real. Everything under one lock."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.last_at = datetime.now(UTC)
        self.feeds = {
            "dossiers": Ledger("code", "changed_at"),
            "tickets": Ledger("code", "changed_at"),
            "ratings": Ledger("dossier", "rated_at"),
        }
        self.archived: dict[str, Record] = {}
        self.refused = 0
        self.fresh: dict[str, set[str]] = {name: set() for name in (*self.feeds, "archive")}

    def release(self, events: int) -> None:
        """Let that many events happen now."""
        with self.lock:
            for _ in range(events):
                self.last_at = max(datetime.now(UTC), self.last_at + MICROSECOND)
                drawn = self.random.random()
                if drawn < 0.70:
                    self._dossier(self.last_at)
                elif drawn < 0.85:
                    self._ticket(self.last_at)
                elif drawn < 0.98:
                    self._rating(self.last_at)
                else:
                    self._stranger(self.last_at)

    def archive(self, rows: int) -> list[Record]:
        """Return rows of a file: half of them new, half new versions of rows of earlier files."""
        with self.lock:
            codes = list(self.archived)
            told = []
            for nth in range(rows):
                self.last_at = max(datetime.now(UTC), self.last_at + MICROSECOND)
                is_new = nth % 2 == 0 or not codes
                code = f"F{len(self.archived) + 1}" if is_new else self.random.choice(codes)
                self.archived[code] = self._version(code, self.archived.get(code), self.last_at)
                self.fresh["archive"].add(code)
                told.append(self.archived[code])
            return told

    def since(self, feed: str, since: datetime | None) -> list[Record]:
        """Return what a feed's source answers."""
        with self.lock:
            return self.feeds[feed].since(since)

    def take_fresh(self) -> dict[str, set[str]]:
        """Return the keys of every record that changed since the last call."""
        with self.lock:
            taken, self.fresh = self.fresh, {name: set() for name in self.fresh}
            return taken

    def record(self, feed: str, key: str) -> Record:
        """Return the newest version of a record."""
        return self.archived[key] if feed == "archive" else self.feeds[feed].records[key]

    def keys(self, feed: str) -> Iterator[str]:
        """Return the keys of every record of a feed that is not to be refused."""
        return (key for key in (self.archived if feed == "archive" else self.feeds[feed].records) if key[0] != "B")

    def _dossier(self, now: datetime) -> None:
        ledger = self.feeds["dossiers"]
        made = len(ledger.records) + 1
        code = f"D{made}" if made < 50 or self.random.random() < 0.35 else f"D{self.random.randint(1, made - 1)}"
        self._put("dossiers", code, self._version(code, ledger.records.get(code), now), now)

    def _version(self, code: str, old: Record | None, now: datetime) -> Record:
        """Return a new dossier, or one with a new appointment, or finished."""
        if old is None:
            accepted = now - timedelta(hours=self.random.randint(0, 20 * 24))
            return {
                "code": code, "procedure": self.random.choice(PROCEDURES), "unit": self.random.choice(UNITS),
                "channel": self.random.choice(tuple(CHANNELS)), "submitted_at": _told(accepted - timedelta(hours=2)),
                "accepted_at": _told(accepted), "due_at": _told(accepted + timedelta(days=self.random.randint(1, 20))),
                "finished_at": None, "status": "4", "changed_at": _told(now),
            }  # fmt: skip
        accepted = datetime.fromisoformat(str(old["accepted_at"]))
        change: Record = {"due_at": _told(accepted + timedelta(days=self.random.randint(1, 30)))}
        if old["finished_at"] is None and self.random.random() < 0.5:
            change = {"finished_at": _told(now), "status": "9"}
        return {**old, **change, "changed_at": _told(now)}

    def _ticket(self, now: datetime) -> None:
        ledger = self.feeds["tickets"]
        made = len(ledger.records) + 1
        code = f"T{made}" if made < 20 or self.random.random() < 0.5 else f"T{self.random.randint(1, made - 1)}"
        old = ledger.records.get(code)
        new: Record = old or {
            "code": code, "opened_at": _told(now - timedelta(hours=self.random.randint(0, 100))),
            "due_at": _told(now + timedelta(hours=self.random.randint(-50, 50))), "closed_at": None,
            "unit": self.random.choice(UNITS), "category": self.random.choice(CATEGORIES), "status": "open",
        }  # fmt: skip
        closing: Record = {"closed_at": _told(now), "status": "closed"} if old and not old["closed_at"] else {}
        self._put("tickets", code, {**new, **closing, "changed_at": _told(now)}, now)

    def _rating(self, now: datetime) -> None:
        codes = len(self.feeds["dossiers"].records)
        dossier = f"D{self.random.randint(1, codes + 3)}"  # some ratings come before their dossier
        score = str(self.random.choice((0, 1, 2, 2, 2)))
        self._put(
            "ratings", dossier, {"dossier": dossier, "stage": "return", "score": score, "rated_at": _told(now)}, now
        )

    def _stranger(self, now: datetime) -> None:
        self.refused += 1
        code = f"B{self.refused}"
        self.feeds["dossiers"].put(code, {**self._version(code, None, now), "unit": STRANGER}, now)

    def _put(self, feed: str, key: str, record: Record, now: datetime) -> None:
        self.feeds[feed].put(key, record, now)
        self.fresh[feed].add(key)


def _told(at: datetime) -> str:
    return at.astimezone(ZONE).isoformat()


def instant(text: Any) -> datetime | None:
    """Return the instant of a record's time."""
    return datetime.fromisoformat(text) if text else None
