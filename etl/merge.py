"""The SQL that merges a staged batch into a fact table.

Every column of a fact is a last-writer-wins register: the newest version wins, of two values of one version the
greater. That makes merging commutative, associative and idempotent: any order, any duplicates, any batching of the
same rows end in the same facts. A feed writes only the columns that it maps.

Two texts exist for each step: `uniform` for a table whose rows all come from feeds with the same columns (then one
version stands for the whole row), and `mixed`, where each column may bear its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from etl.facts import Column, Fact

REDATED = (
    "(s.due_given_at is distinct from d.due_given_at or s.version_at < d.due_since "
    "or exists (select 1 from dossier_due_change as c where c.dossier_code = s.code))"
)
FOUND = "select count(*), count(*) filter (where is_changed), count(*) filter (where is_redated) from known"


@dataclass(frozen=True)
class Merge:
    """Write the statements for one fact table and one set of columns."""

    fact: Fact
    columns: int

    @property
    def written(self) -> list[Column]:
        """Return the columns that the batch writes."""
        return [column for place, column in enumerate(self.fact.columns) if self.columns >> place & 1]

    @property
    def staged(self) -> list[Column]:
        """Return the columns of a mapped batch, in their order."""
        return [*self.fact.key, *self.written, Column("version_at", "timestamptz", ""), Column("row_no", "bigint", "")]

    @property
    def has_due_times(self) -> bool:
        """Tell whether the batch gives appointments, which are kept when they move."""
        return self.fact.table == "dossier" and "due_given_at" in self._names

    @property
    def _keys(self) -> str:
        return ", ".join(column.name for column in self.fact.key)

    @property
    def _names(self) -> list[str]:
        return [column.name for column in self.written]

    def create_stage(self) -> str:
        """Return the text that makes the batch's temporary table."""
        columns = ", ".join(f"{column.name} {column.type}" for column in self.staged)
        return f"create temporary table if not exists {self.fact.stage} ({columns})"

    def copy(self) -> str:
        """Return the COPY that fills the stage."""
        return f"copy {self.fact.stage} from stdin with (format binary)"

    def keep_one_of_each(self, is_versioned: bool) -> str:
        """Return the text that leaves one row of each key in `winner`: newest version, of equals the greater values.

        Rows without versions are in load order: the last one of the file wins whole.
        """
        if not is_versioned:
            return (
                f"create temporary table winner on commit drop as select distinct on ({self._keys}) * "
                f"from {self.fact.stage} order by {self._keys}, version_at desc"
            )
        greatest = ", ".join(f"max({name}) as {name}" for name in self._names)
        matches = " and ".join(f"s.{column.name} = newest.{column.name}" for column in self.fact.key)
        keys = ", ".join(f"s.{column.name}" for column in self.fact.key)
        return (
            f"create temporary table winner on commit drop as "
            f"select {keys}, {greatest}, version_at, min(row_no) as row_no from {self.fact.stage} as s "
            f"join (select {self._keys}, max(version_at) as newest_at from {self.fact.stage} "
            f"group by {self._keys}) as newest on {matches} and s.version_at = newest_at group by {keys}, version_at"
        )

    def probe(self, source: str, uniform: bool) -> str:
        """Return the text that finds which rows are stored already (`known`), whole, and what they change there.

        `is_redated` marks those whose appointments have to be looked at: where a key has several rows, all.
        """
        match = " and ".join(f"d.{column.name} = s.{column.name}" for column in self.fact.key)
        redated = ("true" if source == "winner" else REDATED) if self.has_due_times else "false"
        return (
            f"create temporary table known on commit drop as select s.*, {self._changes(uniform)} as is_changed, "
            f"{redated} as is_redated from {source} as s join {self.fact.table} as d on {match}"
        )

    def insert(self, source: str, has_known: bool) -> str:
        """Return the text that adds the rows that are not stored yet (parameter: load_id)."""
        names = ", ".join([*(c.name for c in self.fact.key), *self._names])
        match = " and ".join(f"k.{column.name} = s.{column.name}" for column in self.fact.key)
        unknown = f" where not exists (select 1 from known as k where {match})" if has_known else ""
        extra, extra_values = self._extra("s")
        return (
            f"insert into {self.fact.table} ({names}{extra}, version_at, columns, load_id) "
            f"select {names}{extra_values}, version_at, {self.columns}, %(load_id)s from {source} as s{unknown} "
            f"order by {self._keys} on conflict do nothing"
        )

    def update(self, uniform: bool) -> str:
        """Return the text that brings the changed rows to their new state (parameter: load_id)."""
        match = " and ".join(f"d.{column.name} = s.{column.name}" for column in self.fact.key)
        return (
            f"update {self.fact.table} as d set {', '.join(self._assignments(uniform))}, load_id = %(load_id)s "
            f"from known as s where {match} and s.is_changed"
        )

    def _extra(self, alias: str) -> tuple[str, str]:
        """Return the columns that a new row derives from its batch: since when its due time is told."""
        if self.has_due_times:
            return ", due_since", f", case when {alias}.due_given_at is not null then {alias}.version_at end"
        if self.fact.table == "rating":
            return ", waiting", (
                ", not exists (select 1 from dossier as d "
                f"where d.code = {alias}.dossier_code and d.month = dossier_month({alias}.dossier_code))"
            )
        return "", ""

    def _changes(self, uniform: bool) -> str:
        if not uniform:
            told = f"s.{self.fact.version} is not null"  # a row without its version tells nothing by being read later
            return " or ".join(
                f"({self._takes(column)} and (s.{column.name} is distinct from d.{column.name}"
                + (
                    f" or {told} and s.version_at is distinct from {self._version(column)}"
                    if self._is_versioned
                    else ""
                )
                + "))"
                for column in self.written
            )
        ours = ", ".join(f"d.{name}" for name in self._names)
        theirs = ", ".join(f"s.{name}" for name in self._names)
        greatest = ", ".join(f"greatest(d.{name}, s.{name})" for name in self._names)
        return (
            f"case when s.version_at > d.version_at then ({theirs}) is distinct from ({ours}) "
            f"when s.version_at = d.version_at then ({ours}) is distinct from ({greatest}) else false end"
        )

    def _assignments(self, uniform: bool) -> list[str]:
        due = [self._due_since(uniform)] if self._extra("s")[0] == ", due_since" else []
        sets = [f"{column.name} = {self._value(column, uniform)}" for column in self.written]
        if uniform:
            return [*sets, *due, "version_at = greatest(d.version_at, s.version_at)"]
        versions = [
            f"case when {self._takes(c)} then s.version_at else {self._version(c)} end"
            if c in self.written
            else self._version(c)
            for c in self.fact.columns
        ]
        return [
            *sets,
            *due,
            f"column_versions = array[{', '.join(versions)}]",
            f"columns = d.columns | {self.columns}",
            "version_at = greatest(d.version_at, s.version_at)",
        ]

    def _value(self, column: Column, uniform: bool) -> str:
        """Return the value that a column has after the merge."""
        ours, theirs = f"d.{column.name}", f"s.{column.name}"
        if uniform:
            return f"(case when s.version_at > d.version_at then {theirs} else greatest({ours}, {theirs}) end)"
        return f"(case when {self._takes(column)} then {theirs} else {ours} end)"

    def _due_since(self, uniform: bool) -> str:
        new = self._value(self._due, uniform)
        told = f"case when s.due_given_at = {new} then least(d.due_since, s.version_at) else d.due_since end"
        return (
            f"due_since = case when {new} is null then null "
            f"when {new} is not distinct from d.due_given_at then {told} else s.version_at end"
        )

    @property
    def _due(self) -> Column:
        return next(column for column in self.written if column.name == "due_given_at")

    @property
    def _is_versioned(self) -> bool:
        return self.fact.version in self._names

    def _version(self, column: Column) -> str:
        """Return the version that a stored column bears, null when no feed has written it."""
        place = self.fact.columns.index(column)
        return (
            f"case when d.column_versions is not null then d.column_versions[{place + 1}] "
            f"when d.columns & {1 << place} <> 0 then d.version_at end"
        )

    def _takes(self, column: Column) -> str:
        """Return the condition under which the batch's value replaces the stored one."""
        version = self._version(column)
        name = column.name
        return (
            f"(({version}) is null or s.version_at > ({version}) or s.version_at = ({version}) "
            f"and (s.{name} > d.{name} or d.{name} is null and s.{name} is not null))"
        )
