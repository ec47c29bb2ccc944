"""What every connector hands on: tables of mapped columns as text, and the rows it could not read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ROWS_PER_BATCH = 50_000
UNREADABLE = "unreadable text"
WRONG_FIELDS = "wrong number of fields"
NO_RECORD = "not a record"


@dataclass(frozen=True, slots=True)
class Rejected:
    """Hold a row that was refused: its number from 1, its mapped columns as far as they are known, and why."""

    row_no: int
    row: dict[str, str | None]
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold up to 50,000 rows of a source.

    `table` has the mapped source columns as text (null = missing or empty) and int64 `row_no`, the record's number
    in the source from 1. `read_bytes` of `total_bytes` (None = not known) of the source were read so far. `cursor`
    may be stored once this batch is committed; None leaves the stored one as it is. `told_at` says when each row was
    told where that is not now (a replay); it goes for the version of rows that bear none.
    """

    table: pa.Table
    rejected: list[Rejected]
    read_bytes: int
    total_bytes: int | None
    cursor: dict[str, Any] | None
    told_at: pa.Array | None = None

    @property
    def rows(self) -> int:
        """Count the records of the source that this batch accounts for."""
        return self.table.num_rows + len(self.rejected)


def screen(names: Sequence[str], columns: Sequence[pa.Array], row_no: np.ndarray) -> tuple[pa.Table, list[Rejected]]:
    """Return the rows as a table of text and, apart, those with text that no database takes.

    Columns are binary or string. A row is refused for bytes that are not UTF-8 and for the character NUL.
    """
    faults = [_faults(column) for column in columns]
    bad = sorted({row for rows in faults for row in rows})
    rejected = [_unreadable(names, columns, faults, row, int(row_no[row])) for row in bad]
    if bad:
        keep = np.ones(len(row_no), dtype=bool)
        keep[bad] = False
        columns = [column.filter(pa.array(keep)) for column in columns]
        row_no = row_no[keep]
    texts = [pc.cast(column, pa.string()) for column in columns]
    return pa.table([*texts, pa.array(row_no, pa.int64())], names=[*names, "row_no"]), rejected


def _faults(column: pa.Array) -> set[int]:
    """Return the rows of a column that hold unreadable text; quick when there are none."""
    try:
        text = pc.cast(column, pa.string())
    except pa.ArrowInvalid:
        return {row for row, value in enumerate(column.to_pylist()) if value is not None and not _readable(value)}
    data = text.buffers()[2]
    if data is None or not data.size or np.frombuffer(data, np.uint8).min():
        return set()
    return {row for row, value in enumerate(text.to_pylist()) if value is not None and "\0" in value}


def _readable(value: bytes | str) -> bool:
    if isinstance(value, str):
        return "\0" not in value
    try:
        return "\0" not in value.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _unreadable(
    names: Sequence[str],
    columns: Sequence[pa.Array],
    faults: Sequence[set[int]],
    row: int,
    row_no: int,
) -> Rejected:
    known = {
        name: None if column[row].as_py() is None else str(pc.cast(column.slice(row, 1), pa.string())[0].as_py())
        for name, column, rows in zip(names, columns, faults, strict=True)
        if row not in rows
    }
    wrong = [name for name, rows in zip(names, faults, strict=True) if row in rows]
    return Rejected(
        row_no,
        known,
        UNREADABLE,
        f"{', '.join(wrong)}: bytes that are not text in the feed's encoding",
    )
