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
EPOCH_DAYS = 10_957
ROWS_AT_ONCE = 4_096  # a few thousand rows stay in the cache
WIDEST_BYTES = 64 << 20  # of the rows that are laid out at once, each as wide as the widest of them
NUMBERS = {"smallint": ">i2", "integer": ">i4", "bigint": ">i8", "date": ">i4", "timestamptz": ">i8"}


def binary(table: pa.Table, types: Sequence[str]) -> bytes:
    """Return the rows for COPY … WITH (FORMAT binary); `types` are Postgres's, in the order of the columns."""
    parts = (_rows(table.slice(first, ROWS_AT_ONCE), types) for first in range(0, table.num_rows, ROWS_AT_ONCE))
    return b"".join([HEAD, *parts, END])


def _rows(table: pa.Table, types: Sequence[str]) -> bytes:
    """Lay the rows out in a grid, each field as wide as its widest, and leave out what no field fills."""
    columns = [_whole(column) for column in table.columns]
    lengths = [_lengths(column, type_) for column, type_ in zip(columns, types, strict=True)]
    width = 2 + sum(4 + max(int(one.max(initial=0)), 0) for one in lengths)
    if table.num_rows > 1 and width * table.num_rows > WIDEST_BYTES:
        half = table.num_rows // 2
        return _rows(table.slice(0, half), types) + _rows(table.slice(half), types)
    grid = np.zeros((table.num_rows, width), np.uint8)
    filled = np.ones((table.num_rows, width), bool)
    grid[:, 1] = len(columns)
    at = 2
    for column, type_, length in zip(columns, types, lengths, strict=True):
        grid[:, at : at + 4] = length.astype(">i4").view(np.uint8).reshape(-1, 4)
        at += 4
        end = at + max(int(length.max(initial=0)), 0)
        if type_ == "text":
            _put_texts(grid[:, at:end], filled[:, at:end], column, length)
        elif end > at:
            grid[:, at:end] = _numbers(column, type_)
            if column.null_count:
                filled[:, at:end] = (length > 0)[:, None]
        at = end
    return grid[filled].tobytes()


def _whole(column: pa.ChunkedArray) -> pa.Array:
    column = column.combine_chunks()
    return pc.cast(column, pa.large_string()) if pa.types.is_string(column.type) else column


def _lengths(column: pa.Array, type_: str) -> np.ndarray:
    """Return the length of each field in bytes, -1 where it is null."""
    if type_ == "text":
        return pc.fill_null(pc.binary_length(column), -1).to_numpy(zero_copy_only=False).astype(np.int64)
    size = np.dtype(NUMBERS[type_]).itemsize
    if not column.null_count:
        return np.full(len(column), size)
    return np.where(pc.is_valid(column).to_numpy(zero_copy_only=False), size, -1)


def _numbers(column: pa.Array, type_: str) -> np.ndarray:
    """Return the bytes of a column of numbers, days or times, (rows, bytes)."""
    if type_ == "timestamptz":
        column = pc.cast(pc.cast(column, pa.timestamp("us")), pa.int64())
    elif type_ == "date":
        column = pc.cast(pc.cast(column, pa.date32()), pa.int32())
    values = pc.fill_null(column, 0).to_numpy(zero_copy_only=False)
    if type_ == "timestamptz":
        values = values - EPOCH_US
    elif type_ == "date":
        values = values - EPOCH_DAYS
    kind = np.dtype(NUMBERS[type_])
    return values.astype(kind).view(np.uint8).reshape(-1, kind.itemsize)


def _put_texts(grid: np.ndarray, filled: np.ndarray, column: pa.Array, length: np.ndarray) -> None:
    """Put the texts into their places (rows, widest) and note how far each of them reaches."""
    if not grid.shape[1]:
        return
    within = np.arange(grid.shape[1]) < length[:, None]
    filled[:] = within
    column = pc.fill_null(column, "")  # what lies under a null is nobody's
    _, offsets, data = column.buffers()
    bounds = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
    grid[within] = np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]]
