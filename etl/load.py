"""Load: batches of a feed → facts and rollups, in transactions that are whole or not at all.

One thread reads and maps the next batch while this one's is copied and merged. A feed that tells when a row changed
is merged batch by batch; one that does not is merged as a whole, because only the end of the file tells which of two
rows is the last.
"""

from __future__ import annotations

import io
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import psycopg2
import psycopg2.extras
import pyarrow as pa
import pyarrow.compute as pc
from psycopg2.extensions import TransactionRollbackError
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl import ledger
from etl.connectors.batch import Batch, Rejected
from etl.copying import binary
from etl.facts import HOURS_TURN, STEPS, Fact
from etl.ledger import Counts, Load
from etl.mapping import Mapped, Mapper
from etl.merge import FOUND, Merge
from sql import queries, registry

AHEAD = 1
TRIES = 5
RATED = {"dossier": "settle_waiting", "rating": "rate_dossiers"}


class LoadError(Exception):
    """A load that could not go on: the message names feed, load and step; what was committed stands."""


class _ProfileChanged(Exception):
    """A batch was mapped by a profile that another one has replaced meanwhile."""


@dataclass(frozen=True)
class Prepared:
    """Hold one batch on its way into Postgres."""

    batch: Batch
    mapped: Mapped
    profile_hash: str
    copy: bytes | None = None


@dataclass(frozen=True)
class Merged:
    """Count what a merge did: of `rows` keys those that were not stored before, and stored ones that it changed."""

    rows: int
    added: int
    changed: int


Told = Callable[[Counts, Batch], None]
Hold = Callable[[Cursor, Load, list[Rejected]], None]


