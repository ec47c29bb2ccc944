"""A table → the bytes that Postgres's binary COPY reads, a column at once.

Reading times from text is what a COPY of facts spends most of its time on; binary ones cost it nearly nothing.
Source: PostgreSQL documentation, COPY, "Binary Format": of each row the number of fields (2 bytes), of each field
its length (4 bytes, -1 = null) and its bytes, the first one first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
EPOCH_US = 946_684_800_000_000  # Postgres counts from 2000-01-01, Arrow from 1970-01-01
ROWS_AT_ONCE = 4_096  # the places of each byte take eight times the bytes: a few thousand rows stay in the cache
NUMBERS = {"smallint": ">i2", "integer": ">i4", "bigint": ">i8", "timestamptz": ">i8"}


def binary(table: pa.Table, types: Sequence[str]) -> bytes:
    """Return the rows for COPY … WITH (FORMAT binary); `types` are Postgres's, in the order of the columns."""
    parts = (_rows(table.slice(first, ROWS_AT_ONCE), types) for first in range(0, table.num_rows, ROWS_AT_ONCE))
    return b"".join([HEAD, *parts, END])


def _rows(table: pa.Table, types: Sequence[str]) -> bytes:
    columns = [_whole(column) for column in table.columns]
    lengths = [_lengths(column, type_) for column, type_ in zip(columns, types, strict=True)]
    sizes = 2 + 4 * len(columns) + sum(np.maximum(one, 0) for one in lengths)
    rows = np.zeros(int(sizes.sum()), np.uint8)
    at = np.cumsum(sizes) - sizes
    rows[at + 1] = len(columns)
    at += 2
    for column, type_, length in zip(columns, types, lengths, strict=True):
        _scatter(rows, at, length.astype(">i4").view(np.uint8).reshape(-1, 4))
        at += 4
        if type_ == "text":
            _put_texts(rows, at, column, length)
        else:
            present = np.flatnonzero(length >= 0)
            _scatter(rows, at[present], _numbers(column, type_)[present])
        at += np.maximum(length, 0)
    return rows.tobytes()


def _whole(column: pa.ChunkedArray) -> pa.Array:
    column = column.combine_chunks()
    return pc.cast(column, pa.large_string()) if pa.types.is_string(column.type) else column


def _lengths(column: pa.Array, type_: str) -> np.ndarray:
    """Return the length of each field in bytes, -1 where it is null."""
    lengths = pc.binary_length(column) if type_ == "text" else None
    if lengths is None:
        return np.where(_present(column), np.dtype(NUMBERS[type_]).itemsize, -1)
    return pc.fill_null(lengths, -1).to_numpy(zero_copy_only=False).astype(np.int64)


def _present(column: pa.Array) -> np.ndarray:
    return pc.is_valid(column).to_numpy(zero_copy_only=False)


def _numbers(column: pa.Array, type_: str) -> np.ndarray:
    """Return the bytes of a column of numbers or times, (rows, bytes)."""
    if type_ == "timestamptz":
        column = pc.cast(pc.cast(column, pa.timestamp("us")), pa.int64())
    values = pc.fill_null(column, 0).to_numpy(zero_copy_only=False)
    if type_ == "timestamptz":
        values = values - EPOCH_US
    kind = np.dtype(NUMBERS[type_])
    return values.astype(kind).view(np.uint8).reshape(-1, kind.itemsize)


def _scatter(rows: np.ndarray, at: np.ndarray, values: np.ndarray) -> None:
    rows[at[:, None] + np.arange(values.shape[1])] = values


def _put_texts(rows: np.ndarray, at: np.ndarray, column: pa.Array, length: np.ndarray) -> None:
    length = np.maximum(length, 0)
    if not length.any():
        return
    _, offsets, data = column.buffers()
    begins = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column)]
    within = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    rows[np.repeat(at, length) + within] = np.frombuffer(data, np.uint8)[np.repeat(begins, length) + within]
