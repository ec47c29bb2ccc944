"""The limit of a load: COPY of finished rows into a temporary table, then one INSERT ON CONFLICT.

The rows are mapped beforehand, the table is a copy of the product's with the same indexes and no triggers: what is
left is what Postgres itself needs. No refusals, no versions of columns, no rollups, no ledger.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from etl import extract, feeds
from etl.mapping import Mapper
from sql import database, registry

CREATE = ("create table peer (like dossier including all) with (fillfactor = 85)",)
KEY = ("code", "month")
WRITE = csv.WriteOptions(include_header=False, quoting_style="needed")


class Limit:
    """Load mapped rows the shortest way there is; `columns` are those of the mapped file."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.columns: list[str] = []
        with closing(database.connect(url, "bench limit")) as conn, conn, conn.cursor() as cursor:
            for statement in CREATE:
                cursor.execute(statement)

    def map(self, feed_path: Path, source: Path, target: Path) -> None:
        """Write the rows of a feed's file as the product maps them, ready for COPY."""
        with target.open("wb") as file:
            for table in self.mapped(feed_path, source):
                self.columns = table.column_names
                csv.write_csv(table, file, WRITE)

    def mapped(self, feed_path: Path, source: Path) -> Iterator[pa.Table]:
        """Yield the rows of a feed's file as the product maps them, with the columns that every fact row bears."""
        feed = feeds.read(feed_path)
        with closing(database.connect(self.url, "bench limit")) as conn, conn:
            mapper = Mapper(feed, registry.read(conn), datetime.now(UTC))
        for batch in extract.from_file(feed, source):
            mapped = mapper.map(batch)
            table = mapped.table.drop_columns(["row_no"])
            for name, value in (("columns", mapped.columns), ("load_id", 1)):
                table = table.append_column(name, pa.array([value] * table.num_rows, pa.int32()))
            yield table

    def load(self, mapped: Path, only_changed: bool = False) -> float:
        """Load a mapped file in one transaction; return the seconds. `only_changed` leaves equal rows alone."""
        names = ", ".join(self.columns)
        told_columns = [name for name in self.columns if name not in KEY]
        values = ", ".join(f"{name} = excluded.{name}" for name in told_columns)
        told = ", ".join(f"excluded.{name}" for name in told_columns)
        stored = ", ".join(f"peer.{name}" for name in told_columns)
        condition = f" where ({stored}) is distinct from ({told})" if only_changed else ""
        with closing(database.connect(self.url, "bench limit")) as conn, mapped.open("rb") as file:
            started = time.perf_counter()
            with conn, conn.cursor() as cursor:
                cursor.execute(f"create temporary table incoming on commit drop as select {names} from peer limit 0")
                cursor.copy_expert(f"copy incoming ({names}) from stdin with (format csv)", file, size=1 << 20)
                cursor.execute(
                    f"insert into peer ({names}) select {names} from incoming "
                    f"on conflict (code, month) do update set {values}{condition}"
                )
            return time.perf_counter() - started
