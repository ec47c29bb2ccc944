"""The facts of the database against the truth: what is lost, what is doubled, what differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from psycopg2.extensions import connection as Connection

from bench.chaos.truth import CHANNELS, Record, Truth, instant

QUERIES = {
    "dossiers": """
        select d.code, u.code, d.channel, d.accepted_at, d.due_given_at, d.finished_at, d.status, d.changed_at
        from dossier as d join unit as u on u.id = d.unit_id where d.code = any(%s)""",
    "tickets": """
        select t.code, u.code, t.opened_at, t.due_given_at, t.closed_at, t.status, t.changed_at
        from ticket as t join unit as u on u.id = t.unit_id where t.code = any(%s)""",
    "ratings": "select dossier_code, score, rated_at from rating where dossier_code = any(%s)",
}
QUERIES["archive"] = QUERIES["dossiers"]
TOTALS = """
    select
        (select count(*) from dossier) as dossiers,
        (select count(*) from ticket) as tickets,
        (select count(*) from rating) as ratings,
        (select coalesce(sum(received), 0) from dossier_day) as received,
        (select coalesce(sum(ended), 0) from dossier_day) as ended,
        (select coalesce(sum(open), 0) from dossier_stock) as open,
        (select coalesce(sum(opened), 0) from ticket_day) as opened,
        (select coalesce(sum(open), 0) from ticket_stock) as tickets_open,
        (select count(*) from quarantine) as refused"""
MOST_TOLD = 5


@dataclass
class Found:
    """Say what is not as it should be."""

    lost: int = 0
    doubled: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Tell whether nothing is lost or doubled."""
        return not (self.lost or self.doubled)

    def tell(self, words: str) -> None:
        """Keep an example."""
        if len(self.examples) < MOST_TOLD:
            self.examples.append(words)


def stale(conn: Connection, truth: Truth, keys: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return those of the records that the database lacks in their newest version."""
    return {feed: _stale(conn, truth, feed, asked) for feed, asked in keys.items() if asked}


def _stale(conn: Connection, truth: Truth, feed: str, keys: Iterable[str]) -> set[str]:
    asked = list(keys)
    with conn.cursor() as cursor:
        cursor.execute(QUERIES[feed], (asked,))
        stored = {row[0]: row[1:] for row in cursor.fetchall()}
    return {key for key in asked if stored.get(key) != _expected(feed, truth.record(feed, key))}


def _expected(feed: str, record: Record) -> tuple[Any, ...]:
    if feed == "ratings":
        return int(str(record["score"])), instant(record["rated_at"])
    if feed == "tickets":
        times = [instant(record[name]) for name in ("opened_at", "due_at", "closed_at")]
        return record["unit"], *times, record["status"], instant(record["changed_at"])
    times = [instant(record[name]) for name in ("accepted_at", "due_at", "finished_at")]
    channel, status = CHANNELS[str(record["channel"])], int(str(record["status"]))
    return record["unit"], channel, *times, status, instant(record["changed_at"])


def totals(conn: Connection, truth: Truth) -> Found:
    """Compare how many records, and how many by the rollups, there are."""
    found = Found()
    with conn.cursor() as cursor:
        cursor.execute(TOTALS)
        names = [column.name for column in cursor.description or ()]
        stored = dict(zip(names, map(int, cursor.fetchone()), strict=True))
    for name, count in true_totals(truth).items():
        found.lost += max(0, count - stored[name])
        found.doubled += max(0, stored[name] - count)
        if stored[name] != count:
            found.tell(f"{name}: {stored[name]} instead of {count}")
    return found


def true_totals(truth: Truth) -> dict[str, int]:
    """Return what `TOTALS` must say."""
    dossiers = [truth.record("dossiers", key) for key in truth.keys("dossiers")] + list(truth.archived.values())
    tickets = [truth.record("tickets", key) for key in truth.keys("tickets")]
    ended, closed = sum(1 for one in dossiers if one["finished_at"]), sum(1 for one in tickets if one["closed_at"])
    return {
        "dossiers": len(dossiers), "tickets": len(tickets), "ratings": len(truth.feeds["ratings"].records),
        "received": len(dossiers), "ended": ended, "open": len(dossiers) - ended,
        "opened": len(tickets), "tickets_open": len(tickets) - closed, "refused": truth.refused,
    }  # fmt: skip


def everything(conn: Connection, truth: Truth) -> Found:
    """Compare every record there is, and the totals."""
    found = totals(conn, truth)
    every = {feed: set(truth.keys(feed)) for feed in (*truth.feeds, "archive")}
    for feed, keys in stale(conn, truth, every).items():
        found.lost += len(keys)
        for key in sorted(keys)[:MOST_TOLD]:
            found.tell(f"{feed} {key} is not in its newest version")
    return found
