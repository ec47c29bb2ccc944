"""Every query that is kept in a file can be planned against the migrated schema."""

import re

import psycopg2.errors
import pytest

from etl import facts
from etl.merge import Merge
from sql import database, queries
from tests.conftest import create_database, named

ALL = [(stem, name) for stem in queries.stems() for name in queries.load(stem)]
PLANNED = re.compile(r"\A(--.*\n)*\s*(select|with|insert|update|delete|merge|values)\b")
SESSION = re.compile(r"\A(--.*\n)*\s*(set|notify|listen|unlisten|lock table|truncate|create temporary table)\b")


@pytest.fixture(scope="module")
def staged(postgres):
    """A connection to the migrated schema with the temporary tables that a load works on, of all columns."""
    create_database(postgres, "planned", "empty_city")
    opened = database.connect(named(postgres, "planned"), "plans")
    with opened.cursor() as cursor:
        for fact in facts.FACTS.values():
            merge = Merge(fact, (1 << len(fact.columns)) - 1)
            cursor.execute(merge.create_stage())
            if fact is facts.DOSSIERS:
                cursor.execute(merge.probe(fact.stage, uniform=True))
        for stem in queries.stems():
            cursor.execute(queries.load(stem).get("create_stage", "select"))
        cursor.execute("savepoint planned")
    yield opened
    opened.close()


def test_there_are_queries():
    assert len(ALL) > 50


@pytest.mark.parametrize(("stem", "name"), ALL, ids=[f"{stem}.{name}" for stem, name in ALL])
def test_the_query_plans(staged, stem, name):
    statement = queries.load(stem)[name]
    if SESSION.match(statement):
        return
    assert PLANNED.match(statement), f"{stem}.{name} begins with none of the words that queries begin with"
    plan(staged, statement)


def test_a_query_with_a_wrong_column_does_not_plan(staged):
    with pytest.raises(psycopg2.errors.UndefinedColumn):
        plan(staged, "select no_such from dossier where code = :code")


def test_every_query_says_who_asks():
    assert not [f"{stem}.{name}" for stem, name in ALL if not queries.load(stem)[name].startswith("-- ")]


@pytest.mark.parametrize("stem", queries.stems())
def test_nothing_but_comments_stands_before_the_first_query(stem):
    before = (queries.FOLDER / f"{stem}.sql").read_text(encoding="utf-8").split("-- name:")[0]
    assert all(line.startswith("--") or not line.strip() for line in before.splitlines())


def plan(connection, statement: str) -> None:
    """Plan the statement for unknown parameters; where a parameter's type cannot be told, for nulls."""
    with connection.cursor() as cursor:
        try:
            cursor.execute(f"explain (generic_plan) {numbered(statement)}")
        except psycopg2.errors.AmbiguousParameter:
            cursor.execute("rollback to savepoint planned")
            cursor.execute(f"explain {queries.PARAMETER.sub('null', statement)}")
        finally:
            cursor.execute("rollback to savepoint planned")


def numbered(statement: str) -> str:
    """Return the statement with $1, $2 … for its named parameters, as the planner takes them."""
    names = list(dict.fromkeys(queries.PARAMETER.findall(statement)))
    return queries.PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", statement)
