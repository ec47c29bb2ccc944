"""The fact tables as the loader writes them: keys, columns in their fixed order, and how feeds name them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """Describe a column of a fact: its Postgres type, and the canonical column of the feed that fills it."""

    name: str
    type: str
    source: str


@dataclass(frozen=True)
class Fact:
    """Describe a fact table; bit i of `columns` (in the table) stands for the i-th column here: never reorder."""

    dataset: str
    table: str
    key: tuple[Column, ...]
    columns: tuple[Column, ...]
    version: str
    opening: tuple[str, ...]
    closing: tuple[str, ...]
    turn: int

    def bits(self, names: set[str]) -> int:
        """Return the bit mask of the columns with these names."""
        return sum(1 << place for place, column in enumerate(self.columns) if column.name in names)

    @property
    def stage(self) -> str:
        """Return the name of the temporary table that a batch is copied into."""
        return f"stage_{self.table}"


def _time(name: str, source: str = "") -> Column:
    return Column(name, "timestamptz", source or name)


DOSSIERS = Fact(
    "dossiers", "dossier", (Column("code", "text", "code"), Column("month", "date", "code")),  # etl/months.py
    (
        Column("unit_id", "integer", "unit"), Column("procedure_id", "integer", "procedure"),
        Column("channel", "smallint", "channel"), Column("status", "smallint", "status"),
        _time("submitted_at"), _time("accepted_at"), _time("due_given_at", "due_at"),
        _time("due_rule_at", "procedure"), _time("finished_at"), _time("returned_at"),
        _time("stopped_at"), _time("accept_by", "submitted_at"), _time("changed_at"), _time("asked_at"),
    ),
    version="changed_at", opening=("accepted_at", "submitted_at"), closing=("finished_at", "returned_at"), turn=7661001,
)  # fmt: skip
TICKETS = Fact(
    "tickets", "ticket", (Column("code", "text", "code"),),
    (
        Column("unit_id", "integer", "unit"), Column("category_id", "integer", "category"),
        Column("channel", "text", "channel"), Column("status", "text", "status"), _time("opened_at"),
        _time("due_given_at", "due_at"), _time("due_rule_at", "category"), _time("first_answer_at"),
        _time("closed_at"), _time("reopened_at"), _time("changed_at"),
    ),
    version="changed_at", opening=("opened_at",), closing=("closed_at",), turn=7661002,
)  # fmt: skip
STEPS = Fact(
    "steps", "dossier_step", (Column("dossier_code", "text", "dossier"), Column("code", "text", "code")),
    (
        Column("agency", "text", "agency"), Column("department", "text", "department"), _time("started_at"),
        _time("due_at"), _time("finished_at"), Column("status", "smallint", "status"), _time("changed_at"),
    ),
    version="changed_at", opening=("started_at",), closing=("finished_at",), turn=7661003,
)  # fmt: skip
RATINGS = Fact(
    "ratings", "rating", (Column("dossier_code", "text", "dossier"), Column("stage", "text", "stage")),
    (Column("score", "smallint", "score"), _time("rated_at")),
    version="rated_at", opening=(), closing=(), turn=7661001,  # ratings change dossiers: they take the dossiers' turn
)  # fmt: skip
LETTERS = Fact(
    "letters", "apology_letter", (Column("dossier_code", "text", "dossier"), Column("code", "text", "code")),
    (
        _time("sent_at"), _time("new_due_at"), Column("signer", "text", "signer"), _time("reviewed_at"),
        _time("changed_at"),
    ),
    version="changed_at", opening=("sent_at",), closing=(), turn=7661005,
)  # fmt: skip
FACTS = {fact.dataset: fact for fact in (DOSSIERS, TICKETS, STEPS, RATINGS, LETTERS)}
HOURS_TURN = 7661009  # dossiers and tickets count in one table of hours: whoever changes either takes this turn last
EVERY_TURN = (*sorted({DOSSIERS.turn, TICKETS.turn}), HOURS_TURN)
OBSERVED = {"observations": "value", "targets": "target"}
