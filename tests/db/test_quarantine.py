"""Refused rows are held with their reason, once, and load when the feed file or the profile is mended."""

from __future__ import annotations

import csv
from dataclasses import replace

import openpyxl
import pytest

from etl import runs
from sql import profile, registry
from tests.conftest import SMALL_PROFILE
from tests.db.deliveries import NOW, differences, feed_of, framer_of, loaded, one, rows

DOSSIER = ("code", "procedure", "unit", "channel", "accepted_at", "due_at", "finished_at", "status", "changed_at")
TICKET = ("code", "opened_at", "closed_at", "unit", "category")
AT = "2026-11-20T09:00:00"
GOOD = {"code": "D1", "procedure": "P2", "unit": "10", "channel": "counter", "accepted_at": AT, "changed_at": AT}
BAD = [
    ("no code", {"code": ""}),
    ("no opening time", {"accepted_at": ""}),
    ("unreadable time", {"due_at": "31/02/2026"}),
    ("closed before opened", {"finished_at": "2026-11-19"}),
    ("unknown unit", {"unit": "Phường Mới"}),
    ("unknown procedure", {"procedure": "P9"}),
    ("value outside its list", {"channel": "fax"}),
]


@pytest.fixture
def portal(tmp_path):
    return feed_of(tmp_path, "portal", "dossiers", DOSSIER)


