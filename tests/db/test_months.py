"""The month of a dossier is the same for Postgres and for the loader, and a code finds its one partition."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl import months
from sql import database
from tests.conftest import fresh_database
from tests.db.deliveries import one, rows

DAYS = st.dates(date(2005, 1, 1), date(2045, 12, 31)).map(lambda day: f"{day:%y%m%d}")
CODES = st.one_of(
    st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=30),
    st.builds("{}-{}-{}".format, st.sampled_from(["", "000.00.12.H29", "H29.10"]), DAYS, st.integers(0, 10**13)),
    st.from_regex(r"[0-9-]{0,24}", fullmatch=True),
    st.from_regex(r"A-[0-9]{6}-[0-9]{0,14}", fullmatch=True),
)


@pytest.fixture(scope="module")
def town(postgres, city_template):
    urls = fresh_database(postgres, city_template)
    opened = database.connect(next(urls))
    yield opened
    opened.close()
    next(urls, None)


@given(st.lists(CODES, min_size=1, max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_loader_and_database_read_the_same_month(town, codes):
    told = rows(town, "select dossier_month(code) from unnest(%s) with ordinality as c (code, at) order by at", codes)
    assert months.months_of(pa.array(codes, pa.string())).to_pylist() == [month for (month,) in told]


@pytest.mark.parametrize(("code", "month"), [
    ("000.00.12.H29-220615-0001", date(2022, 6, 1)), ("H29.026-261120-000001", date(2026, 11, 1)),
    ("000.00.12.H29-220615-", months.UNDATED), ("000.00.12.H29-221315-0001", months.UNDATED),
    ("000.00.12.H29-220600-0001", months.UNDATED), ("000.00.12.H29-090615-0001", months.UNDATED),
    ("220615-0001", months.UNDATED), ("-391231-1", date(2039, 12, 1)), ("D1", months.UNDATED),
])  # fmt: skip
def test_the_month_of_a_code(code, month):
    assert months.months_of(pa.array([None, code])).to_pylist() == [months.UNDATED, month]


def test_a_code_finds_one_partition(city):
    with closing(database.connect(city)) as conn, conn.cursor() as cursor:
        months.make(cursor, [date(2026, 10, 1), date(2026, 11, 1)])
        cursor.execute(
            "explain select * from dossier where code = 'H29-261105-1' and month = dossier_month('H29-261105-1')"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "dossier_y2026m11_pkey" in plan
    assert "dossier_y2026m10" not in plan


def test_two_loaders_that_need_the_same_new_month_make_it_once(city):
    with (
        closing(database.connect(city)) as first,
        closing(database.connect(city)) as second,
        closing(database.connect(city)) as watch,
    ):
        with first.cursor() as cursor:
            months.make(cursor, [date(2026, 11, 1)])
        waiting = threading.Thread(target=lambda: rows(second, "select make_dossier_month('2026-11-01')"))
        waiting.start()
        while not rows(watch, "select 1 from pg_locks where locktype = 'advisory' and not granted"):
            assert waiting.is_alive()
        first.commit()
        waiting.join(30)
        assert not waiting.is_alive()
        assert one(first, "select count(*) from pg_inherits where inhparent = 'dossier'::regclass") == 2
