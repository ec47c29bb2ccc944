"""The writer: gathered records of any number of senders → facts, rollups, quarantine and ledger in one transaction."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg2
import pyarrow as pa
import pyarrow.compute as pc
import structlog
from psycopg2.errors import LockNotAvailable, QueryCanceled
from psycopg2.extensions import AsIs, TransactionRollbackError
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from etl import ledger
from etl.connectors.batch import Batch, Rejected
from etl.connectors.feed import Feed
from etl.connectors.records import Gathered
from etl.door.records import Row
from etl.door.senders import Sender
from etl.facts import DOSSIERS, FACTS, HOURS_TURN, STEPS, TICKETS, Fact
from etl.ledger import Load
from etl.load import REFUSED
from etl.mapping import Mapped, Mapper
from etl.stage import Stage
from sql import database, queries, registry

log = structlog.get_logger("door")
TRIES = 5
ORDER = (DOSSIERS, TICKETS, STEPS)  # by turn, as every loader takes them
NOT_THEIRS = "not the sender's unit"
UNASSIGNED = 0
CODE = "service_request_id"


class Unavailable(Exception):
    """Postgres does not answer, or not in time; nothing is known to be stored, and the sender should try again."""


class Writer:
    """Write gathered records over one connection; what `write` returns from is stored for good."""

    def __init__(self, database_url: str, templates: dict[str, Feed]) -> None:
        self.url, self.templates = database_url, templates
        self._conn: Connection | None = None
        self._mappers: dict[str, Mapper] = {}

    def write(self, rows: Sequence[Row], heard: Iterable[tuple[Sender, str]] = ()) -> None:
        """Store the records and set what became of each; `heard` are senders that called without a record.

        All or nothing, and again where another transaction was in the way. Records that Postgres itself refuses are
        found by halves. Raises Unavailable.
        """
        heard = tuple(heard)
        for left in reversed(range(TRIES)):
            try:
                self._transact(rows, heard)
                return
            except (psycopg2.DataError, psycopg2.IntegrityError) as error:
                self._halve(rows, str(error))
                self._transact((), heard)
                return
            except (LockNotAvailable, QueryCanceled) as error:
                raise Unavailable("the facts are busy with a long load") from error
            except TransactionRollbackError as error:
                if not left:
                    raise Unavailable(str(error).strip()) from error
            except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
                self.close()
                raise Unavailable(str(error).strip() or "the connection was lost") from error

    def warm(self) -> None:
        """Make ready what the first batch would have to wait for: the connection and the profile."""
        try:
            conn = self._connected()
            with conn, conn.cursor() as cursor:
                ((now,),) = _run(cursor, "now")
                for dataset in self.templates:
                    self.mapper(cursor, dataset, now)
        except (psycopg2.Error, ValueError) as error:
            log.warning("not_ready", error=str(error).strip())
            self.close()

    def close(self) -> None:
        """Let go of the connection."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _halve(self, rows: Sequence[Row], error: str) -> None:
        if len(rows) == 1:
            rows[0].refuse(REFUSED, error.splitlines()[0], rows[0].text)
            self._transact(rows, ())
            return
        if not rows:
            raise Unavailable(error)
        half = len(rows) // 2
        for part in (rows[:half], rows[half:]):
            self.write(part)

    def _transact(self, rows: Sequence[Row], heard: tuple[tuple[Sender, str], ...]) -> None:
        conn = self._connected()
        with conn, conn.cursor() as cursor:
            _Transaction(self, cursor, rows, heard).run()

    def _connected(self) -> Connection:
        if self._conn is None or self._conn.closed:
            self._conn, self._mappers = database.connect(self.url, "door"), {}
        return self._conn

    def mapper(self, cursor: Cursor, dataset: str, now: datetime) -> Mapper:
        """Return the mapper of a dataset by the profile that is loaded now."""
        ((profile_hash,),) = ledger.run(cursor, "profile_hash")
        found = self._mappers.get(dataset)
        if found is None or found.profile_hash != profile_hash:
            found = Mapper(self.templates[dataset], registry.read(cursor.connection), now)
            self._mappers[dataset] = found
        found.started_at = np.datetime64(now.replace(tzinfo=None), "us")
        return found