def file_of(path, columns, *told):
    """Write records as CSV with their quotes, as they come."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows({name: row.get(name, "") for name in columns} for row in told)
    return path


def counts_of(conn):
    """Return the counts of every load; the table itself proves that they add up."""
    return rows(conn, "select kind, state, read, merged, unchanged, refused from load order by id")


def test_each_reason_of_a_refusal_is_held_with_the_row_as_received(city, conn, tmp_path, portal):
    told = [GOOD | {"code": f"D{at}"} | change for at, (_, change) in enumerate(BAD)]
    path = file_of(tmp_path / "f.csv", DOSSIER, *told, GOOD)
    outcome = loaded(city, portal, path)
    assert outcome.counts.reasons == {reason: 1 for reason, _ in BAD}
    assert counts_of(conn) == [("file", "done", 8, 1, 0, 7)]
    held = rows(conn, "select row_no, reason, row, detail, state from quarantine order by row_no")
    assert [(row_no, reason) for row_no, reason, *_ in held] == [(at, why) for at, (why, _) in enumerate(BAD, 1)]
    for (_, _, row, detail, state), (_, change), sent in zip(held, BAD, told, strict=True):
        ((column, value),) = change.items()
        assert row == {name: sent.get(name) or None for name in DOSSIER}
        assert detail == f"{column} = {value or None!r}" and state == "held"


def test_lines_that_are_no_records_are_held_too(city, conn, tmp_path, portal):
    path = tmp_path / "f.csv"
    good = b"D1,P2,10,,2026-11-20T09:00:00,,,,2026-11-20T09:00:00\n"
    path.write_bytes(
        ",".join(DOSSIER).encode()
        + b"\n"
        + good
        + b"D2,P2\nD3,\xff\xfe,10,,2026-11-20,,,,\n"
        + good.replace(b"D1", b"D4")
    )
    outcome = loaded(city, portal, path)
    assert outcome.counts.reasons == {"wrong number of fields": 1, "unreadable text": 1}
    assert counts_of(conn) == [("file", "done", 4, 2, 0, 2)]
    assert rows(conn, "select row_no, row - 'code' = row, row ->> 'code' from quarantine order by row_no") == [
        (2, True, None), (3, False, "D3"),
    ]  # fmt: skip


def test_what_no_number_is_and_what_the_database_refuses_is_held(city, conn, tmp_path):
    feed = feed_of(tmp_path, "ratings", "ratings", ("dossier", "score", "rated_at"))
    told = [{"dossier": "D1", "score": score, "rated_at": AT} for score in ("2", "tốt", "99")]
    outcome = loaded(city, feed, file_of(tmp_path / "f.csv", ("dossier", "score", "rated_at"), *told))
    assert outcome.counts.reasons == {"not a number": 1, "refused by the database": 1}
    assert counts_of(conn) == [("file", "done", 3, 1, 0, 2)]


def test_a_row_of_a_workbook_is_held_like_any_other(city, conn, tmp_path):
    feed = feed_of(tmp_path, "book", "tickets", TICKET, kind="xlsx")
    book = openpyxl.Workbook()
    book.active.append(TICKET)
    book.active.append(["T1", AT, None, "10", "noise"])
    book.active.append(["T2", AT, None, "Sao Hoả", "noise"])
    book.save(tmp_path / "f.xlsx")
    assert loaded(city, feed, tmp_path / "f.xlsx").counts.reasons == {"unknown unit": 1}
    assert rows(conn, "select row ->> 'code', row ->> 'unit' from quarantine") == [("T2", "Sao Hoả")]


def test_the_same_bad_row_twice_is_held_once_and_counts_in_both_loads(city, conn, tmp_path, portal):
    bad = GOOD | {"unit": "Phường Mới"}
    path = file_of(tmp_path / "f.csv", DOSSIER, bad, GOOD, bad)
    for _ in range(2):
        assert loaded(city, portal, path).counts.refused == 2
    assert counts_of(conn) == [("file", "done", 3, 1, 0, 2), ("file", "done", 3, 0, 1, 2)]
    assert one(conn, "select count(*) from quarantine") == 1


def test_a_mended_feed_file_replays_what_it_now_accepts(city, conn, tmp_path, portal):
    path = file_of(
        tmp_path / "f.csv",
        DOSSIER,
        GOOD | {"channel": "fax"},
        GOOD | {"code": "D2", "unit": "Mới"},
        GOOD | {"code": "D3"},
    )
    loaded(city, portal, path)
    mended = feed_of(tmp_path, "portal", "dossiers", DOSSIER, more='[values.channel]\nfax = "post"')
    outcome = runs.replay(city, mended)
    assert (outcome.error, outcome.counts.merged, outcome.counts.refused) == (None, 1, 1)
    assert counts_of(conn)[1] == ("replay", "done", 2, 1, 0, 1)
    assert rows(conn, "select code, channel from dossier order by 1") == [("D1", 4), ("D3", 3)]
    states = (
        "select row ->> 'code', state, replay_load_id is not null, replayed_at is not null from quarantine order by 1"
    )
    assert rows(conn, states) == [("D1", "replayed", True, True), ("D2", "held", False, False)]
    assert runs.replay(city, mended).counts.read == 1, "what was replayed is not read again"
    assert differences(conn, framer_of(city)) == []


def test_a_mended_profile_replays_what_it_now_knows(city, conn, tmp_path, portal):
    loaded(
        city,
        portal,
        file_of(tmp_path / "f.csv", DOSSIER, GOOD | {"unit": "Phường Mới"}, GOOD | {"code": "D2", "procedure": "P9"}),
    )
    small = profile.read(SMALL_PROFILE)
    registry.load(conn, replace(small, aliases=small.aliases | {"Phường Mới": "40"}, hash="with an alias"), NOW)
    outcome = runs.replay(city, portal)
    assert outcome.counts.reasons == {"unknown procedure": 1}
    assert rows(conn, "select d.code, u.code from dossier as d join unit as u on u.id = unit_id") == [("D1", "40")]
    assert rows(conn, "select state, count(*)::int from quarantine group by 1 order by 1") == [
        ("held", 1),
        ("replayed", 1),
    ]


def test_a_row_that_only_the_database_refused_replays_as_it_was_received(city, conn, tmp_path):
    columns = ("dossier", "score", "rated_at")
    feed = feed_of(tmp_path, "ratings", "ratings", columns)
    loaded(city, feed, file_of(tmp_path / "f.csv", columns, {"dossier": "D1", "score": "99", "rated_at": AT}))
    again = runs.replay(city, feed)
    assert again.counts.reasons == {"refused by the database": 1}
    assert one(conn, "select reason from quarantine") == "refused by the database"
    mended = feed_of(tmp_path, "ratings", "ratings", columns, more='[values.score]\n"99" = "1"')
    assert runs.replay(city, mended).counts.merged == 1
    assert one(conn, "select score from rating") == 1


def test_a_replayed_row_does_not_overwrite_what_was_loaded_after_it(city, conn, tmp_path):
    """A feed without versions goes by the order of loads: a held row keeps the place of the load that brought it."""
    calls = feed_of(tmp_path, "calls", "tickets", TICKET)
    first = {"code": "T1", "opened_at": AT, "unit": "Phường Mới", "category": "noise"}
    newer = {"code": "T1", "opened_at": AT, "unit": "10", "closed_at": "2026-11-20T10:00:00", "category": "noise"}
    loaded(city, calls, file_of(tmp_path / "1.csv", TICKET, first, first | {"code": "T2"}))
    loaded(city, calls, file_of(tmp_path / "2.csv", TICKET, newer))
    small = profile.read(SMALL_PROFILE)
    registry.load(conn, replace(small, aliases=small.aliases | {"Phường Mới": "40"}, hash="with an alias"), NOW)
    outcome = runs.replay(city, calls)
    assert (outcome.counts.merged, outcome.counts.unchanged) == (1, 1)
    told = "select t.code, u.code, closed_at is not null from ticket as t join unit as u on u.id = unit_id order by 1"
    assert rows(conn, told) == [("T1", "10", True), ("T2", "40", False)]


def test_a_row_that_was_replayed_and_is_refused_again_is_held_again(city, conn, tmp_path, portal):
    path = file_of(tmp_path / "f.csv", DOSSIER, GOOD | {"channel": "fax"})
    loaded(city, portal, path)
    runs.replay(city, feed_of(tmp_path, "portal", "dossiers", DOSSIER, more='[values.channel]\nfax = "post"'))
    loaded(city, feed_of(tmp_path, "portal", "dossiers", DOSSIER), path)
    assert rows(conn, "select state, replayed_at, replay_load_id from quarantine") == [("held", None, None)]


def test_a_replay_of_nothing_is_a_run_of_nothing(city, conn, portal):
    outcome = runs.replay(city, portal)
    assert (outcome.error, outcome.counts.read) == (None, 0)
    assert counts_of(conn) == [("replay", "done", 0, 0, 0, 0)]


def test_many_refused_rows_are_all_held(city, conn, tmp_path, portal):
    told = [GOOD | {"code": f"D{at}", "unit": "Phường Mới"} for at in range(2500)]
    assert loaded(city, portal, file_of(tmp_path / "f.csv", DOSSIER, *told)).counts.refused == 2500
    assert one(conn, "select count(*) from quarantine") == 2500
