"""What is copied in binary comes out of Postgres as it stood in the table."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2.extensions
import pyarrow as pa
import pytest

from etl.copying import ROWS_AT_ONCE, binary

TYPES = ["text", "integer", "smallint", "timestamptz", "bigint", "text"]
ARROW = [pa.string(), pa.int32(), pa.int16(), pa.timestamp("us"), pa.int64(), pa.string()]
AT = datetime(2026, 3, 2, 7, 30, 1, 250_000, UTC)
ROWS = [
    ("D1", 7, 1, AT, 1, 'Đường Nguyễn Huệ, "phường" Bến Nghé\n\t\\N'),
    ("D2", None, None, None, None, None),
    ("", -1, -32_768, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), -(2**62), ""),
    ("D4", 2**31 - 1, 32_767, datetime(1999, 12, 31, tzinfo=UTC) + timedelta(microseconds=1), 2**62, None),
]


def table(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(TYPES)
    naive = [[cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell for cell in one] for one in columns]
    names = [f"c{place}" for place in range(len(TYPES))]
    return pa.table([pa.array(one, type_) for one, type_ in zip(naive, ARROW, strict=True)], names=names)


def copied(connection: psycopg2.extensions.connection, rows: pa.Table) -> list[tuple[Any, ...]]:
    columns = ", ".join(f"c{place} {type_}" for place, type_ in enumerate(TYPES))
    with connection, connection.cursor() as cursor:
        cursor.execute(f"create temporary table copied (nth serial, {columns}) on commit drop")
        names = ", ".join(rows.column_names)
        cursor.copy_expert(f"copy copied ({names}) from stdin with (format binary)", io.BytesIO(binary(rows, TYPES)))
        cursor.execute(f"select {names} from copied order by nth")
        return cursor.fetchall()


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_rows_come_out_as_they_went_in(connection: psycopg2.extensions.connection, count: int) -> None:
    assert copied(connection, table(ROWS[:count])) == ROWS[:count]


def test_a_part_of_a_table_is_copied_alone(connection: psycopg2.extensions.connection) -> None:
    assert copied(connection, table(ROWS * 3).slice(3, 6)) == (ROWS * 3)[3:9]


def test_the_chunks_of_a_table_are_copied_as_one(connection: psycopg2.extensions.connection) -> None:
    chunked = pa.concat_tables([table(ROWS[:3]), table(ROWS[3:]), table(ROWS)])
    assert copied(connection, chunked) == ROWS + ROWS


def test_many_rows_come_out_in_their_order(connection: psycopg2.extensions.connection) -> None:
    many = [(f"D{number}", number, None, AT, number, "x" * (number % 7)) for number in range(2 * ROWS_AT_ONCE + 1)]
    assert copied(connection, table(many)) == many
