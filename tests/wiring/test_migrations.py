"""The migrations: one SQL file and one revision each, in one line, with timeouts."""

import re

import psycopg2
import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from sql import migrate
from sql.migrations import script

STEMS = sorted(path.stem for path in migrate.VERSIONS.glob("[0-9]*.sql"))


def revisions():
    config = Config()
    config.set_main_option("script_location", str(migrate.VERSIONS.parent))
    return list(ScriptDirectory.from_config(config).walk_revisions())


def test_each_sql_file_is_the_work_of_one_revision():
    assert sorted(revision.revision for revision in revisions()) == STEMS
    assert migrate.head() == STEMS[-1]


def test_the_revisions_stand_in_one_line_in_the_order_of_their_numbers():
    before = {revision.revision: revision.down_revision for revision in revisions()}
    assert [before[stem] for stem in STEMS] == [None, *STEMS[:-1]]
    assert [int(stem[:4]) for stem in STEMS] == list(range(1, len(STEMS) + 1))


def test_no_revision_goes_back():
    assert not [revision.revision for revision in revisions() if hasattr(revision.module, "downgrade")]


@pytest.mark.parametrize("stem", STEMS)
def test_the_name_fits_the_column_that_alembic_keeps_it_in(stem):
    assert len(stem) <= 32


@pytest.mark.parametrize("stem", STEMS)
def test_the_revision_runs_its_file_the_common_way(stem):
    source = (migrate.VERSIONS / f"{stem}.py").read_text(encoding="utf-8")
    assert re.findall(r"^ {4}(?!\"\"\")(\S.*)$", source, re.MULTILINE) == ["script.run(__file__)"]


def test_a_migration_runs_under_lock_and_statement_timeouts(database_url, tmp_path):
    (tmp_path / "0001_show.sql").write_text(
        "create table seen as select current_setting('lock_timeout') as lock, "
        "current_setting('statement_timeout') as statement, '100%' as plain; "
        "create function f() returns int language plpgsql as $$ begin return 1; end $$;"
    )
    engine = create_engine(database_url)
    with engine.connect() as connection:
        with connection.begin(), Operations.context(MigrationContext.configure(connection)):
            script.run(str(tmp_path / "0001_show.py"))
        found = connection.exec_driver_sql("select lock, statement, plain, f() from seen").one()
        assert tuple(found) == (script.LOCK_TIMEOUT, script.STATEMENT_TIMEOUT, "100%", 1)
        assert connection.exec_driver_sql("show lock_timeout").scalar() == "0"
    engine.dispose()


def test_a_migration_that_fails_leaves_nothing(database_url, tmp_path):
    (tmp_path / "0001_wrong.sql").write_text("create table half (); select no_such_column;")
    engine = create_engine(database_url)
    with (
        engine.connect() as connection,
        pytest.raises(psycopg2.errors.UndefinedColumn),
        connection.begin(),
        Operations.context(MigrationContext.configure(connection)),
    ):
        script.run(str(tmp_path / "0001_wrong.py"))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select to_regclass('half')").scalar() is None
    engine.dispose()
