"""What the schema makes impossible, whoever writes into it."""

from __future__ import annotations

import pytest
from psycopg2 import errors

from tests.db.deliveries import one, rows

BEGIN = "insert into load (feed_id, kind, source) values ('dossiers', 'file', 'f') returning id"
DOSSIER = (
    "insert into dossier (code, unit_id, accepted_at, version_at, columns, load_id) values (%s, 0, %s, now(), 1, 1)"
)
HELD = (
    "insert into quarantine (feed_id, load_id, row_no, row, row_hash, reason) "
    "values ('dossiers', (select max(id) from load), 1, '{}', 'x', 'no code')"
)


def refused(conn, error, statement, *values):
    with pytest.raises(error), conn, conn.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize("counts", [
    "read = 3, merged = 2", "read = 1", "merged = 1", "read = 2, merged = 3, unchanged = -1", "read = -1, refused = -1",
    "refused = 1", "read = null",
])  # fmt: skip
def test_a_load_whose_counts_do_not_add_up_cannot_be_stored(conn, counts):
    load_id = one(conn, BEGIN)
    error = (errors.CheckViolation, errors.NotNullViolation)
    refused(conn, error, f"update load set {counts} where id = %s", load_id)
    rows(conn, "update load set read = 6, merged = 1, unchanged = 2, refused = 3 where id = %s", load_id)


def test_a_load_that_ended_says_when_and_one_that_runs_does_not(conn):
    load_id = one(conn, BEGIN)
    refused(conn, errors.CheckViolation, "update load set state = 'done' where id = %s", load_id)
    refused(conn, errors.CheckViolation, "update load set finished_at = now() where id = %s", load_id)
    refused(conn, errors.CheckViolation, "update load set state = 'lost', finished_at = now() where id = %s", load_id)
    rows(conn, "update load set state = 'interrupted', finished_at = now() where id = %s", load_id)


@pytest.mark.parametrize("table", ["unit", "field", "procedure", "category"])
def test_the_registry_never_forgets_a_row_that_facts_may_name(conn, table):
    before = one(conn, f"select count(*) from {table}")
    refused(conn, errors.RaiseException, f"delete from {table} where id = (select max(id) from {table})")
    refused(conn, errors.RaiseException, f"delete from {table}")
    assert one(conn, f"select count(*) from {table}") == before
    assert one(conn, f"select code from {table} where id = 0") == "unassigned"


@pytest.mark.parametrize(
    "statement", ["delete from audit_event", "update audit_event set actor = 'nobody'", "truncate audit_event"]
)
def test_the_audit_only_grows(conn, statement):
    rows(conn, "insert into audit_event (actor, action, subject) values ('test', 'look', 'audit')")
    before = rows(conn, "select * from audit_event order by id")
    refused(conn, errors.RaiseException, statement)
    assert rows(conn, "select * from audit_event order by id") == before


def test_a_dossier_has_a_code_and_a_beginning(conn):
    refused(conn, errors.CheckViolation, DOSSIER, "", "2026-11-20")
    refused(conn, errors.CheckViolation, DOSSIER, "D1", None)
    rows(conn, DOSSIER, "D1", "2026-11-20")
    refused(conn, errors.UniqueViolation, DOSSIER, "D1", "2026-11-20")
    for column, value in (("status", 0), ("status", 11), ("channel", 5)):
        refused(conn, errors.CheckViolation, f"update dossier set {column} = %s", value)


def test_what_is_derived_of_a_fact_cannot_be_written(conn):
    rows(conn, DOSSIER, "D1", "2026-11-20")
    for column in ("due_at", "ended_at"):
        refused(conn, errors.GeneratedAlways, f"update dossier set {column} = now()")


def test_a_dossier_is_due_by_its_appointment_and_ends_by_its_result_first(conn):
    rows(conn, DOSSIER, "D1", "2026-11-20")
    told = "select due_at::date::text, ended_at::date::text from dossier"
    rows(conn, "update dossier set due_rule_at = '2026-11-27', stopped_at = '2026-11-26'")
    assert rows(conn, told) == [("2026-11-27", "2026-11-26")]
    rows(conn, "update dossier set due_given_at = '2026-11-30', returned_at = '2026-11-28', finished_at = '2026-11-25'")
    assert rows(conn, told) == [("2026-11-30", "2026-11-25")]


