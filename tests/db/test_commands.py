"""The commands as an operator types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from etl import cli
from etl.commands import CommandError
from sql import database, frames
from sql.settings import Settings
from tests.conftest import ROOT, SMALL_PROFILE, short_folder
from tests.db.deliveries import feed_of, written

TICKET = ("code", "opened_at", "closed_at", "unit", "category")
AT = "2026-11-20T09:00:00"
ROWS = [
    {"code": "T1", "opened_at": AT, "unit": "10", "category": "noise"},
    {"code": "T2", "opened_at": AT, "unit": "40", "category": "lighting", "closed_at": "2026-11-20T10:00:00"},
    {"code": "T3", "opened_at": AT, "unit": "Phường Mới", "category": "noise"},
    {"code": "T4", "opened_at": "hôm qua", "unit": "10", "category": "noise"},
]
REASONS = {"unknown unit": 1, "unreadable time": 1}


@pytest.fixture
def feed(tmp_path):
    return feed_of(tmp_path, "calls", "tickets", TICKET)


@pytest.fixture
def file(tmp_path, feed):
    return written(tmp_path / "calls.csv", feed, ROWS)


@pytest.fixture
def etl(city, tmp_path, capsys):
    """Run a command in this process, on the database of the test; return (its exit code, what its last line says)."""
    settings = Settings(
        database_url=city,
        redis_url="redis://127.0.0.1:1/0",
        data_dir=tmp_path,
        profile=SMALL_PROFILE,
        secret_key="test",
    )

    def run(*arguments):
        given = cli.parser().parse_args([str(one) for one in arguments])
        code = given.run(settings, given)
        last = (capsys.readouterr().out.strip().splitlines() or [""])[-1]
        return code, json.loads(last) if last.startswith("{") else last

    return run


def outside(place: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command as a program of its own, on the embedded database of a DATA_DIR."""
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    env |= {"DATA_DIR": str(place / "var"), "PROFILE": str(SMALL_PROFILE), "SECRET_KEY": "only for tests"}
    command = [sys.executable, "-m", "etl", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=240)


def test_a_program_alone_checks_loads_and_verifies_and_leaves_nothing_running():
    with short_folder() as place:
        feed = feed_of(place, "calls", "tickets", TICKET)
        file = written(place / "calls.csv", feed, ROWS)

        done = outside(place, "load", feed.path, file, place / "none.csv", "--json")
        assert done.returncode == 1 and "Traceback" not in done.stderr, "a file that could not be read"
        assert "none.csv" in done.stderr and "refused 1: unknown unit" in done.stderr
        said = json.loads(done.stdout.splitlines()[-1])
        assert (said["read"], said["merged"], said["refused"], said["reasons"]) == (4, 2, 2, REASONS)

        done = outside(place, "check", feed.path, file, "--json")
        said = json.loads(done.stdout.splitlines()[-1])
        assert done.returncode == 0, "refused rows are told, and no error"
        assert (said["read"], said["merged"], said["unchanged"], said["refused"]) == (4, 0, 2, 2)

        done = outside(place, "verify")
        assert (done.returncode, done.stdout.strip()) == (0, "0 differences")

        done = outside(place, "recount", "--at", "yesterday")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.strip() == "yesterday is not a time (ISO 8601, for example 2026-11-22T07:30:00+07:00)."
        assert not (place / "var" / "postgres" / "postmaster.pid").exists()


def test_a_check_tells_what_a_load_would_do_and_a_load_does_it(etl, feed, file):
    code, said = etl("check", feed.path, file, "--json")
    assert (code, said["read"], said["merged"], said["refused"], said["reasons"]) == (0, 4, 2, 2, REASONS)
    assert etl("quarantine", "list", "--json")[1]["held"] == 0, "a check writes nothing"
    code, said = etl("load", feed.path, file, "--json")
    assert (code, said["read"], said["merged"], said["unchanged"], said["refused"]) == (0, 4, 2, 0, 2)
    assert said["reasons"] == REASONS and said["seconds"] > 0 and said["rows_per_s"] > 0
    code, said = etl("load", feed.path, file, file, "--json")
    assert (code, said["read"], said["merged"], said["unchanged"], said["refused"]) == (0, 8, 0, 4, 4)


