"""The simulator as a program: marked as simulated, failing now and then, started by one command."""

import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from simulator import __main__ as command
from simulator import faults, instants
from simulator.causes import CAUSES
from simulator.clock import Clock
from simulator.faults import RequestFaults
from simulator.kpi import Office
from tests.unit.simulated import NOW, PROFILE, Asker, city, days_ago

ROOT = Path(__file__).parents[2]


def test_every_answer_is_marked_as_simulated():
    asker = Asker(city())
    for path in ("/", "/health", "/ratings", "/kpi", "/targets", "/open311/v2/services.xml", "/no-such"):
        assert asker.get(path).headers["x-simulated"] == "true"
    health = asker.get("/health").json()
    assert health["simulated"] is True
    assert (health["scale"], health["seed"]) == (0.002, 766)
    assert datetime.fromisoformat(health["now"]) == NOW


def test_the_start_page_says_in_both_languages_that_all_is_simulated_and_why_units_differ():
    page = Asker(city()).get("/").text
    assert "mô phỏng" in page and "Simulated" in page
    assert all(cause.sentence_vi in page and cause.sentence_en in page for cause in CAUSES)


def test_ratings_come_page_by_page_and_belong_to_dossiers():
    asker = Asker(city(0.005))
    span = {"since": days_ago(4).isoformat(), "until": days_ago(3).isoformat()}
    found, page = [], 1
    while page:
        answer = asker.get("/ratings", page=page, size=40, **span).json()
        found += answer["items"]
        page = answer["next"]
    assert found == asker.get("/ratings", size=5000, **span).json()["items"]
    assert len(found) > 60
    assert {item["khau"] for item in found} == {"reception", "processing", "return"}
    assert {item["diem"] for item in found} <= {0, 1, 2}
    recorded = [item["ghiNhan"] for item in found]
    assert recorded == sorted(recorded)
    assert all(item["thoiDiem"] <= item["ghiNhan"] for item in found)
    known = {record["MaHoSo"] for record in asker.pages("DongBoHoSoMC", days_ago(100), size=5000)}
    assert {item["maHoSo"] for item in found} <= known


def test_the_ratings_are_silent_for_twenty_minutes_every_few_hours():
    items = Asker(city(0.3)).get("/ratings", size=5000, since=days_ago(0.25).isoformat()).json()["items"]
    recorded = [datetime.fromisoformat(item["ghiNhan"]) for item in items]
    gaps = [(b - a, b) for a, b in pairwise(recorded)]
    longest, ended = max(gaps)
    assert timedelta(minutes=14) < longest < timedelta(minutes=27)
    assert sum(at - ended < timedelta(seconds=30) for at in recorded if at >= ended) > 10


@pytest.mark.parametrize("path", ["/ratings", "/kpi", "/targets"])
def test_a_parameter_that_cannot_be_read_is_a_bad_request(path):
    asker = Asker(city())
    assert asker.get(path, since="gestern").status_code == 400
    assert asker.get(path, page="0").status_code == 400


def test_fifty_indicators_are_fed_in_any_four_hundred_days():
    office = Office(766, "79")
    for now in (NOW, NOW - timedelta(days=150), NOW + timedelta(days=100)):
        values = office.values(now - timedelta(days=400), now)
        assert len({one.code for one in values}) == 50
        assert {one.status for one in values} == {"p", "r", "e"}
        assert all(one.at < now for one in values)
    periods = {one.period for one in values}
    assert {"2025", "2026-Q3", "2026-10"} <= periods


def test_a_revision_changes_a_value_that_was_published_before():
    values = Office(766, "79").values(NOW - timedelta(days=400), NOW)
    versions = Counter((one.code, one.period) for one in values)
    assert max(versions.values()) == 3
    revised = [one for one in values if one.status == "r"]
    first = {(one.code, one.period): one for one in values if one.status == "p"}
    pairs = [(first[one.code, one.period], one) for one in revised if (one.code, one.period) in first]
    assert len(pairs) > 50
    assert all(before.at < after.at for before, after in pairs)
    assert sum(before.value != after.value for before, after in pairs) > 0.7 * len(pairs)


def test_targets_are_of_fed_indicators_and_of_this_year():
    asker = Asker(city())
    targets = asker.get("/targets", size=5000).json()["items"]
    fed = {item["maChiTieu"] for item in asker.get("/kpi", size=5000).json()["items"]}
    assert len({item["maChiTieu"] for item in targets}) >= 20
    assert {item["maChiTieu"] for item in targets} <= fed
    assert {item["ky"][:4] for item in targets} == {"2026"}
    assert {item["donVi"] for item in targets} == {"79"}


def test_a_few_requests_fail_and_the_next_try_does_not(monkeypatch):
    monkeypatch.setattr(faults, "SLOW_S", 0.0)
    some, none = RequestFaults(766), RequestFaults(766, 0.0)
    told = Counter(some.next() for _ in range(20_000))
    assert 20 < told["500"] < 90 and 20 < told["429"] < 90 and 15 < told["slow"] < 80
    assert not any(none.next() for _ in range(1000))
    asker = Asker(city(faults=100.0), with_faults=True)
    answers = [asker.get("/open311/v2/services.json") for _ in range(12)]
    failed = [answer for answer in answers if answer.status_code != 200]
    assert {answer.status_code for answer in answers} == {200, 429, 500}
    assert all(answer.headers["x-simulated"] == "true" for answer in failed)
    assert all(answer.json()[0]["code"] == answer.status_code for answer in failed)
    assert asker.get("/health").status_code == 200


def test_the_clock_stands_still_or_runs_as_told():
    assert Clock.still(NOW).now() == NOW
    an_hour_ago = time.monotonic() - 3600
    assert timedelta(hours=1) <= Clock(NOW, 1.0, an_hour_ago).now() - NOW < timedelta(hours=2)
    assert timedelta(hours=10) <= Clock(NOW, 10.0, an_hour_ago).now() - NOW < timedelta(hours=20)
    assert Clock.start(None, 1.0).now().utcoffset() == instants.ZONE.utcoffset(None)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--scale", "0"], "--scale"),
        (["--days", "0"], "--days"),
        (["--profile", "no-such-folder"], "units.csv"),
        (["--now", "2020-01-01"], "2025"),
    ],
)
def test_a_wrong_start_ends_with_one_sentence(capsys, arguments, says):
    assert command.main(["--port", "1", "--profile", str(PROFILE), *arguments]) == 1
    told = capsys.readouterr().err
    assert told.startswith("simulator: ") and says in told and told.count("\n") == 1


def test_the_program_serves_until_it_is_told_to_stop_and_ends_well():
    arguments = ["--port", "0", "--profile", str(PROFILE), "--now", NOW.isoformat(), "--speed", "0"]
    with subprocess.Popen(
        [sys.executable, "-m", "simulator", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "simulated city on http://127.0.0.1:" in process.stdout.readline()
        process.terminate()
        assert process.wait(timeout=20) == 0