class _Transaction:
    """Do one transaction; the caller commits it."""

    def __init__(
        self, writer: Writer, cursor: Cursor, rows: Sequence[Row], heard: tuple[tuple[Sender, str], ...]
    ) -> None:
        self.writer, self.cursor, self.rows, self.heard = writer, cursor, rows, heard
        self.loads: dict[str, Load] = {}
        self.rows_by_place: dict[int, Row] = {}
        self.texts: dict[int, dict[str, str | None]] = {}
        self.now: datetime

    def run(self) -> None:
        """Map, check, merge and account for every record."""
        cursor = self.cursor
        _run(cursor, "limits")
        by_dataset: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            if row.reason != REFUSED:
                row.outcome = row.reason = row.detail = ""
            by_dataset[row.dataset].append(row)
        for turn in _turns(by_dataset):
            _run(cursor, "take_turn", turn=turn)
        ((self.now,),) = _run(cursor, "now")
        self.loads = self._open_loads({row.sender.feed_id(row.dataset) for row in self.rows})
        for fact in ORDER:
            if fact.dataset in by_dataset:
                self._dataset(fact, by_dataset[fact.dataset])
        self._account()

    def _open_loads(self, feed_ids: set[str]) -> dict[str, Load]:
        if not feed_ids:
            return {}
        found = _run(self.cursor, "open_loads", feed_ids=sorted(feed_ids), now=self.now)
        new = sorted(feed_ids - {feed_id for feed_id, *_ in found})
        if new:
            found += _run(self.cursor, "begin_loads", feed_ids=new, now=self.now)
        return {feed_id: Load(load_id, feed_id, started_at) for feed_id, load_id, started_at in found}

    def _dataset(self, fact: Fact, rows: list[Row]) -> None:
        template = self.writer.templates[fact.dataset]
        mapper = self.writer.mapper(self.cursor, fact.dataset, self.now)
        for row in rows:
            row.load_id = self.loads[row.sender.feed_id(row.dataset)].id
        if fact is TICKETS:
            self._dated(rows)
        batch = self._batch(template, mapper, [row for row in rows if not row.outcome])
        self.texts = {text.pop("row_no"): text for text in batch.table.to_pylist()}
        for place, text in self.texts.items():
            self.rows_by_place[place].text = text  # what is held should Postgres itself refuse it
        mapped = mapper.map(batch)
        for one in mapped.rejected:
            self.rows_by_place[one.row_no].refuse(one.reason, one.detail, one.row)
        table = self._theirs(fact, mapped.table)
        self._hold([row for row in rows if row.outcome == "refused"])
        for part in self._rounds(fact, table):
            self._merge(fact, mapped, part)

    def _dated(self, rows: list[Row]) -> None:
        """Keep the opening time of calls of the hotline that come again and do not say it."""
        undated = [row for row in rows if row.record and not row.is_dated]
        if not undated:
            return
        opened = dict(_run(self.cursor, "stored_tickets", codes=[one.record[CODE] for one in undated if one.record]))
        for row in undated:
            at = opened.get(row.record[CODE]) if row.record else None
            if at is None or row.record is None:
                continue
            row.record["requested_datetime"] = at.isoformat()
            if row.is_bare:
                row.outcome = "unchanged"

    def _batch(self, template: Feed, mapper: Mapper, rows: list[Row]) -> Batch:
        """Return records as extract hands them on; `row_no` is their place from 1 in this transaction."""
        gathered = Gathered(template.source_columns)
        self.rows_by_place = dict(enumerate(rows, 1))
        for row in rows:
            gathered.add(row.record)
        batch = gathered.batch(0)
        table = _placed(batch.table, template, mapper, self.rows_by_place)
        told = [
            (self.rows_by_place[place].told_at or self.now) + timedelta(microseconds=place)
            for place in table["row_no"].to_pylist()
        ]
        told_at = pa.array([at.replace(tzinfo=None) for at in told], pa.timestamp("us"))
        return Batch(table, batch.rejected, 0, None, None, told_at)

    def _theirs(self, fact: Fact, table: pa.Table) -> pa.Table:
        """Return the facts that their senders may write: of their own units, now and as they are stored."""
        places = table["row_no"].to_pylist()
        units = table["unit_id"].to_pylist() if "unit_id" in table.column_names else [UNASSIGNED] * len(places)
        codes = table[fact.key[0].name].to_pylist()
        stored: dict[str, int] = {}
        if fact is not TICKETS and places:
            stored = dict(_run(self.cursor, "stored_units", codes=codes))
        source = self.writer.templates[fact.dataset].columns[fact.key[0].source]
        for place, unit, code in zip(places, units, codes, strict=True):
            row = self.rows_by_place[place]
            claimed = {unit, stored.get(code, UNASSIGNED)} - {UNASSIGNED}
            if not claimed <= row.sender.scope:
                row.refuse(NOT_THEIRS, f"{source} = {code!r}", self.texts[place])
        kept = [not self.rows_by_place[place].outcome for place in places]
        return table.filter(pa.array(kept, pa.bool_()))

    def _hold(self, rows: list[Row]) -> None:
        """Put what is refused into the quarantine of its sender's feed."""
        by_feed: dict[str, list[Rejected]] = defaultdict(list)
        for row in rows:
            refused = Rejected(row.number, row.text or {}, row.reason, row.detail)
            by_feed[row.sender.feed_id(row.dataset)].append(refused)
        for feed_id, rejected in by_feed.items():
            ledger.hold(self.cursor, self.loads[feed_id], rejected)

    def _rounds(self, fact: Fact, table: pa.Table) -> Iterable[pa.Table]:
        """Yield the facts so that no key comes twice in one merge: each record's outcome can be told."""
        seen: dict[tuple, int] = defaultdict(int)
        rounds: dict[int, list[int]] = defaultdict(list)
        keys = [table[column.name].to_pylist() for column in fact.key]
        for place, key in enumerate(zip(*keys, strict=True)):
            rounds[seen[key]].append(place)
            seen[key] += 1
        return (table.take(pa.array(places)) for places in rounds.values())

    def _merge(self, fact: Fact, mapped: Mapped, table: pa.Table) -> None:
        stage = Stage(self.cursor, fact, self._load_ids(), mapped.columns)
        stage.add(table)
        done = stage.merge(mapped.is_versioned)
        keys = [column.name for column in fact.key]
        changed: dict[tuple, bool] = {}
        if done.added < done.rows:
            self.cursor.execute(f"select is_changed, {', '.join(keys)} from known")
            changed = {tuple(key): is_changed for is_changed, *key in self.cursor.fetchall()}
        rows = zip(table["row_no"].to_pylist(), *(table[name].to_pylist() for name in keys), strict=True)
        for place, *key in rows:
            self.rows_by_place[place].outcome = "merged" if changed.get(tuple(key), True) else "unchanged"

    def _load_ids(self) -> AsIs:
        """Return the load of each staged row as SQL: rows of many feeds are merged at once."""
        ids = ",".join(str(row.load_id) for row in self.rows_by_place.values())
        return AsIs(f"(array[{ids}]::bigint[])[s.row_no]")

    def _account(self) -> None:
        counts: dict[str, dict[str, Any]] = {
            feed_id: {"load_id": load.id, "merged": 0, "unchanged": 0, "refused": 0}
            for feed_id, load in self.loads.items()
        }
        for row in self.rows:
            counts[row.sender.feed_id(row.dataset)][row.outcome] += 1
        if counts:
            _run(self.cursor, "extend_loads", counts=json.dumps(list(counts.values())), now=self.now)
        told = [feed_id for feed_id, one in counts.items() if one["merged"] or one["unchanged"]]
        quiet = [sender.feed_id(dataset) for sender, dataset in self.heard]
        _run(self.cursor, "note_feeds", feed_ids=sorted({*counts, *quiet}), told_ids=sorted(told), now=self.now)
        if any(one["merged"] for one in counts.values()):
            ledger.run(self.cursor, "bump_data_version")
            ledger.run(self.cursor, "tell_change")


def _turns(datasets: Iterable[str]) -> list[int]:
    facts = [FACTS[dataset] for dataset in datasets]
    turns = {fact.turn for fact in facts}
    return sorted(turns | ({HOURS_TURN} if any(fact is not STEPS for fact in facts) else set()))


def _placed(table: pa.Table, template: Feed, mapper: Mapper, rows: dict[int, Row]) -> pa.Table:
    """Return the records with the sender's own unit where they name none that is known."""
    source = template.columns.get("unit")
    if source is None or not table.num_rows:
        return table
    texts = table[source].combine_chunks() if isinstance(table[source], pa.ChunkedArray) else table[source]
    _, lost = mapper.units.find(pc.utf8_trim_whitespace(texts), np.full(len(texts), "NaT", "datetime64[D]"), "refuse")
    if not lost.any():
        return table
    places = table["row_no"].to_pylist()
    found = [
        rows[place].fallback or text if is_lost else text
        for place, text, is_lost in zip(places, texts.to_pylist(), lost.tolist(), strict=True)
    ]
    return table.set_column(table.column_names.index(source), source, pa.array(found, pa.string()))


def _run(cursor: Cursor, query: str, /, **parameters: Any) -> list[tuple]:
    return queries.run(cursor, "door", query, **parameters)