def test_a_recount_is_of_the_instant_that_is_asked_for(etl, feed, file):
    etl("load", feed.path, file)
    _, said = etl("recount", "--at", "2026-11-20T09:30:00", "--json")
    assert said["at"] == "2026-11-20T09:30:00+07:00", "a time without an offset is the city's"
    city = said["city"]
    assert (city["tickets_open"], city["tickets_opened_today"], city["dossiers_open"]) == (2, 2, None)
    assert said["units"]["40"]["tickets_open"] == 1
    _, said = etl("recount", "--at", "2026-11-20T04:30:00Z", "--json")
    assert (said["city"]["tickets_open"], said["city"]["tickets_late"]) == (1, 1)
    assert etl("recount", "--json")[1]["city"]["tickets_open"] == 1


def test_verify_ends_with_one_when_anything_differs_and_rebuild_mends_it(etl, feed, file, city):
    etl("load", feed.path, file)
    assert etl("verify", "--json") == (0, {"differences": 0, "first": []})
    tamper(city, "update ticket_day set opened = opened + 1 where unit_id = 2")
    code, said = etl("verify", "--json")
    assert code == 1 and said["first"][0]["what"] == "opened" and said["differences"] >= 1
    assert etl("verify")[1].endswith(" differences")
    assert etl("rebuild", "--json")[0] == 0
    assert etl("verify", "--json")[0] == 0
    assert etl("compact")[0] == 0


def tamper(url, statement):
    with closing(database.connect(url)) as conn, conn, conn.cursor() as cursor:
        cursor.execute(statement)


def test_the_quarantine_is_listed_shown_and_replayed(etl, feed, file, tmp_path):
    etl("load", feed.path, file)
    _, said = etl("quarantine", "list", "--json")
    assert said["held"] == 2 and {one["reason"] for one in said["by_reason"]} == set(REASONS)
    (held,) = [one for one in said["rows"] if one["reason"] == "unknown unit"]
    assert (held["row_no"], held["row"]["unit"]) == (3, "Phường Mới")
    assert etl("quarantine", "list", "--feed", "dossiers")[1] == "Nothing is held."
    _, shown = etl("quarantine", "show", held["id"], "--json")
    assert (shown["state"], shown["source"], shown["detail"]) == ("held", "calls.csv", "unit = 'Phường Mới'")
    mended = feed_of(tmp_path, "calls", "tickets", TICKET, more='[unknown]\nunit = "keep"')
    code, said = etl("quarantine", "replay", "--feed", mended.path, "--json")
    assert (code, said["read"], said["merged"], said["refused"]) == (0, 2, 1, 1)
    assert etl("quarantine", "show", held["id"], "--json")[1]["state"] == "replayed"
    assert etl("recount", "--json")[1]["units"]["unassigned"]["tickets_open"] == 1
    assert etl("verify")[0] == 0


@pytest.mark.parametrize(("arguments", "told"), [
    (("quarantine", "show", "999999"), "The quarantine has no row 999999."),
    (("pull", "nosuchfeed"), "has no feed nosuchfeed; it has dossiers, observations"),
    (("quarantine", "replay", "--feed", "nosuchfeed"), "has no feed nosuchfeed"),
    (("backfill", "tickets", "--from", "11/20/2026"), "11/20/2026 is not a time"),
])  # fmt: skip
def test_a_command_that_cannot_be_done_says_why_in_a_sentence(etl, arguments, told):
    with pytest.raises(CommandError, match=told):
        etl(*arguments)


def test_a_load_ends_with_a_frame_of_what_was_loaded(etl, feed, file, city):
    etl("load", feed.path, file)
    with closing(database.connect(city)) as conn:
        assert frames.latest(conn)["city"]["tickets_open"] == 1
