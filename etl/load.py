"""Load: batches of a feed → facts and rollups, in transactions that are whole or not at all.

One thread reads and maps the next batch while this one's is copied and merged. A feed that tells when a row changed
is merged batch by batch; one that does not is laid by and merged as a whole, because only the end of the file tells
which of two rows is the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg2
import psycopg2.errors
import psycopg2.extras
import pyarrow as pa
import pyarrow.compute as pc
from psycopg2.extensions import TransactionRollbackError
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl import ledger, straight
from etl.ahead import ahead
from etl.connectors.batch import Batch, Rejected
from etl.facts import Fact
from etl.ledger import Counts, Load
from etl.mapping import Mapped, Mapper
from etl.spool import Spool
from etl.stage import Stage, copied
from sql import registry

TRIES = 5
REFUSED = "refused by the database"
POISON = (
    psycopg2.DataError,
    psycopg2.IntegrityError,
    psycopg2.errors.ProgramLimitExceeded,
)  # what one row can bring about


class LoadError(Exception):
    """A load that could not go on: the message names feed, load and step; what was committed stands."""


class _ProfileChanged(Exception):
    """A batch was mapped by a profile that another one has replaced meanwhile."""


@dataclass(frozen=True)
class Prepared:
    """Hold one batch on its way into Postgres, with the profile that it was mapped by."""

    batch: Batch
    mapped: Mapped
    profile_hash: str
    copy: bytes | None = None  # for the stage
    straight: bytes | None = None  # for the fact table itself, where every row is expected to be new


@dataclass
class Taken:
    """Note what the batches of one transaction told."""

    counts: Counts = field(default_factory=Counts)
    stage: Stage | None = None
    added: int = 0
    is_versioned: bool = False
    profiles: set[str] = field(default_factory=set)
    first_event_at: datetime | None = None
    last_event_at: datetime | None = None
    cursor: dict[str, Any] | None = None

    def note(self, one: Prepared, rejected: list[Rejected]) -> None:
        """Note a batch and what of it was refused."""
        for row in rejected:
            self.counts.reasons[row.reason] = self.counts.reasons.get(row.reason, 0) + 1
        self.counts.refused += len(rejected)
        self.is_versioned = one.mapped.is_versioned
        self.profiles.add(one.profile_hash)
        firsts, lasts = (self.first_event_at, one.mapped.first_event_at), (self.last_event_at, one.mapped.last_event_at)
        self.first_event_at = min((at for at in firsts if at), default=None)
        self.last_event_at = max((at for at in lasts if at), default=None)
        self.cursor = one.batch.cursor or self.cursor


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
        last, read = None, 0
        with Spool() as spool, closing(ahead(batches, self._begin)) as begun:
            for one in begun:
                if isinstance(one, Prepared):
                    self._commit([one.batch], [one])
                    told(self.counts, one.batch)
                else:
                    last, read = one, read + one.rows
                    spool.add(one)
                    told(Counts(unchanged=read), one)
            if last is not None:
                self._commit(spool)
                told(self.counts, last)
        return self.counts

    def _begin(self, batch: Batch) -> Prepared | Batch:
        if not self.mapper.is_versioned(batch):
            return batch
        mapper = self.mapper
        mapped = mapper.map(batch)
        if self.expects_new:
            copy = straight.copied(self.fact, mapped.columns, self.load.id, mapped.table)
            if copy is not None:
                return Prepared(batch, mapped, mapper.profile_hash, straight=copy)
        return self._staged(batch, mapped, mapper)

    def _prepare(self, batch: Batch) -> Prepared:
        mapper = self.mapper
        return self._staged(batch, mapper.map(batch), mapper)

    def _staged(self, batch: Batch, mapped: Mapped, mapper: Mapper) -> Prepared:
        return Prepared(batch, mapped, mapper.profile_hash, copied(self.fact, mapped.columns, mapped.table))

    def _commit(self, batches: Iterable[Batch], ready: list[Prepared] | None = None) -> None:
        """Commit batches as one; again when it was a deadlock's victim, mapped anew when the profile changed meanwhile.

        `ready` are the same batches, prepared.
        """
        for left in reversed(range(TRIES)):
            try:
                self.counts.add(self._attempt(batches, ready))
                return
            except _ProfileChanged:
                with self.conn:
                    self.mapper, ready = self.mapper.renewed(registry.read(self.conn)), None
            except TransactionRollbackError as error:
                if not left:
                    raise self._failed(error) from error
        raise LoadError(f"feed {self.load.feed_id}, load {self.load.id}, merge: the profile changed {TRIES} times")

    def _failed(self, error: psycopg2.Error) -> LoadError:
        said = error.__context__ or error  # of a lost connection the first word tells, not that it is closed
        return LoadError(f"feed {self.load.feed_id}, load {self.load.id}, merge: {said}".strip())

    def _attempt(self, batches: Iterable[Batch], ready: list[Prepared] | None) -> Counts:
        try:
            return self._transact(ready, {}) if ready else self._read_and_transact(batches, {})
        except POISON as error:
            self.conn.rollback()
            poison = self._find_poison(batches, str(error))
        except TransactionRollbackError:
            raise
        except psycopg2.Error as error:
            raise self._failed(error) from error
        return self._read_and_transact(batches, poison)

    def _read_and_transact(self, batches: Iterable[Batch], poison: Mapping[int, str]) -> Counts:
        with closing(ahead(batches, self._prepare)) as prepared:
            return self._transact(prepared, poison)

    def _transact(self, prepared: Iterable[Prepared], poison: Mapping[int, str]) -> Counts:
        """Copy, merge and account for batches in one transaction."""
        with self.conn, self.conn.cursor() as cursor:
            taken = self._take(cursor, prepared, poison)
            self._merge(taken)
            ((profile_hash,),) = ledger.run(cursor, "profile_hash")
            if taken.profiles - {profile_hash}:
                raise _ProfileChanged
            if self.is_dry:
                self.conn.rollback()
            else:
                self._account(cursor, taken)
        return taken.counts

    def _take(self, cursor: Cursor, prepared: Iterable[Prepared], poison: Mapping[int, str]) -> Taken:
        """Copy batches into the stage and hold what of them is refused; `poison` is why the database refuses rows."""
        taken = Taken()
        for one in prepared:
            bad = poisoned(one, poison)
            if self._goes_straight(cursor, one):
                taken.added += one.mapped.table.num_rows
            else:
                self._add(cursor, taken, one, poison if bad else {})
            taken.note(one, one.mapped.rejected + bad)
            if not self.is_dry:
                self.hold(cursor, self.load, one.mapped.rejected + bad)
        return taken

    def _goes_straight(self, cursor: Cursor, one: Prepared) -> bool:
        if one.straight is None:
            return False
        self.expects_new = straight.insert(cursor, self.fact, one.mapped.columns, one.mapped.table, one.straight)
        return self.expects_new

    def _add(self, cursor: Cursor, taken: Taken, one: Prepared, poison: Mapping[int, str]) -> None:
        if taken.stage is None:
            taken.stage = Stage(cursor, self.fact, self.load.id, one.mapped.columns)
        if poison:
            taken.stage.add(_without(one.mapped.table, poison))
        else:
            taken.stage.add(one.mapped.table, one.copy)

    def _merge(self, taken: Taken) -> None:
        taken.counts.merged = taken.added
        if taken.stage is None or not taken.stage.rows:
            return
        done = taken.stage.merge(taken.is_versioned, self.expects_new)
        self.expects_new = done.added == done.rows
        taken.counts.merged += done.added + done.changed
        taken.counts.unchanged = taken.stage.rows - done.added - done.changed

    def _account(self, cursor: Cursor, taken: Taken) -> None:
        ledger.add(cursor, self.load, taken.counts, taken.first_event_at, taken.last_event_at)
        if taken.cursor is not None:
            ledger.run(cursor, "note_cursor", feed_id=self.load.feed_id, cursor=psycopg2.extras.Json(taken.cursor))
        if taken.counts.merged:
            ledger.run(cursor, "bump_data_version")
            ledger.run(cursor, "tell_change")

    def _find_poison(self, batches: Iterable[Batch], error: str) -> dict[int, str]:
        """Find the rows that the database itself refuses, by halves; return why, by row number."""
        found: dict[int, str] = {}
        with closing(ahead(batches, self._prepare)) as prepared:
            for one in prepared:
                parts = [one.mapped.table]
                while parts:
                    part = parts.pop()
                    why = self._refusal(one.mapped, part) if part.num_rows else None
                    if why and part.num_rows == 1:
                        found[part["row_no"][0].as_py()] = why
                    elif why:
                        half = part.num_rows // 2
                        parts += [part.slice(0, half), part.slice(half)]
        if not found:
            raise LoadError(f"feed {self.load.feed_id}, load {self.load.id}, merge: {error}".strip())
        return found

    def _refusal(self, mapped: Mapped, part: pa.Table) -> str | None:
        try:
            with self.conn.cursor() as cursor:
                stage = Stage(cursor, self.fact, self.load.id, mapped.columns)
                stage.add(part)
                stage.merge(mapped.is_versioned)
            return None
        except POISON as error:
            return str(error).splitlines()[0]
        finally:
            self.conn.rollback()


def poisoned(one: Prepared, poison: Mapping[int, str]) -> list[Rejected]:
    """Return the rows of a batch that the database refuses as they were received, so that they can be replayed."""
    if not poison:
        return []
    rows = one.batch.table.filter(_numbered(one.batch.table, poison)).to_pylist()
    numbers = [row.pop("row_no") for row in rows]
    return [Rejected(no, row, REFUSED, poison[no]) for no, row in zip(numbers, rows, strict=True)]


def _without(table: pa.Table, poison: Mapping[int, str]) -> pa.Table:
    return table.filter(pc.invert(_numbered(table, poison)))


def _numbered(table: pa.Table, poison: Mapping[int, str]) -> pa.Array:
    return pc.is_in(table["row_no"], pa.array(sorted(poison), pa.int64()))