def test_a_ticket_that_was_reopened_is_open_since_it_was_first_opened(conn):
    rows(conn, "insert into ticket (code, unit_id, opened_at, closed_at, version_at, columns, load_id) "
               "values ('T1', 0, '2026-11-20', '2026-11-21', now(), 1, 1)")  # fmt: skip
    told = "select ended_at::date::text from ticket"
    assert one(conn, told) == "2026-11-21"
    rows(conn, "update ticket set reopened_at = '2026-11-22'")
    assert one(conn, told) is None
    rows(conn, "update ticket set closed_at = '2026-11-23'")
    assert one(conn, told) == "2026-11-23"


def test_a_bad_row_is_held_once_per_feed(conn):
    one(conn, BEGIN)
    rows(conn, HELD)
    refused(conn, errors.UniqueViolation, HELD)
    refused(conn, errors.CheckViolation, "update quarantine set state = 'gone'")


def test_what_quarantine_and_loads_refer_to_stays(conn):
    one(conn, BEGIN)
    rows(conn, HELD)
    refused(conn, errors.ForeignKeyViolation, "delete from load")
    refused(conn, errors.ForeignKeyViolation, "delete from feed where id = 'dossiers'")


@pytest.mark.parametrize(("table", "column"), [("city", "only_row"), ("data_version", "only_row")])
def test_there_is_one_city_and_one_version_of_its_data(conn, table, column):
    refused(conn, (errors.UniqueViolation, errors.NotNullViolation), f"insert into {table} ({column}) values (true)")
    refused(conn, (errors.CheckViolation, errors.NotNullViolation), f"insert into {table} ({column}) values (false)")


def test_rollups_follow_the_facts_whoever_changes_them(conn):
    sums = ", ".join(f"coalesce(sum({name}), 0)::int" for name in ("received", "finished", "late_in"))
    told = f"select {sums} from dossier_unit_day"
    stock = "select coalesce(sum(open), 0)::int, coalesce(sum(open_due), 0)::int from dossier_stock"
    rows(conn, DOSSIER, "D1", "2026-11-20")
    assert (rows(conn, told), rows(conn, stock)) == ([(1, 0, 0)], [(1, 0)])
    rows(conn, "update dossier set due_given_at = '2026-11-21', unit_id = 2")
    assert (rows(conn, told), rows(conn, stock)) == ([(1, 0, 1)], [(1, 1)])
    assert rows(conn, "select unit_id, open from dossier_stock where open <> 0") == [(2, 1)]
    rows(conn, "update dossier set finished_at = '2026-11-22'")
    assert (rows(conn, told), rows(conn, stock)) == ([(1, 1, 1)], [(0, 0)])
    rows(conn, "delete from dossier")
    assert (rows(conn, told), rows(conn, stock)) == ([(0, 0, 0)], [(0, 0)])


def test_a_day_of_a_rollup_is_a_day_of_the_city_whatever_zone_the_writer_is_in(conn):
    for zone, code in (("UTC", "D1"), ("America/New_York", "D2"), ("Asia/Ho_Chi_Minh", "D3")):
        with conn, conn.cursor() as cursor:
            cursor.execute("select set_config('timezone', %s, true)", (zone,))
            cursor.execute(DOSSIER, (code, "2026-11-19T17:30:00Z"))
            cursor.execute("select current_setting('timezone')")
            assert cursor.fetchone() == (zone,), "and the writer stays in it"
    assert rows(conn, "select day::text, sum(received)::int from dossier_unit_day group by 1") == [("2026-11-20", 3)]


def test_a_result_that_moves_into_the_day_it_was_accepted_counts_where_that_day_has_25_hours(conn):
    rows(conn, "update city set timezone = 'America/New_York'")
    rows(conn, DOSSIER, "D1", "2026-11-01 00:15-04")
    rows(conn, "update dossier set finished_at = '2026-11-02 09:00-05'")
    assert one(conn, "select sum(same_day)::int from dossier_day") == 0
    rows(conn, "update dossier set finished_at = '2026-11-01 23:45-05'")
    assert one(conn, "select sum(same_day)::int from dossier_day") == 1


def test_a_result_in_the_last_hour_of_a_day_of_25_is_not_early_where_it_is_due_that_day(conn):
    rows(conn, "update city set timezone = 'America/New_York'")
    rows(conn, DOSSIER, "D1", "2026-10-30 09:00-04")
    moved = "update dossier set due_given_at = '2026-11-01 23:45-05', finished_at = %s"
    rows(conn, moved, "2026-11-01 00:15-04")
    assert one(conn, "select sum(early)::int from dossier_day") == 0
    rows(conn, moved, "2026-10-31 23:45-04")
    assert one(conn, "select sum(early)::int from dossier_day") == 1
