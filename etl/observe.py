"""Observations and targets of the statistical indicators: a change of a value is a new vintage."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date

import numpy as np
import pyarrow as pa
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl import ledger
from etl.connectors.batch import Batch, Rejected
from etl.facts import OBSERVED
from etl.feeds import Feed
from etl.ledger import Counts, Load
from etl.places import Units
from sql import queries
from sql.registry_rows import Registry

PERIOD = re.compile(r"\d{4}(-Q[1-4]|-H[12]|-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?")
STATUSES = ("p", "r", "e", "f")


class Observer:
    """Load the batches of one run of observations or targets."""

    def __init__(self, conn: Connection, load: Load, feed: Feed, registry: Registry, is_dry: bool = False) -> None:
        self.conn, self.load, self.feed, self.is_dry = conn, load, feed, is_dry
        self.units = Units(registry)
        self.kind = OBSERVED[feed.dataset]
        self.counts = Counts()
        self.hold = ledger.hold
        with conn, conn.cursor() as cursor:
            self.indicators = {code for (code,) in queries.run(cursor, "observe", "codes")}

    def run(self, batches: Iterable[Batch], told=lambda counts, batch: None) -> Counts:
        """Load every batch; return the counts."""
        for batch in batches:
            rows, rejected = self._rows(batch.table)
            self._commit(batch, rows, batch.rejected + rejected)
            told(self.counts, batch)
        return self.counts

    def _commit(self, batch: Batch, rows: list[dict], rejected: list[Rejected]) -> None:
        with self.conn, self.conn.cursor() as cursor:
            merged = self._merge(cursor, rows)
            reasons: dict[str, int] = {}
            for row in rejected:
                reasons[row.reason] = reasons.get(row.reason, 0) + 1
            counts = Counts(merged, len(rows) - merged, len(rejected), reasons)
            if self.is_dry:
                self.conn.rollback()
            else:
                self._account(cursor, batch, counts, rejected)
        self.counts.add(counts)

    def _account(self, cursor: Cursor, batch: Batch, counts: Counts, rejected: list[Rejected]) -> None:
        ledger.add(cursor, self.load, counts, None, self.load.started_at if counts.merged else None)
        self.hold(cursor, self.load, rejected)
        if batch.cursor is not None:
            ledger.run(cursor, "note_cursor", feed_id=self.load.feed_id, cursor=json.dumps(batch.cursor))
        if counts.merged:
            ledger.run(cursor, "bump_data_version")
            ledger.run(cursor, "tell_change")

    def _merge(self, cursor: Cursor, rows: list[dict]) -> int:
        if not rows:
            return 0
        queries.run(cursor, "observe", "take_turn")
        queries.run(cursor, "observe", "add_vintages", rows=json.dumps(rows), kind=self.kind,
                    vintage_at=self.load.started_at, load_id=self.load.id)  # fmt: skip
        return cursor.rowcount

    def _rows(self, table: pa.Table) -> tuple[list[dict], list[Rejected]]:
        """Return the last row of each indicator, period and unit, and the rows that cannot be one."""
        texts = table[self.feed.columns["unit"]].combine_chunks()
        ids, lost = self.units.find(
            texts, np.full(table.num_rows, "NaT", "datetime64[D]"), self.feed.unknown.get("unit", "refuse")
        )
        good, rejected = [], []
        for row, unit_id, is_lost in zip(table.to_pylist(), ids.tolist(), lost.tolist(), strict=True):
            number = row.pop("row_no")
            said = {name: row.get(column) for name, column in self.feed.columns.items()}
            said |= {
                name: values.get(said[name] or "", said[name])
                for name, values in self.feed.values.items()
                if name in said
            }
            refusal = self._refusal(said, is_lost)
            if refusal:
                rejected.append(Rejected(number, row, *refusal))
            else:
                kept = {name: said[name].strip() for name in ("indicator", "period")}
                kept |= {"value": said["value"] or None, "status": said.get("status") or "p"}
                good.append(kept | {"unit_id": unit_id, "row_no": number})
        return good, rejected

    def _refusal(self, said: dict, is_lost: bool) -> tuple[str, str] | None:
        def detail(name: str) -> str:
            return f"{self.feed.columns.get(name, name)} = {said.get(name)!r}"

        if not said["indicator"]:
            return "no code", detail("indicator")
        if said["indicator"].strip() not in self.indicators:
            return "unknown indicator", detail("indicator")
        if not said["period"] or not _is_period(said["period"].strip()):
            return "unreadable time", detail("period")
        if is_lost:
            return "unknown unit", detail("unit")
        if said["value"] and not NUMBER.fullmatch(said["value"].strip()):
            return "not a number", detail("value")
        if (said.get("status") or "p") not in STATUSES:
            return "value outside its list", detail("status")
        return None


def _is_period(text: str) -> bool:
    """Tell whether a text is a year, half, quarter, month or a day that there is."""
    if not PERIOD.fullmatch(text):
        return False
    try:
        return len(text) < len("2026-10-05") or bool(date.fromisoformat(text))
    except ValueError:
        return False
