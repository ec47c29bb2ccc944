"""Straight: a batch of nothing but new rows is copied into its fact table itself, and written once instead of twice.

Whether all of it is new is known only when Postgres has taken it: where it finds one key that is stored already, the
batch goes back to a savepoint and the usual way (etl/stage.py), which ends in the same state.
"""

from __future__ import annotations

import io

import psycopg2.errors
import pyarrow as pa
import pyarrow.compute as pc
from psycopg2.extensions import cursor as Cursor

from etl import ledger, months
from etl.copying import binary
from etl.facts import RATINGS, Column, Fact
from etl.merge import Merge
from etl.stage import has_twins, take_turns

SAVEPOINT = "straight"


def layout(fact: Fact, columns: int) -> list[Column]:
    """Return the columns of the fact table that a straight COPY fills, in its order."""
    text = Merge(fact, columns)
    since = [Column("due_since", "timestamptz", "")] if text.has_due_times else []
    told = [Column("version_at", "timestamptz", ""), Column("columns", "integer", ""), Column("load_id", "bigint", "")]
    return [*fact.key, *text.written, *since, *told]


def copied(fact: Fact, columns: int, load_id: int, table: pa.Table) -> bytes | None:
    """Return a mapped batch as the straight COPY reads it; None where it cannot go that way.

    A rating has to look for its dossier, and of two rows of one key one must win: those are for the stage.
    """
    if fact is RATINGS or not table.num_rows or has_twins(fact, table):
        return None
    constants = {"columns": pa.scalar(columns, pa.int32()), "load_id": pa.scalar(load_id, pa.int64())}
    filled: dict[str, pa.Array | pa.ChunkedArray] = {}
    for column in layout(fact, columns):
        if column.name in constants:
            filled[column.name] = pa.repeat(constants[column.name], table.num_rows)
        elif column.name == "due_since":
            nothing = pa.scalar(None, table["version_at"].type)
            filled[column.name] = pc.if_else(pc.is_valid(table["due_given_at"]), table["version_at"], nothing)
        else:
            filled[column.name] = table[column.name]
    return binary(pa.table(filled), [column.type for column in layout(fact, columns)])


def insert(cursor: Cursor, fact: Fact, columns: int, table: pa.Table, copy: bytes) -> bool:
    """Copy a batch into its fact table in the caller's transaction; False = nothing was done: it is for the stage."""
    take_turns(cursor, fact)
    if fact.table == "dossier" and ledger.run(cursor, "has_waiting_ratings")[0][0]:
        return False
    months.make(cursor, months.needed(table))
    ledger.note_columns(cursor, fact.table, columns)
    names = ", ".join(column.name for column in layout(fact, columns))
    cursor.execute(f"savepoint {SAVEPOINT}")
    try:
        cursor.copy_expert(f"copy {fact.table} ({names}) from stdin with (format binary)", io.BytesIO(copy), 1 << 20)
    except psycopg2.errors.UniqueViolation:
        cursor.execute(f"rollback to savepoint {SAVEPOINT}")
        return False
    cursor.execute(f"release savepoint {SAVEPOINT}")
    return True
