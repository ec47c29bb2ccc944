"""The stage: rows of one transaction, copied batch by batch into a temporary table, then merged into their facts."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from psycopg2.extensions import cursor as Cursor

from etl import ledger, months
from etl.copying import binary
from etl.facts import HOURS_TURN, STEPS, Fact
from etl.merge import FOUND, Merge
from sql import queries

# Facts are looked up by their keys, however few rows a table seems to have: a plan that reads it whole grows with it.
ONE_BY_ONE = "set local enable_hashjoin = off; set local enable_mergejoin = off"
AMONG_STAGED = "set local enable_hashjoin = off; set local enable_mergejoin = on"  # temporary tables have no keys
AS_PLANNED = "set local enable_hashjoin = on; set local enable_mergejoin = on"
ROOMY = "set local work_mem = '64MB'"  # the rows of a batch before and after, which triggers compare, stay in memory
RATED = {"dossier": "settle_waiting", "rating": "rate_dossiers"}


@dataclass(frozen=True)
class Merged:
    """Count what a merge did: of `rows` keys those that were not stored before, and stored ones that it changed."""

    rows: int = 0
    added: int = 0
    changed: int = 0


class Stage:
    """Take the batches of one transaction and merge them; all of them fill the same columns."""

    def __init__(self, cursor: Cursor, fact: Fact, load_id: int, columns: int) -> None:
        self.cursor, self.fact, self.load_id = cursor, fact, load_id
        self.text = Merge(fact, columns)
        self.rows = 0
        self._has_twins = False
        self._months: frozenset[date] = frozenset()
        cursor.execute(f"drop table if exists {fact.stage}, winner, known")
        cursor.execute(self.text.create_stage() + " on commit drop")

    def add(self, table: pa.Table, copy: bytes | None = None) -> None:
        """Copy rows; `copy` is the table as COPY reads it, where that has been made already."""
        if not table.num_rows:
            return
        copy = copy if copy is not None else copied(self.fact, self.text.columns, table)
        self.cursor.copy_expert(self.text.copy(), io.BytesIO(copy), size=1 << 20)
        self._months = self._months.union(months.needed(table))
        self._has_twins = self._has_twins or self.rows > 0 or has_twins(self.fact, table)
        self.rows += table.num_rows

    def merge(self, is_versioned: bool, expects_new: bool = False) -> Merged:
        """Merge what was copied into its fact table, in the caller's transaction.

        `expects_new` saves looking for stored rows where there are none; it changes the cost alone, never the result.
        """
        if not self.rows:
            return Merged()
        cursor, text = self.cursor, self.text
        source, rows = self._choose(is_versioned)
        uniform = _is_uniform(cursor, self.fact, text.columns)
        is_chosen = source == "winner"
        added = self._insert(source, has_known=False) if expects_new or is_chosen else 0
        stored = changed = redated = 0
        if added < rows or (is_chosen and text.has_due_times):
            cursor.execute(ROOMY)
            cursor.execute(ONE_BY_ONE)
            cursor.execute(text.probe(source, uniform))
            cursor.execute(FOUND)
            stored, changed, redated = cursor.fetchone()
        if redated:
            cursor.execute(AMONG_STAGED)
            queries.run(cursor, "redate", "against_stored")
            cursor.execute(ONE_BY_ONE)
        if changed:
            cursor.execute("analyze known")
            cursor.execute(text.update(uniform), {"load_id": self.load_id})
        cursor.execute(AS_PLANNED)
        if added + stored < rows:
            added += self._insert(source, has_known=bool(stored))
        if redated:
            queries.run(cursor, "redate", "since_when")
        if self.fact.table in RATED:
            cursor.execute(ONE_BY_ONE)
            queries.run(cursor, "rate", RATED[self.fact.table])
            cursor.execute(AS_PLANNED)
        return Merged(rows, added, changed)

    def _choose(self, is_versioned: bool) -> tuple[str, int]:
        """Wait for the turn; return the table with one row of each key, and how many it has."""
        cursor, text = self.cursor, self.text
        take_turns(cursor, self.fact)
        months.make(cursor, self._months)
        source, rows = self.fact.stage, self.rows
        if self._has_twins:
            cursor.execute(text.keep_one_of_each(is_versioned))
            source, rows = "winner", cursor.rowcount
            if text.has_due_times:
                queries.run(cursor, "redate", "within_batch")
        cursor.execute("set local default_statistics_target = 1")  # row counts are all that the plans below need
        cursor.execute(f"analyze {source}")
        return source, rows

    def _insert(self, source: str, has_known: bool) -> int:
        self.cursor.execute(self.text.insert(source, has_known), {"load_id": self.load_id})
        return self.cursor.rowcount


def take_turns(cursor: Cursor, fact: Fact) -> None:
    """Wait until no other transaction merges into the fact, or into the hours that it counts in."""
    for turn in (fact.turn,) if fact is STEPS else (fact.turn, HOURS_TURN):
        cursor.execute("select pg_advisory_xact_lock(%s)", (turn,))


def copied(fact: Fact, columns: int, table: pa.Table) -> bytes:
    """Return rows of a mapped batch as the COPY of its stage reads them."""
    return binary(table, [column.type for column in Merge(fact, columns).staged])


def has_twins(fact: Fact, table: pa.Table) -> bool:
    """Tell whether two rows of a batch bear the same key."""
    keys = [column.name for column in fact.key if column.type == "text"]
    joined = table[keys[0]] if len(keys) == 1 else pc.binary_join_element_wise(*(table[k] for k in keys), "\x1f")
    return pc.count_distinct(joined).as_py() < table.num_rows


def _is_uniform(cursor: Cursor, fact: Fact, columns: int) -> bool:
    return ledger.note_columns(cursor, fact.table, columns) <= {columns}
