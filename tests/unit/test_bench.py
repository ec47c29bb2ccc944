"""The made year is the same at every run and possible as a year; a row of the table says whether a need is met."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import csv

from bench import __main__ as bench
from bench import city, year
from bench.rows import Row, faster, smaller, table
from etl import extract, feeds

ROWS = 5_000


@pytest.fixture(scope="module")
def drawn() -> year.City:
    return year.City.of(city.read_profile())


@pytest.fixture(scope="module")
def made(drawn: year.City) -> pa.Table:
    return pa.concat_tables(year.days(drawn, ROWS))


def test_a_year_has_as_many_rows_as_were_asked_for_and_each_code_once(made: pa.Table) -> None:
    assert made.num_rows == ROWS
    assert pc.count_distinct(made["code"]).as_py() == ROWS


def test_a_year_is_the_same_at_every_run(drawn: year.City, made: pa.Table) -> None:
    assert pa.concat_tables(year.days(drawn, ROWS)).equals(made)


def test_a_year_fills_250_working_days_in_the_order_of_acceptance(made: pa.Table) -> None:
    accepted = made["accepted_at"].to_numpy()
    assert (np.diff(accepted) >= np.timedelta64(0)).all()
    days = np.unique(accepted.astype("datetime64[D]"))
    assert len(days) == year.WORKING_DAYS
    assert days[-1] == np.datetime64(year.LAST_DAY)


def test_dossiers_are_accepted_while_offices_are_open(made: pa.Table) -> None:
    accepted = made["accepted_at"].to_numpy()
    seconds = (accepted - accepted.astype("datetime64[D]")).astype("timedelta64[s]").astype(int)
    in_the_morning = (seconds >= year.OPENS_S) & (seconds < year.NOON_S)
    in_the_afternoon = (seconds >= year.AFTERNOON_S) & (seconds < year.CLOSES_S)
    assert (in_the_morning | in_the_afternoon).all()


def test_no_dossier_ends_or_changes_before_it_was_accepted(made: pa.Table) -> None:
    for name in ("finished_at", "changed_at", "due_at"):
        assert pc.all(pc.fill_null(pc.greater_equal(made[name], made["accepted_at"]), True)).as_py()
    assert pc.all(pc.less_equal(made["submitted_at"], made["accepted_at"])).as_py()


def test_about_two_in_a_hundred_are_open_and_some_are_late(made: pa.Table) -> None:
    is_open = pc.equal(made["status"], year.WORKED_ON)
    assert 0.01 < pc.mean(is_open.cast(pa.float64())).as_py() < 0.03
    late = pc.mean(pc.greater(made["finished_at"], made["due_at"]).cast(pa.float64())).as_py()
    assert 0.01 < late < 0.1


def test_another_revision_changes_every_row_and_no_code(drawn: year.City, made: pa.Table) -> None:
    later = pa.concat_tables(year.days(drawn, ROWS, revision=1))
    assert later["code"].equals(made["code"])
    assert pc.all(pc.greater(later["changed_at"], made["changed_at"])).as_py()


def test_every_unit_and_procedure_of_a_year_is_of_the_profile(made: pa.Table) -> None:
    profile = city.read_profile()
    assert set(made["unit"].to_pylist()) <= {unit.code for unit in profile.units}
    assert set(made["procedure"].to_pylist()) <= {one.code for one in profile.procedures}


def test_the_command_writes_a_year_that_its_feed_can_read(tmp_path: Path) -> None:
    path = tmp_path / "year.csv"
    assert bench.main(["year", "--rows", "700", "--out", str(path)]) == 0
    batches = list(extract.from_file(feeds.read(year.FEED), path))
    assert sum(batch.table.num_rows for batch in batches) == 700
    assert not [row for batch in batches for row in batch.rejected]
    assert csv.read_csv(path).num_rows == 700


def test_a_rate_is_judged_against_its_limit_from_below_and_a_cost_from_above() -> None:
    assert faster("load", 60.0, 100.0, 0.5).ok
    assert not faster("load", 40.0, 100.0, 0.5).ok
    assert smaller("memory", 300.0, 400.0, 1.0).ok
    assert not smaller("memory", 401.0, 400.0, 1.0).ok


def test_what_has_no_need_is_told_and_not_judged() -> None:
    told = Row("frame, in all (ms)", 12.0)
    assert told.ok
    assert "| frame, in all (ms) | 12.0 |" in table([told])


def test_rows_are_written_with_their_verdict() -> None:
    row = faster("load", 40.0, 100.0, 0.5, {"pandas.to_sql": 10.0})
    assert json.loads(json.dumps(row.as_json())) == {
        "name": "load", "ours": 40.0, "limit": 100.0, "peer": {"pandas.to_sql": 10.0}, "ratio": 0.4, "need": 0.5,
        "ok": False,
    }  # fmt: skip