class Loader:
    """Load the batches of one run."""

    def __init__(self, conn: Connection, load: Load, mapper: Mapper, is_dry: bool = False) -> None:
        self.conn, self.load, self.mapper, self.is_dry = conn, load, mapper, is_dry
        self.fact: Fact = mapper.fact
        self.counts = Counts()
        self.hold: Hold = ledger.hold
        self.expects_new = False

    def run(self, batches: Iterable[Batch], told: Told = lambda counts, batch: None) -> Counts:
        """Load every batch; return the counts. Raises what the source raises, and LoadError for the database."""
        waiting: list[Prepared] = []
        for prepared in ahead(batches, self._prepare):
            if prepared.mapped.is_versioned:
                self._commit([prepared])
                told(self.counts, prepared.batch)
            else:
                waiting.append(prepared)
                told(Counts(unchanged=sum(one.mapped.read for one in waiting)), prepared.batch)
        if waiting:
            self._commit(waiting)
            told(self.counts, waiting[-1].batch)
        return self.counts

    def _prepare(self, batch: Batch) -> Prepared:
        mapper = self.mapper
        mapped = mapper.map(batch)
        copy = copied(self.fact, mapped, mapped.table) if mapped.is_versioned else None
        return Prepared(batch, mapped, mapper.profile_hash, copy)

    def _commit(self, group: list[Prepared]) -> None:
        """Commit a group; again when it was a deadlock's victim, mapped anew when the profile changed meanwhile."""
        for left in reversed(range(TRIES)):
            try:
                self.counts.add(self._attempt([one.mapped.table for one in group], group))
                return
            except _ProfileChanged:
                with self.conn:
                    self.mapper = self.mapper.renewed(registry.read(self.conn))
                group = [self._prepare(one.batch) for one in group]
            except TransactionRollbackError as error:
                if not left:
                    raise self._failed(error) from error
        raise LoadError(f"feed {self.load.feed_id}, load {self.load.id}, merge: the profile changed {TRIES} times")

    def _failed(self, error: psycopg2.Error) -> LoadError:
        said = error.__context__ or error  # of a lost connection the first word tells, not that it is closed
        return LoadError(f"feed {self.load.feed_id}, load {self.load.id}, merge: {said}".strip())

    def _attempt(self, tables: list[pa.Table], group: list[Prepared]) -> Counts:
        try:
            return self._transact(tables, group, [])
        except (psycopg2.DataError, psycopg2.IntegrityError) as error:
            self.conn.rollback()
            poison = self._find_poison(tables, group, str(error))
        except TransactionRollbackError:
            raise
        except psycopg2.Error as error:
            raise self._failed(error) from error
        bad = {one.row_no for one in poison}
        keep = [
            table.filter(pc.invert(pc.is_in(table["row_no"], pa.array(sorted(bad), pa.int64())))) for table in tables
        ]
        return self._transact(keep, group, poison)

    def _transact(self, tables: list[pa.Table], group: list[Prepared], poison: list[Rejected]) -> Counts:
        """Copy, merge and account for a group of batches in one transaction."""
        rejected = [row for one in group for row in one.mapped.rejected] + poison
        staged = sum(table.num_rows for table in tables)
        with self.conn, self.conn.cursor() as cursor:
            merged = self._merge(cursor, group, tables) if staged else 0
            ((profile_hash,),) = ledger.run(cursor, "profile_hash")
            if any(one.profile_hash != profile_hash for one in group):
                raise _ProfileChanged
            reasons: dict[str, int] = {}
            for row in rejected:
                reasons[row.reason] = reasons.get(row.reason, 0) + 1
            counts = Counts(merged, staged - merged, len(rejected), reasons)
            if self.is_dry:
                self.conn.rollback()
            else:
                self._account(cursor, group, counts, rejected)
        return counts

    def _merge(self, cursor: Cursor, group: list[Prepared], tables: list[pa.Table]) -> int:
        as_mapped = all(table is one.mapped.table for table, one in zip(tables, group, strict=True))
        copies = [one.copy for one in group if one.copy is not None] if as_mapped else []
        done = merge(cursor, self.fact, group[0].mapped, tables, self.load.id, copies, self.expects_new)
        self.expects_new = done.added == done.rows
        return done.added + done.changed

    def _account(self, cursor: Cursor, group: list[Prepared], counts: Counts, rejected: list[Rejected]) -> None:
        firsts = [one.mapped.first_event_at for one in group if one.mapped.first_event_at]
        lasts = [one.mapped.last_event_at for one in group if one.mapped.last_event_at]
        ledger.add(cursor, self.load, counts, min(firsts, default=None), max(lasts, default=None))
        self.hold(cursor, self.load, rejected)
        cursor_said = [one.batch.cursor for one in group if one.batch.cursor is not None]
        if cursor_said:
            ledger.run(cursor, "note_cursor", feed_id=self.load.feed_id, cursor=psycopg2.extras.Json(cursor_said[-1]))
        if counts.merged:
            ledger.run(cursor, "bump_data_version")
            ledger.run(cursor, "tell_change")

    def _find_poison(self, tables: list[pa.Table], group: list[Prepared], error: str) -> list[Rejected]:
        """Find the rows that the database itself refuses, by halves."""
        found = []
        for table in tables:
            parts = [table]
            while parts:
                part = parts.pop()
                reason = self._refusal(part) if part.num_rows else None
                if reason and part.num_rows == 1:
                    found.append(poisoned(part["row_no"][0].as_py(), reason, group))
                elif reason:
                    half = part.num_rows // 2
                    parts += [part.slice(0, half), part.slice(half)]
        if not found:
            raise LoadError(f"feed {self.load.feed_id}, load {self.load.id}, merge: {error}".strip())
        return found

    def _refusal(self, table: pa.Table) -> str | None:
        try:
            with self.conn.cursor() as cursor:
                merge(cursor, self.fact, _like(self.fact, table), [table], self.load.id)
            return None
        except (psycopg2.DataError, psycopg2.IntegrityError) as error:
            return str(error).splitlines()[0]
        finally:
            self.conn.rollback()


def poisoned(row_no: int, reason: str, group: list[Prepared]) -> Rejected:
    """Return a row that the database refused as it was received, so that it can be replayed."""
    for one in group:
        for row in one.batch.table.filter(pc.equal(one.batch.table["row_no"], row_no)).to_pylist():
            return Rejected(row.pop("row_no"), row, "refused by the database", reason)
    raise LookupError(f"row {row_no} is in no batch of its group")


