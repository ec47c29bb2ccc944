"""The profile in the database."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import psycopg2.errors
import pytest

from sql import database, profile, registry
from tests.conftest import ROOT, SMALL_PROFILE

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def small() -> profile.Profile:
    return profile.read(SMALL_PROFILE)


@pytest.fixture
def loaded(connection, small) -> Iterator:
    registry.load(connection, small, NOW)
    yield connection


def rows(connection, query):
    with connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def with_unit(small, code, **changes):
    return replace(small, units=[replace(one, **changes) if one.key == code else one for one in small.units])


def test_an_empty_database_takes_the_whole_profile(connection, small):
    said = registry.load(connection, small, NOW)
    assert said["added"] == {
        "units": 6, "successors": 3, "aliases": 3, "fields": 3, "procedures": 4, "categories": 3, "indicators": 6,
        "feeds": 6, "city": 1,
    }  # fmt: skip
    assert (said["changed"], said["retired"], said["kept"]) == ({}, {}, [])
    assert not said["clocks_changed"] and not said["rebuild"]
    assert rows(connection, "select version from data_version") == [(1,)]


def test_the_same_profile_twice_changes_nothing(loaded, small):
    before = rows(loaded, "select xmin::text, key from unit order by id")
    said = registry.load(loaded, small, LATER)
    assert not said["is_changed"] and said["added"] == said["changed"] == said["retired"] == {}
    assert rows(loaded, "select xmin::text, key from unit order by id") == before
    assert rows(loaded, "select version from data_version") == [(1,)]
    assert registry.loaded_hash(loaded) == small.hash


def test_the_registry_reads_back_with_ids(loaded, small):
    said = registry.read(loaded)
    by_key = {unit.key: unit for unit in said.units}
    assert by_key["unassigned"].id == 0
    assert {key for key in by_key if key != "unassigned"} == {unit.key for unit in small.units}
    assert by_key["20@2000-01-01"].name_vi == "Quận Bình"
    links = {(link.from_id, link.to_id): link.share for link in said.successors}
    assert links[by_key["30"].id, by_key["40"].id] == 0.3
    assert said.aliases["TP Đông"] == "20"
    assert said.city.geographies == small.geographies
    assert said.city.calendar == small.calendar
    assert said.city.rules == small.rules
    fields = {one.id: one.code for one in said.fields}
    assert {one.code: (fields[one.field_id], one.statutory_days) for one in said.procedures if one.id} == {
        "P1": ("ho-tich", 0), "P2": ("ho-tich", 5), "P3": ("dat-dai", 10), "P4": ("xay-dung", None),
    }  # fmt: skip
    assert {one.code: one.sla_hours for one in said.categories if one.id} == {"lighting": 24, "noise": 2, "other": None}


def test_a_database_without_a_profile_has_no_city(connection):
    assert registry.read(connection).city is None
    assert registry.loaded_hash(connection) is None


def test_a_changed_name_is_one_change(loaded, small):
    said = registry.load(loaded, with_unit(small, "10", name_vi="Quận An Mới"), LATER)
    assert said["changed"] == {"units": 1} and said["added"] == {}
    assert rows(loaded, "select name_vi from unit where key = '10'") == [("Quận An Mới",)]
    assert rows(loaded, "select version, changed_at from data_version") == [(2, LATER)]


def test_a_unit_whose_first_day_is_mended_keeps_its_row(loaded, small):
    ids = rows(loaded, "select id from unit where code = '20' order by valid_from")
    mended = with_unit(small, "20@2000-01-01", valid_from=date(1999, 1, 1), key="20@1999-01-01")
    links = [
        replace(one, from_valid_from=date(1999, 1, 1)) if one.from_code == "20" else one for one in small.successors
    ]
    said = registry.load(loaded, replace(mended, successors=links), LATER)
    assert said["kept"] == [] and said["changed"] == {"units": 1}
    assert rows(loaded, "select id from unit where code = '20' order by valid_from") == ids
    assert rows(loaded, "select key from unit where code = '20' order by valid_from") == [("20@1999-01-01",), ("20",)]


def test_the_key_of_a_reused_code_goes_to_the_newest_bearer(loaded, small):
    first = rows(loaded, "select id from unit where key = '10'")
    ended = with_unit(small, "10", valid_to=date(2026, 12, 31), key="10@2000-01-01")
    heir = replace(small.units[1], name_vi="Phường An", valid_from=date(2027, 1, 1), map_col=5)
    said = registry.load(loaded, replace(ended, units=[heir, *ended.units]), LATER)
    assert said["added"] == {"units": 1}
    assert rows(loaded, "select id from unit where key = '10@2000-01-01'") == first
    assert rows(loaded, "select name_vi from unit where key = '10'") == [("Phường An",)]
    registry.load(loaded, small, LATER)
    assert rows(loaded, "select id from unit where key = '10'") == first
    assert rows(loaded, "select name_vi from unit where key = '10@2027-01-01'") == [("Phường An",)]


def test_a_unit_that_left_the_profile_stays_and_is_named(loaded, small):
    said = registry.load(loaded, replace(small, units=small.units[:-1], successors=small.successors[:2]), LATER)
    assert said["kept"] == ["40"]
    assert said["retired"] == {"successors": 1}
    assert rows(loaded, "select valid_to from unit where key = '40'") == [(None,)]


def test_feeds_and_indicators_that_left_are_retired_and_come_back(loaded, small):
    fewer = replace(small, feed_heads=small.feed_heads[1:], indicators=small.indicators[1:])
    assert registry.load(loaded, fewer, LATER)["retired"] == {"indicators": 1, "feeds": 1}
    assert rows(loaded, "select id from feed where retired") == [("dossiers",)]
    assert registry.load(loaded, small, LATER)["changed"] == {"indicators": 1, "feeds": 1}
    assert rows(loaded, "select count(*) from feed where retired") == [(0,)]


def test_a_feed_keeps_its_cursor_unless_its_kind_changes(loaded, small):
    rows(loaded, """update feed set cursor = '{"since": "2026-11-22"}' returning 1""")
    later = [replace(one, late_after_s=1200) for one in small.feed_heads]
    registry.load(loaded, replace(small, feed_heads=later), LATER)
    assert rows(loaded, "select distinct cursor from feed") == [({"since": "2026-11-22"},)]
    other = [replace(one, kind="http_json") if one.id == "ratings" else one for one in small.feed_heads]
    registry.load(loaded, replace(small, feed_heads=other), LATER)
    assert rows(loaded, "select id from feed where cursor is null") == [("ratings",)]


def test_a_category_that_a_feed_had_added_becomes_the_profiles(loaded, small):
    rows(
        loaded, "insert into category (code, name_vi, name_en, from_feed) values ('trees', 't', 't', true) returning 1"
    )
    more = [*small.categories, profile.Category("trees", "Cây xanh", "Trees", 48)]
    said = registry.load(loaded, replace(small, categories=more), LATER)
    assert said["changed"] == {"categories": 1}
    assert said["clocks"] == ["sla_hours"]
    assert rows(loaded, "select from_feed, sla_hours from category where code = 'trees'") == [(False, 48)]


@pytest.mark.parametrize(
    ("clock", "changes"),
    [
        ("calendar", lambda one: {"calendar": one.calendar | {"closed": [date(2026, 12, 24)]}}),
        ("acceptance", lambda one: {"rules": one.rules | {"acceptance": {"working_days": 2}}}),
        ("statutory_days", lambda one: {"procedures": [replace(p, statutory_days=7) for p in one.procedures]}),
    ],
)
def test_a_changed_clock_is_told_and_owed_until_it_is_settled(loaded, small, clock, changes):
    said = registry.load(loaded, replace(small, **changes(small)), LATER)
    assert said["clocks_changed"] and said["clocks"] == [clock] and not said["rebuild"]
    assert registry.owed(loaded) == {"clocks": True, "rollups": False}
    with loaded:
        registry.settle(loaded, LATER)
    assert registry.owed(loaded) == {"clocks": False, "rollups": False}


def test_a_procedure_that_moves_to_another_field_asks_for_new_rollups(loaded, small):
    moved = [replace(one, field="xay-dung") for one in small.procedures]
    said = registry.load(loaded, replace(small, procedures=moved), LATER)
    assert said["rebuild"] and not said["clocks_changed"]
    assert registry.owed(loaded) == {"clocks": False, "rollups": True}


def test_a_new_procedure_asks_for_nothing(loaded, small):
    more = [*small.procedures, replace(small.procedures[0], code="P5")]
    said = registry.load(loaded, replace(small, procedures=more), LATER)
    assert said["added"] == {"procedures": 1} and not said["clocks_changed"] and not said["rebuild"]


def test_a_profile_that_the_database_refuses_leaves_nothing_behind(loaded, small):
    bad = with_unit(small, "10", name_vi="Nửa chừng")
    bad = replace(bad, categories=[*small.categories, profile.Category("bad", "x", "x", -1)])
    with pytest.raises(psycopg2.errors.CheckViolation):
        registry.load(loaded, bad, LATER)
    assert rows(loaded, "select name_vi from unit where key = '10'") == [("Quận An",)]
    assert rows(loaded, "select version from data_version") == [(1,)]


def test_two_who_load_at_once_both_end_well(database_url, small):
    failures, said = [], []

    def load(now):
        connection = database.connect(database_url)
        try:
            said.append(registry.load(connection, small, now))
        except psycopg2.Error as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=load, args=(now,)) for now in (NOW, LATER, LATER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sorted(one["is_changed"] for one in said) == [False, False, True]


def test_a_load_waits_for_a_loader_that_adds_what_it_adds(database_url, small):
    loader, other = database.connect(database_url), database.connect(database_url)
    with loader.cursor() as cursor:
        cursor.execute("insert into category (code, name_vi, name_en, from_feed) values ('noise', 'n', 'n', true)")
    said = []
    thread = threading.Thread(target=lambda: said.append(registry.load(other, small, NOW)))
    thread.start()
    loader.commit()
    thread.join()
    assert rows(other, "select name_vi, from_feed from category where code = 'noise'") == [("Tiếng ồn", False)]
    assert said[0]["is_changed"]
    loader.close()
    other.close()


def test_the_profile_of_ho_chi_minh_city_loads_twice_and_changes_nothing_the_second_time(connection):
    hcmc = profile.read(ROOT / "profiles" / "hcmc")
    assert registry.load(connection, hcmc, NOW)["added"]["units"] == len(hcmc.units)
    assert not registry.load(connection, hcmc, LATER)["is_changed"]
    known = registry.read(connection)
    assert len(known.successors) == len(hcmc.successors)
    assert {unit.key for unit in known.units} == {unit.key for unit in hcmc.units} | {"unassigned"}
