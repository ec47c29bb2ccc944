"""The SQL of a merge names what the feed writes, and nothing else."""

import re

import pytest

from etl.facts import DOSSIERS, FACTS, TICKETS
from etl.merge import Merge

WHOLE = {name: (1 << len(fact.columns)) - 1 for name, fact in FACTS.items()}


@pytest.mark.parametrize(("dataset", "names"), [
    ("dossiers", "unit_id procedure_id channel status submitted_at accepted_at due_given_at due_rule_at finished_at "
                 "returned_at stopped_at accept_by changed_at"),
    ("tickets", "unit_id category_id channel status opened_at due_given_at due_rule_at first_answer_at closed_at "
                "reopened_at changed_at"),
    ("steps", "agency department started_at due_at finished_at status changed_at"),
    ("ratings", "score rated_at"),
])  # fmt: skip
def test_the_bits_of_stored_rows_go_on_meaning_the_same_columns(dataset, names):
    """Rows hold these places in `columns` and `column_versions`: a column may be added at the end alone."""
    assert [column.name for column in FACTS[dataset].columns][: len(names.split())] == names.split()


def test_a_mask_names_the_columns_that_a_feed_writes():
    assert TICKETS.bits({"opened_at", "unit_id", "no such column"}) == 0b10001
    assert [column.name for column in Merge(TICKETS, 0b10001).written] == ["unit_id", "opened_at"]


@pytest.mark.parametrize("dataset", FACTS)
@pytest.mark.parametrize("uniform", [True, False])
def test_an_update_sets_no_column_that_the_feed_does_not_write(dataset, uniform):
    fact = FACTS[dataset]
    written = fact.columns[0].name
    text = Merge(fact, 1).update(uniform).partition(" set ")[2].partition(" from ")[0]
    assert f"{written} = " in text
    for column in fact.columns[1:]:
        assert not re.search(rf"(?<![.\w]){column.name} = ", text), column.name
        assert f"s.{column.name}" not in text


@pytest.mark.parametrize("dataset", FACTS)
def test_a_new_row_takes_every_column_of_the_feed_and_of_which_feed_columns_it_is(dataset):
    text = Merge(FACTS[dataset], WHOLE[dataset]).insert("winner", has_known=True)
    assert all(f" {column.name}" in text or f"({column.name}" in text for column in FACTS[dataset].columns)
    assert f", {WHOLE[dataset]}, %(load_id)s" in text


def test_only_dossiers_that_are_told_an_appointment_say_since_when():
    due = DOSSIERS.bits({"due_given_at"})
    assert "due_since = " in Merge(DOSSIERS, due).update(uniform=True)
    assert "due_since" not in Merge(DOSSIERS, 1).update(uniform=True)
    assert "due_since" not in Merge(TICKETS, WHOLE["tickets"]).update(uniform=False)


def test_locks_of_facts_that_change_each_other_are_one():
    """Ratings write into dossiers."""
    assert FACTS["ratings"].turn == FACTS["dossiers"].turn
    assert len({fact.turn for fact in FACTS.values()}) == len(FACTS) - 1