def merge(
    cursor: Cursor,
    fact: Fact,
    mapped: Mapped,
    tables: list[pa.Table],
    load_id: int,
    copies: Iterable[bytes] = (),
    expects_new: bool = False,
) -> Merged:
    """Merge rows into their fact table in the caller's transaction; `copies` are the tables as COPY reads them.

    `expects_new` saves looking for stored rows where there are none; it changes the cost alone, never the result.
    """
    text = Merge(fact, mapped.columns)
    source, rows = _stage(cursor, text, mapped, tables, copies or (copied(fact, mapped, table) for table in tables))
    if fact is not STEPS:
        cursor.execute("select pg_advisory_xact_lock(%s)", (HOURS_TURN,))
    uniform = _is_uniform(cursor, fact, mapped.columns)
    has_twins = source == "winner"
    added = _insert(cursor, text, source, load_id, has_known=False) if expects_new or has_twins else 0
    stored = changed = redated = 0
    if added < rows or (has_twins and text.has_due_times):
        cursor.execute("set local enable_hashjoin = off")
        cursor.execute(text.probe(source, uniform))
        cursor.execute(FOUND)
        stored, changed, redated = cursor.fetchone()
    if redated:
        queries.run(cursor, "redate", "against_stored")
    if changed:
        cursor.execute("analyze known")
        cursor.execute(text.update(source, uniform), {"load_id": load_id})
    cursor.execute("set local enable_hashjoin = on")
    if added + stored < rows:
        added += _insert(cursor, text, source, load_id, has_known=bool(stored))
    if redated:
        queries.run(cursor, "redate", "since_when")
    if fact.table in RATED:
        queries.run(cursor, "rate", RATED[fact.table])
    return Merged(rows, added, changed)


def _stage(
    cursor: Cursor, text: Merge, mapped: Mapped, tables: list[pa.Table], copies: Iterable[bytes]
) -> tuple[str, int]:
    """Copy a batch into its temporary table and wait for the turn; return (where one row of each key stands, rows)."""
    fact = text.fact
    cursor.execute(f"drop table if exists {fact.stage}, winner, known")
    cursor.execute(text.create_stage() + " on commit drop")
    for copy in copies:
        cursor.copy_expert(text.copy(), io.BytesIO(copy), size=1 << 20)
    cursor.execute("select pg_advisory_xact_lock(%s)", (fact.turn,))
    source, rows = fact.stage, sum(table.num_rows for table in tables)
    if _has_twins(fact, tables):
        cursor.execute(text.keep_one_of_each(mapped.is_versioned))
        source, rows = "winner", cursor.rowcount
        if text.has_due_times:
            queries.run(cursor, "redate", "within_batch")
    cursor.execute("set local default_statistics_target = 1")  # row counts are all that the plans below need
    cursor.execute(f"analyze {source}")
    return source, rows


def _insert(cursor: Cursor, text: Merge, source: str, load_id: int, has_known: bool) -> int:
    cursor.execute(text.insert(source, has_known), {"load_id": load_id})
    return cursor.rowcount


def copied(fact: Fact, mapped: Mapped, table: pa.Table) -> bytes:
    """Return rows of a mapped batch as the COPY of its stage reads them."""
    return binary(table, [column.type for column in Merge(fact, mapped.columns).staged])


def ahead(batches: Iterable[Batch], prepare: Callable[[Batch], Prepared]) -> Iterator[Prepared]:
    """Yield prepared batches, reading and preparing the next ones meanwhile; at most AHEAD wait in memory."""
    ready: queue.Queue = queue.Queue(AHEAD)
    is_over = threading.Event()

    def put(item: object) -> bool:
        while not is_over.is_set():
            try:
                ready.put(item, timeout=0.2)
                return True
            except queue.Full:
                continue
        return False

    def produce() -> None:
        try:
            for batch in batches:
                if not put(prepare(batch)):
                    return
            put(None)
        except BaseException as error:  # handed to the consumer, which raises it
            put(error)

    thread = threading.Thread(target=produce, name="extract", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        is_over.set()
        thread.join()


def _has_twins(fact: Fact, tables: list[pa.Table]) -> bool:
    """Tell whether two rows of a batch bear the same key."""
    keys = [column.name for column in fact.key]
    whole = pa.concat_tables([table.select(keys) for table in tables])
    joined = whole[keys[0]] if len(keys) == 1 else pc.binary_join_element_wise(*(whole[k] for k in keys), "\x1f")
    return pc.count_distinct(joined).as_py() < whole.num_rows


def _is_uniform(cursor: Cursor, fact: Fact, columns: int) -> bool:
    seen = {mask for (mask,) in ledger.run(cursor, "columns_seen", fact=fact.table)}
    if columns not in seen:
        ledger.run(cursor, "note_columns", fact=fact.table, columns=columns)
    return seen <= {columns}


def _like(fact: Fact, table: pa.Table) -> Mapped:
    names = set(table.column_names)
    return Mapped(table, [], table.num_rows, fact.bits(names), fact.version in names, None, None)
