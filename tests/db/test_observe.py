"""Values and targets of the statistical indicators: what changed is a new vintage, nothing is overwritten."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl import runs
from sql import database
from tests.conftest import fresh_database
from tests.db.deliveries import NOW, emptied, feed_of, framer_of, loaded, one, rows, written

COLUMNS = ("indicator", "period", "unit", "value", "status")


@pytest.fixture
def values(tmp_path):
    return feed_of(tmp_path, "values", "observations", COLUMNS)


def value(indicator="K01", **more):
    return {"indicator": indicator, "period": "2026-10", "unit": "01", "value": "12.5", "status": "p"} | more


def load(url, folder, feed, *told):
    return loaded(url, feed, written(folder / "f.csv", feed, told))


VINTAGES = (
    "select indicator_code, period, kind, value, status from observation order by vintage_at, indicator_code, period"
)


def test_a_value_that_changes_is_a_new_vintage_and_the_old_one_stays(city, conn, tmp_path, values):
    assert load(city, tmp_path, values, value()).counts.merged == 1
    assert load(city, tmp_path, values, value()).counts.merged == 0, "the same file twice"
    assert load(city, tmp_path, values, value(value="13")).counts.merged == 1
    assert load(city, tmp_path, values, value(value="13", status="f")).counts.merged == 1
    assert rows(conn, VINTAGES) == [
        ("K01", "2026-10", "value", Decimal("12.5"), "p"),
        ("K01", "2026-10", "value", Decimal(13), "p"),
        ("K01", "2026-10", "value", Decimal(13), "f"),
    ]


def test_a_value_that_is_taken_back_is_missing_and_not_zero(city, conn, tmp_path, values):
    load(city, tmp_path, values, value(), value("K02", value="0"))
    assert framer_of(city).recount(conn, NOW.replace(year=2030))["city"]["targets_fed"] == 2
    load(city, tmp_path, values, value(value=""))
    assert rows(conn, "select value from observation where indicator_code = 'K01' order by vintage_at") == [
        (Decimal("12.5"),),
        (None,),
    ]


def test_targets_and_values_do_not_touch_each_other(city, conn, tmp_path, values):
    targets = feed_of(tmp_path, "targets", "targets", COLUMNS)
    load(city, tmp_path, values, value())
    assert load(city, tmp_path, targets, value(value="20")).counts.merged == 1
    assert load(city, tmp_path, values, value()).counts.merged == 0
    assert rows(conn, "select kind, value from observation order by kind") == [
        ("target", Decimal(20)),
        ("value", Decimal("12.5")),
    ]


@pytest.mark.parametrize(("change", "reason", "detail"), [
    ({"indicator": ""}, "no code", "indicator = None"),
    ({"indicator": "K99"}, "unknown indicator", "indicator = 'K99'"),
    ({"period": "10/2026"}, "unreadable time", "period = '10/2026'"),
    ({"period": "2026-13"}, "unreadable time", "period = '2026-13'"),
    ({"period": "2026-Q5"}, "unreadable time", "period = '2026-Q5'"),
    ({"period": "2026-02-30"}, "unreadable time", "period = '2026-02-30'"),
    ({"unit": "99"}, "unknown unit", "unit = '99'"),
    ({"value": "12.5 %"}, "not a number", "value = '12.5 %'"),
    ({"value": "1e9999"}, "not a number", "value = '1e9999'"),
    ({"value": "NaN"}, "not a number", "value = 'NaN'"),
    ({"value": "１２"}, "not a number", "value = '１２'"),
    ({"status": "final"}, "value outside its list", "status = 'final'"),
])  # fmt: skip
def test_what_is_no_value_is_held_with_its_reason(city, conn, tmp_path, values, change, reason, detail):
    outcome = load(city, tmp_path, values, value(), value("K02") | change)
    assert (outcome.counts.merged, outcome.counts.reasons) == (1, {reason: 1})
    assert rows(conn, "select row_no, reason, detail from quarantine") == [(2, reason, detail)]
    assert rows(conn, "select read, merged, unchanged, refused from load") == [(2, 1, 0, 1)]


@pytest.mark.parametrize("period", ["2026", "2026-Q4", "2026-H1", "2026-10", "2026-10-05", " 2026-10 "])
def test_a_period_is_a_year_a_half_a_quarter_a_month_or_a_day(city, conn, tmp_path, values, period):
    assert load(city, tmp_path, values, value(period=period)).counts.merged == 1
    assert one(conn, "select period from observation") == period.strip()


def test_of_several_rows_of_a_file_the_last_counts(city, conn, tmp_path, values):
    outcome = load(city, tmp_path, values, value(value="1"), value(value="2"), value(value="3"))
    assert (outcome.counts.merged, outcome.counts.unchanged) == (1, 2)
    assert one(conn, "select value from observation") == 3
    assert load(city, tmp_path, values, value(value="1"), value(value="2"), value(value="3")).counts.merged == 0


def test_a_feed_without_a_status_gives_provisional_values_and_may_translate_its_own(city, conn, tmp_path):
    plain = feed_of(tmp_path, "plain", "observations", COLUMNS[:4])
    assert load(city, tmp_path, plain, value()).counts.merged == 1
    assert one(conn, "select status from observation") == "p"
    own = feed_of(tmp_path, "own", "observations", COLUMNS, more='[values.status]\n"chính thức" = "f"')
    assert load(city, tmp_path, own, value(status="chính thức")).counts.merged == 1
    assert rows(conn, "select status from observation order by vintage_at") == [("p",), ("f",)]


def test_a_dry_run_of_values_writes_nothing(city, conn, tmp_path, values):
    path = written(tmp_path / "f.csv", values, [value(), value("K99")])
    outcome = loaded(city, values, path, is_dry=True)
    assert (outcome.error, outcome.counts.merged, outcome.counts.refused) == (None, 1, 1)
    assert [one(conn, f"select count(*) from {table}") for table in ("observation", "load", "quarantine")] == [0, 0, 0]


def test_held_values_are_replayed_once_they_can_be(city, conn, tmp_path, values):
    load(city, tmp_path, values, value(unit="Phường Mới"))
    rows(conn, "insert into unit_alias values ('Phường Mới', '10')")
    outcome = runs.replay(city, values)
    assert (outcome.counts.merged, outcome.counts.refused) == (1, 0)
    assert one(conn, "select state from quarantine") == "replayed"


def test_how_many_indicators_are_fed_is_counted_for_the_city_and_each_unit(city, conn, tmp_path, values):
    load(city, tmp_path, values, value(), value("K02"), value("K02", unit="10"), value("K03", value=""))
    shown = framer_of(city).recount(conn, NOW.replace(year=2030))
    assert (shown["city"]["targets_fed"], shown["city"]["targets_total"]) == (2, 6)
    assert shown["units"]["10"]["targets_fed"] == 1
    assert shown["units"]["40"]["targets_fed"] == 0


@pytest.fixture(scope="module")
def town(postgres, city_template):
    urls = fresh_database(postgres, city_template)
    url = next(urls)
    opened = database.connect(url)
    yield url, opened
    opened.close()
    next(urls, None)


FILES = st.lists(st.lists(st.fixed_dictionaries({
    "indicator": st.sampled_from(["K01", "K02"]), "period": st.sampled_from(["2026-09", "2026-10"]),
    "unit": st.sampled_from(["01", "10"]), "value": st.sampled_from(["", "1", "2"]),
    "status": st.sampled_from(["p", "f"]),
}), min_size=1, max_size=6), min_size=1, max_size=4)  # fmt: skip


@given(FILES)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_newest_vintage_is_always_the_last_word_and_every_change_of_it_is_kept(town, tmp_path_factory, files):
    url, conn = town
    emptied(conn)
    folder = tmp_path_factory.mktemp("values")
    feed = feed_of(folder, "values", "observations", COLUMNS)
    told: dict[tuple, list[tuple]] = {}
    for file in files:
        load(url, folder, feed, *file)
        last = {(row["indicator"], row["period"], row["unit"]): (row["value"] or None, row["status"]) for row in file}
        for key, word in last.items():
            words = told.setdefault(key, [])
            words += [word] if not words or words[-1] != word else []
        assert load(url, folder, feed, *file).counts.merged == 0
    query = (
        "select o.indicator_code, o.period, u.code, array_agg((o.value::text, o.status)::text order by vintage_at) "
        "from observation as o join unit as u on u.id = o.unit_id group by 1, 2, 3"
    )
    stored = {(indicator, period, unit): words for indicator, period, unit, words in rows(conn, query)}
    assert stored == {key: [f"({value or ''},{status})" for value, status in words] for key, words in told.items()}
