"""The month that a dossier is kept under: that of its registration, read from its code alone.

A national code ends in `-yyMMdd-n`, the day of registration and a running number (000.00.12.H29-220615-0001). The same
rule stands in Postgres as dossier_month(code). What bears no such end is kept under UNDATED.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from psycopg2.extensions import cursor as Cursor

UNDATED = date(1900, 1, 1)
FIRST_YEAR, LAST_YEAR = 2010, 2039
MOST_DIGITS = 12  # of the running number
TAIL = 1 + 6 + 1 + MOST_DIGITS
DASH, ZERO = ord("-"), ord("0")
YEAR_PLACE, MONTH_PLACE, DAY_PLACE = 1, 3, 5  # behind the dash


def months_of(codes: pa.Array) -> pa.Array:
    """Return the first day of each code's month (date32).

    >>> months_of(pa.array(["000.00.12.H29-220615-0001", "D1", None])).to_pylist()
    [datetime.date(2022, 6, 1), datetime.date(1900, 1, 1), datetime.date(1900, 1, 1)]
    """
    tails = _tails(codes)
    rows = np.arange(len(tails))
    digits = tails - ZERO
    is_digit = (digits >= 0) & (digits <= 9)
    run = np.argmin(is_digit[:, ::-1], axis=1)  # digits at the end; 0 also where all are, which no code has
    dash = TAIL - 1 - run
    begin = dash - 7
    fits = (run >= 1) & (run <= MOST_DIGITS) & (begin >= 0)
    begin = np.where(fits, begin, 0)
    fits &= (tails[rows, dash] == DASH) & (tails[rows, begin] == DASH)
    for place in range(YEAR_PLACE, 7):
        fits &= is_digit[rows, begin + place]
    year = 2000 + _two(digits, rows, begin + YEAR_PLACE)
    month = _two(digits, rows, begin + MONTH_PLACE)
    day = _two(digits, rows, begin + DAY_PLACE)
    fits &= (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    since_1970 = np.where(fits, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]").astype("datetime64[D]")
    days = np.where(fits, since_1970, np.datetime64(UNDATED, "D"))
    return pa.array(days.astype("datetime64[D]"), pa.date32())


def _tails(codes: pa.Array) -> np.ndarray:
    """Return the last bytes of each code, right-aligned, zeros before (rows, TAIL)."""
    codes = pc.cast(pc.fill_null(codes, ""), pa.large_string())
    if isinstance(codes, pa.ChunkedArray):
        codes = codes.combine_chunks()
    _, offsets, data = codes.buffers()
    ends = np.frombuffer(offsets, np.int64)[codes.offset : codes.offset + len(codes) + 1]
    told = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    places = ends[1:, None] + np.arange(-TAIL, 0)
    is_inside = places >= ends[:-1, None]
    return np.where(is_inside, told[np.where(is_inside, places, 0)], 0).astype(np.int16)


def _two(digits: np.ndarray, rows: np.ndarray, at: np.ndarray) -> np.ndarray:
    return digits[rows, at].astype(np.int64) * 10 + digits[rows, at + 1]


def needed(table: pa.Table) -> frozenset[date]:
    """Return the months whose partitions the rows of a mapped batch need."""
    if "month" not in table.column_names:
        return frozenset()
    return frozenset(pc.unique(table["month"]).to_pylist()) - {UNDATED}


def make(cursor: Cursor, months: Collection[date]) -> None:
    """Make the partitions of months that have none yet, in the caller's transaction, which has the dossiers' turn."""
    if months:
        cursor.execute("select make_dossier_month(month) from unnest(%s) as month", (sorted(months),))
