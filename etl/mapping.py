"""A batch of source texts → a table of facts, with every row that cannot be one refused with its reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl import months, times
from etl.calendars import working_calendar
from etl.check import Refusals
from etl.connectors.batch import Batch, Rejected
from etl.connectors.datasets import VOCABULARY
from etl.facts import FACTS, Fact
from etl.feeds import Feed
from etl.places import Codes, Units
from indicators import clocks
from indicators.calendar import WorkingCalendar
from sql.registry_rows import Registry, city_of

NAT = np.datetime64("NaT", "us")
ENDED_OTHERWISE = (3, 7, 8)  # refused, withdrawn, stopped
FUTURE_EVENTS = timedelta(minutes=5)
CHANNELS = VOCABULARY["dossiers", "channel"]


@dataclass(frozen=True)
class Mapped:
    """Hold the facts of one batch: `table` is staged as it stands; events are the first and last instants told of."""

    table: pa.Table
    rejected: list[Rejected]
    read: int
    columns: int
    is_versioned: bool
    first_event_at: datetime | None
    last_event_at: datetime | None


@dataclass(frozen=True)
class Rules:
    """Hold what the profile says of clocks; statutory days and time limits are by registry id."""

    zone: str
    calendar: WorkingCalendar
    statutory_days: np.ndarray
    sla_hours: np.ndarray
    acceptance_days: float
    same_day_cutoff: str


def rules_of(registry: Registry) -> Rules:
    """Return the clocks of the loaded profile."""
    city = city_of(registry)
    return Rules(
        city.timezone,
        working_calendar(city),
        _by_id((one.id, one.statutory_days) for one in registry.procedures),
        _by_id((one.id, one.sla_hours) for one in registry.categories),
        city.rules["acceptance"]["working_days"],
        city.rules["same_day"]["cutoff"],
    )


def _by_id(pairs) -> np.ndarray:
    found = {key: np.nan if value is None else float(value) for key, value in pairs}
    values = np.full(max(found, default=0) + 1, np.nan)
    values[list(found)] = list(found.values())
    return values


class Mapper:
    """Map the batches of one feed; `started_at` is the version of rows that bear none.

    A source that is asked live is not believed (`trusts_clock`) when it tells of changes to come.
    """

    def __init__(
        self,
        feed: Feed,
        registry: Registry,
        started_at: datetime,
        create: Callable[[str, str], int] | None = None,
        trusts_clock: bool = True,
    ) -> None:
        self.feed = feed
        self.fact: Fact = FACTS[feed.dataset]
        self.rules = rules_of(registry)
        self.profile_hash = city_of(registry).profile_hash
        self._begun = (started_at, create, trusts_clock)
        self.trusts_clock = trusts_clock
        self.started_at = np.datetime64(started_at.replace(tzinfo=None), "us")
        self.zone = feed.times.zone or self.rules.zone
        make = (lambda kind: lambda name: create(kind, name)) if create else lambda kind: None
        self.units = Units(registry, make("unit"))
        self.codes = {
            "procedure": Codes(registry.procedures, make("procedure")),
            "category": Codes(registry.categories, make("category")),
        }

    def renewed(self, registry: Registry) -> Mapper:
        """Return the mapper of the same run by another profile."""
        return Mapper(self.feed, registry, *self._begun)

    def is_versioned(self, batch: Batch) -> bool:
        """Tell whether rows of a batch say themselves which of two is the newer one."""
        return self.feed.columns.get(self.fact.version) in batch.table.column_names

    def map(self, batch: Batch) -> Mapped:
        """Return the facts of a batch; refused rows come back beside what extract had refused already."""
        rows = Rows(self, batch)
        arrays = rows.facts()
        kept = pa.array(~rows.refusals.refused)
        table = pa.table(arrays).filter(kept)
        first, last = rows.events(table)
        names = set(table.column_names)
        return Mapped(
            table,
            batch.rejected + rows.refusals.rejected(batch.table),
            batch.table.num_rows + len(batch.rejected),
            self.fact.bits(names),
            self.fact.version in names,
            first,
            last,
        )


class Rows:
    """Turn one batch into the columns of its fact table."""

    def __init__(self, mapper: Mapper, batch: Batch) -> None:
        self.mapper, self.table, self.told_at = mapper, batch.table, batch.told_at
        self.feed, self.fact = mapper.feed, mapper.fact
        self.refusals = Refusals(batch.table.num_rows, mapper.feed)

    def facts(self) -> dict[str, pa.Array]:
        """Return the columns of the fact table, those alone that the feed can fill, then version_at and row_no."""
        out: dict[str, pa.Array] = self._keys()
        instants = self._instants()
        self.refusals.closed_before_opened(self.fact, instants)
        for name, values in instants.items():
            out[self._column(name)] = _timestamps(values)
        out |= self._places(instants)
        out |= self._values()
        if self.fact.dataset == "dossiers":
            out |= self._dossier_clocks(out, instants)
        if self.fact.dataset == "tickets" and "category_id" in out:
            out["due_rule_at"] = self._ticket_clock(out, instants)
        version = instants.get(self.fact.version)
        told = self._told()
        versions = told if version is None else np.where(np.isnat(version), told, self._bounded(version))
        keys = [column.name for column in self.fact.key]
        named = {c.name: out[c.name] for c in self.fact.columns if c.name in out}
        return {k: out[k] for k in keys} | named | {"version_at": _timestamps(versions), "row_no": self.table["row_no"]}

    def events(self, table: pa.Table) -> tuple[datetime | None, datetime | None]:
        """Return the first opening and the last moment that rows tell of (never later than the load itself)."""
        limit = self.mapper.started_at + np.timedelta64(FUTURE_EVENTS)
        told = [self.fact.version, *self.fact.opening, *self.fact.closing]
        found = [table[name].to_numpy() for name in told if name in table.column_names and table.num_rows]
        known = np.concatenate(found) if found else np.array([], "datetime64[us]")
        known = known[~np.isnat(known) & (known <= limit)]
        return (_datetime(known.min()), _datetime(known.max())) if len(known) else (None, None)

    def _bounded(self, version: np.ndarray) -> np.ndarray:
        """Return versions none of which lies in the future of a live source whose clock is ahead.

        Else what it tells once its clock is right again would be older than what it told before, and be lost.
        """
        if self.mapper.trusts_clock:
            return version
        begun = self.mapper.started_at
        return np.where(version > begun + np.timedelta64(FUTURE_EVENTS), begun, version)

    def _told(self) -> np.ndarray:
        """Return the versions of rows that bear none: the order of loads, and of the rows within one."""
        if self.told_at is not None:
            return self.told_at.to_numpy(zero_copy_only=False).astype("datetime64[us]")
        return self.mapper.started_at + self.table["row_no"].to_numpy().astype("timedelta64[us]")

    def _source(self, column: str) -> pa.Array | None:
        source = self.feed.columns.get(column)
        if source is None or source not in self.table.column_names:
            return None  # not mapped, or an optional column that no record of the source has
        values = self.table[source]
        return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values

    def _column(self, canonical: str) -> str:
        """Return the fact column that a canonical time column fills."""
        return "due_given_at" if canonical == "due_at" and self.fact.dataset != "steps" else canonical

    def _keys(self) -> dict[str, pa.Array]:
        keys: dict[str, pa.Array] = {}
        for column in self.fact.key:
            if column.name == "month":
                keys["month"] = months.months_of(keys["code"])
                continue
            values = self._source(column.source)
            if values is None:
                values = self._made_key(column.name)
            values = pc.utf8_trim_whitespace(values)
            values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
            if column.name == "stage":
                values = pc.fill_null(values, "whole")
            elif column.name == "code" and self.fact.dataset == "steps":
                values = pc.coalesce(values, self._made_key("code"))
            self.refusals.add(pc.is_null(values), "no code", column.source)
            keys[column.name] = values
        return keys

    def _made_key(self, name: str) -> pa.Array:
        """Return a key for rows whose source has none: a rating is of the whole, a step is told by who and when."""
        if name == "stage":
            return pa.nulls(self.table.num_rows, pa.string())
        parts = [self._source(part) for part in ("agency", "department", "started_at")]
        found = [pc.fill_null(part, "") for part in parts if part is not None]
        return pc.binary_join_element_wise(*found, "|") if found else pa.array(["only"] * self.table.num_rows)

    def _instants(self) -> dict[str, np.ndarray]:
        found = {}
        names = [column.source for column in self.fact.columns if column.type == "timestamptz"]
        for name in dict.fromkeys(name for name in names if name.endswith("_at")):
            texts = self._source(name)
            if texts is not None:
                found[name], unreadable = times.parse(texts, self.feed.times.format, self.mapper.zone)
                self.refusals.add(unreadable, "unreadable time", name)
        opening = [found[name] for name in self.fact.opening if name in found]
        if self.fact.dataset in ("dossiers", "tickets"):
            self.refusals.add(
                np.logical_and.reduce([np.isnat(one) for one in opening]), "no opening time", self.fact.opening[0]
            )
        return found

    def _places(self, instants: dict[str, np.ndarray]) -> dict[str, pa.Array]:
        placed = {}
        for column in self.fact.columns:
            texts = self._source(column.source) if column.name in ("unit_id", "procedure_id", "category_id") else None
            if texts is None:
                continue
            unknown = self.feed.unknown.get(column.source, "refuse")
            if column.source == "unit":
                ids, lost = self.mapper.units.find(texts, self._days(instants), unknown)
            else:
                ids, lost = self.mapper.codes[column.source].find(texts, unknown)
            self.refusals.add(lost, f"unknown {column.source}", column.source)
            placed[column.name] = pa.array(ids, pa.int32())
        return placed

    def _days(self, instants: dict[str, np.ndarray]) -> np.ndarray:
        """Return the day of the city that each row opened."""
        days = np.full(self.table.num_rows, NAT)
        for name in reversed([name for name in self.fact.opening if name in instants]):
            days = np.where(np.isnat(instants[name]), days, instants[name])
        return self.mapper.rules.calendar.to_local(days).astype("datetime64[D]")

    def _values(self) -> dict[str, pa.Array]:
        out = {}
        for column in self.fact.columns:
            if column.name in ("unit_id", "procedure_id", "category_id") or column.type == "timestamptz":
                continue
            texts = self._source(column.source)
            if texts is not None:
                out[column.name] = self._value(column.name, column.type, texts)
        return out

    def _value(self, name: str, type_: str, texts: pa.Array) -> pa.Array:
        allowed = VOCABULARY.get((self.fact.dataset, name))
        texts, strange = translated(texts, self.feed.values.get(name, {}), allowed)
        self.refusals.add(strange, "value outside its list", name)
        if type_ == "text":
            return texts
        if allowed and name == "channel":
            return pc.cast(pc.add(pc.index_in(texts, pa.array(allowed)), 1), pa.int16())
        numbers, wrong = whole_numbers(texts)
        self.refusals.add(wrong, "not a number", name)
        return numbers

    def _dossier_clocks(self, out: dict[str, pa.Array], instants: dict[str, np.ndarray]) -> dict[str, pa.Array]:
        clocked: dict[str, pa.Array] = {}
        rules, nothing = self.mapper.rules, np.full(self.table.num_rows, NAT)
        accepted = instants.get("accepted_at", nothing)
        if "procedure_id" in out:
            days = known(rules.statutory_days, out["procedure_id"].to_numpy())
            days = np.where(np.isnat(instants.get("due_at", nothing)), days, np.nan)
            due = clocks.statutory_due(accepted, days, rules.calendar, rules.same_day_cutoff)
            clocked["due_rule_at"] = _timestamps(due)
        if "submitted_at" in instants:
            by = clocks.acceptance_due(instants["submitted_at"], rules.calendar, rules.acceptance_days)
            clocked["accept_by"] = _timestamps(by)
        if "status" in out:
            clocked["stopped_at"] = _timestamps(_stopped(out["status"], instants, accepted))
        return clocked

    def _ticket_clock(self, out: dict[str, pa.Array], instants: dict[str, np.ndarray]) -> pa.Array:
        hours = known(self.mapper.rules.sla_hours, out["category_id"].to_numpy())
        given = instants.get("due_at")
        hours = hours if given is None else np.where(np.isnat(given), hours, np.nan)
        return _timestamps(clocks.ticket_due(instants["opened_at"], hours))


def known(values: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Return the value of each id, NaN for ids that came after the registry was read (a feed has just created them)."""
    return np.where(ids < len(values), values[np.minimum(ids, len(values) - 1)], np.nan)


