"""What programs usually do to load rows, into the same table with the same indexes, without checks and rollups."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow as pa
from sqlalchemy import Engine, MetaData, Table, create_engine
from sqlalchemy.dialects.postgresql import insert

from bench import year
from bench.limit import KEY, Limit

AT_ONCE = 1_000
BATCHES = 8


def frame(limit: Limit, path: Path, rows: int) -> pd.DataFrame:
    """Return the first rows of a feed's file as the product maps them."""
    tables = list(islice(limit.mapped(year.FEED, path), BATCHES))
    return pa.concat_tables(tables).slice(0, rows).to_pandas(integer_object_nulls=True)


def pandas_to_sql(url: str, rows: pd.DataFrame) -> float:
    """Append rows with DataFrame.to_sql, its own fastest way for Postgres; return the seconds."""
    engine = create_engine(url)
    started = time.perf_counter()
    rows.to_sql("peer", engine, if_exists="append", index=False, chunksize=10 * AT_ONCE)
    return _done(engine, started)


def sqlalchemy_upsert(url: str, rows: pd.DataFrame) -> float:
    """Upsert rows with SQLAlchemy's INSERT … ON CONFLICT; return the seconds."""
    engine = create_engine(url)
    table = Table("peer", MetaData(), autoload_with=engine)
    records = rows.astype(object).where(rows.notna(), None).to_dict("records")
    started = time.perf_counter()
    statement = insert(table)
    update = {name: statement.excluded[name] for name in rows.columns if name not in KEY}
    with engine.begin() as conn:
        for first in range(0, len(records), AT_ONCE):
            conn.execute(
                statement.on_conflict_do_update(index_elements=KEY, set_=update), records[first : first + AT_ONCE]
            )
    return _done(engine, started)


def _done(engine: Engine, started: float) -> float:
    seconds = time.perf_counter() - started
    engine.dispose()
    return seconds


LOADERS: dict[str, Callable[[str, pd.DataFrame], float]] = {
    "pandas.to_sql": pandas_to_sql,
    "SQLAlchemy upsert": sqlalchemy_upsert,
}