def translated(texts: pa.Array, values: dict[str, str], allowed: tuple[str, ...] | None) -> tuple[pa.Array, np.ndarray]:
    """Return (canonical texts, those outside the list) by the feed's values; a null takes what "" stands for."""
    encoded = pc.dictionary_encode(pc.utf8_trim_whitespace(texts))
    known = [values.get(value, value) or None for value in encoded.dictionary.to_pylist()]
    strange = [allowed is not None and value is not None and value not in allowed for value in known]
    places = pc.fill_null(encoded.indices, len(known)).to_numpy(zero_copy_only=False)
    canonical = pa.array([*known, values.get("") or None], pa.string()).take(pa.array(places))
    return canonical, np.array([*strange, False], bool)[places]


def whole_numbers(texts: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Return (smallints, those that are none) of a text column."""
    good = pc.fill_null(pc.match_substring_regex(texts, r"^[+-]?\d{1,4}$"), True)
    digits = pc.ascii_ltrim(texts, "+")
    numbers = pc.cast(pc.if_else(good, digits, pa.scalar(None, pa.string())), pa.int16())
    return numbers, ~good.to_numpy(zero_copy_only=False)


def _stopped(status: pa.Array, instants: dict[str, np.ndarray], accepted: np.ndarray) -> np.ndarray:
    """Return when a dossier was refused, withdrawn or stopped: its own time, else that of its last change."""
    ended = np.isin(pc.fill_null(status, 0).to_numpy(zero_copy_only=False), ENDED_OTHERWISE)
    when = accepted.copy()
    for name in ("submitted_at", "accepted_at", "changed_at", "stopped_at"):
        told = instants.get(name)
        if told is not None:
            when = np.where(np.isnat(told), when, told)
    return np.where(ended, np.maximum(when, np.where(np.isnat(accepted), when, accepted)), NAT)


def _timestamps(values: np.ndarray) -> pa.Array:
    return pa.array(values.astype("datetime64[us]"), pa.timestamp("us"))


def _datetime(value: np.datetime64) -> datetime:
    return value.astype("datetime64[us]").astype(datetime)
