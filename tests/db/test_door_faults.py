"""The push door when things go wrong: killed, flooded, without Postgres, poisoned, beside other doors and loads."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from etl import cli, jobs, publish
from etl.door.senders import SenderError
from etl.facts import DOSSIERS
from sql import database, frames
from sql.settings import Settings
from tests.conftest import ROOT, SMALL_PROFILE, administer
from tests.db.deliveries import differences, framer_of, one, rows, state
from tests.db.doors import CALL, LOGIN, PASSWORD, REQUESTS, add_sender, door, dossier, software, step


@pytest.fixture
def key(city):
    return add_sender(city)


class Process:
    """A door that is a process of its own, and may be killed."""

    def __init__(self, city: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.city = city
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        given = {"DATABASE_URL": self.city, "DOOR_PORT": str(self.port), "PROFILE": str(SMALL_PROFILE)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "etl", "door"], cwd=ROOT, env=dict(os.environ) | given, stderr=subprocess.DEVNULL
        )

    def until_open(self) -> None:
        while True:
            assert self.process.poll() is None
            try:
                httpx.get(f"{self.address}/healthz", timeout=1)
                return
            except httpx.TransportError:
                time.sleep(0.05)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


def stubborn(address: str, calls: list[list[dict]], answered: list[str], over: threading.Event) -> None:
    """Send each call until it is answered well, as clients of the envelope do."""
    session = ""
    with httpx.Client(base_url=address, timeout=20) as http:
        for records in calls:
            code = ""
            while code != "0" and not over.is_set():
                told = {"session": session, "madonvi": "", "service": "DongBoHoSoMC", "data": records}
                try:
                    if code in ("", "-1"):
                        session = http.post(LOGIN, json={"username": "quan-an", "password": PASSWORD}).json()["session"]
                        told["session"] = session
                    code = http.post(CALL, json=told).json()["error_code"]
                except (httpx.TransportError, KeyError, ValueError):
                    code = ""
                    time.sleep(0.05)
            answered.extend(one["MaHoSo"] for one in records if code == "0")


def test_nothing_that_was_answered_is_lost_when_the_door_is_killed(city, conn, key):
    opened = Process(city)
    opened.start()
    opened.until_open()
    answered: list[str] = []
    over = threading.Event()
    numbers = [[dossier(who * 1000 + call * 10 + n) for n in range(10)] for who in range(4) for call in range(12)]
    threads = [
        threading.Thread(target=stubborn, args=(opened.address, numbers[who * 12 : who * 12 + 12], answered, over))
        for who in range(4)
    ]
    try:
        for thread in threads:
            thread.start()
        for goal in (60, 200):
            while len(answered) < goal:
                assert any(thread.is_alive() for thread in threads)
            opened.end(signal.SIGKILL)
            stored = one(conn, "select count(*) from dossier where code = any(%s)", list(answered))
            assert stored == len(set(answered)), "what was answered is stored"
            opened.start()
        for thread in threads:
            thread.join(60)
    finally:
        over.set()
        for thread in threads:
            thread.join(30)
        code = opened.end(signal.SIGTERM)
    assert code == 0
    assert len(answered) == len(set(answered)) == one(conn, "select count(*) from dossier") == 480
    assert one(conn, "select sum(merged)::int from load") == 480
    assert differences(conn, framer_of(city)) == []


def test_the_door_ends_well_and_answers_what_it_was_asked(city, conn, key):
    opened = Process(city)
    opened.start()
    opened.until_open()
    answers = []
    with closing(database.connect(city)) as busy, busy.cursor() as cursor, software(opened.address) as client:
        cursor.execute("select pg_advisory_xact_lock(%s)", (DOSSIERS.turn,))
        sending = threading.Thread(target=lambda: answers.append(client.dossiers(dossier(1))))
        sending.start()
        while httpx.get(f"{opened.address}/healthz").json()["waiting"] == 0:
            assert sending.is_alive()
        opened.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        busy.rollback()
        sending.join(30)
    assert opened.process.wait(30) == 0
    assert answers[0]["error_code"] == "0"
    assert one(conn, "select count(*) from dossier") == 1


def test_more_than_may_wait_is_turned_away_and_told_when_to_come_again(city, conn, key):
    with (
        door(city, most_waiting=30) as address,
        closing(database.connect(city)) as busy,
        busy.cursor() as cursor,
        software(address) as client,
    ):
        cursor.execute("select pg_advisory_xact_lock(%s)", (DOSSIERS.turn,))
        answers: list[httpx.Response] = []
        senders = [software(address) for _ in range(3)]
        waiting = [sender.__enter__() for sender in senders]
        threads = [
            threading.Thread(
                target=lambda one, n: answers.append(
                    one.asked("DongBoHoSoMC", [dossier(n * 10 + k) for k in range(10)])
                ),
                args=(each, number),
            )
            for number, each in enumerate(waiting)
        ]
        for thread in threads:
            thread.start()
        while client.http.get("/healthz").json()["waiting"] < 30:
            assert all(thread.is_alive() for thread in threads)
        turned = client.asked("DongBoHoSoMC", [dossier(99)])
        assert (turned.status_code, turned.headers["retry-after"], turned.json()["error_code"]) == (429, "2", "-6")
        told = client.http.post(REQUESTS, params={"api_key": key}, json={"service_code": "noise", "lat": 1, "long": 2})
        assert (told.status_code, told.headers["retry-after"], told.json()[0]["code"]) == (429, "2", 429)
        busy.rollback()
        for thread in threads:
            thread.join(30)
        assert [answer.json()["error_code"] for answer in answers] == ["0"] * 3
        assert client.dossiers(dossier(99))["error_code"] == "0"
        assert 'door_calls_total{path="/portal/mapi/g",status="429"} 1.0' in client.http.get("/metrics").text
        for sender in senders:
            sender.__exit__(None, None, None)
    assert one(conn, "select count(*) from dossier") == 31


def test_without_postgres_nothing_is_answered_as_stored_and_the_door_heals_by_itself(postgres, city, key):
    name = urlsplit(city).path[1:]
    with door(city) as address, software(address) as client:
        assert client.dossiers(dossier(1))["error_code"] == "0"
        administer(postgres, f"alter database {name} allow_connections false")
        administer(postgres, f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")
        answer = client.asked("DongBoHoSoMC", [dossier(2)])
        assert (answer.status_code, answer.headers["retry-after"], answer.json()["error_code"]) == (503, "5", "-7")
        other = client.http.post(LOGIN, json={"username": "quan-an", "password": PASSWORD})
        assert (other.status_code, other.json()["error_code"]) == (503, "-7")
        told = client.http.post(REQUESTS, params={"api_key": key}, json={"service_code": "noise", "lat": 1, "long": 2})
        assert (told.status_code, told.json()[0]["code"]) == (503, 503)
        assert client.http.get("/healthz").json()["waiting"] == 0
        administer(postgres, f"alter database {name} allow_connections true")
        assert client.dossiers(dossier(2))["error_code"] == "0"
    with closing(database.connect(city)) as conn:
        assert one(conn, "select count(*) from dossier") == 2


def test_a_record_that_postgres_itself_refuses_holds_up_no_other(city, conn, key):
    rows(conn, "alter table dossier add constraint poison check (code <> 'H29.10-261120-0003')")
    with door(city) as address, software(address) as client:
        answer = client.dossiers(*(dossier(number) for number in range(6)))
        assert [each["error_code"] for each in answer["data"]] == ["0", "0", "0", "-2", "0", "0"]
        assert answer["data"][3]["message"] == "Cơ sở dữ liệu từ chối bản ghi"
    assert one(conn, "select count(*) from dossier") == 5
    assert rows(conn, "select row ->> 'MaHoSo', reason from quarantine") == [
        ("H29.10-261120-0003", "refused by the database")
    ]
    assert one(conn, "select sum(read) || ' ' || sum(merged) || ' ' || sum(refused) from load") == "6 5 1"


def test_several_doors_end_in_the_same_state_as_one(city, conn, key):
    with door(city) as first, door(city) as second:

        def send(address: str) -> None:
            with software(address) as client:
                for number in range(8):
                    same = [dossier(n, NgayCapNhat=f"2026112009{number:02}00", TrangThaiHoSo=str(4 + number % 2))
                            for n in range(10)]  # fmt: skip
                    assert client.dossiers(*same)["error_code"] == "0"
                    assert (
                        client.steps(*(step(n, f"20261120{number + 10}0000") for n in range(10)))["error_code"] == "0"
                    )

        threads = [threading.Thread(target=send, args=(address,)) for address in (first, second, first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
    assert one(conn, "select count(*) from dossier") == 10
    assert one(conn, "select count(*) from dossier_step") == 80
    assert rows(conn, "select distinct status from dossier") == [(5,)]
    read, merged = rows(conn, "select sum(read)::int, sum(merged)::int from load where feed_id = 'push-quan-an'")[0]
    assert (read, merged <= 80) == (4 * 8 * 10, True)
    assert differences(conn, framer_of(city)) == []
    before = state(conn)
    with door(city) as third, software(third) as client:
        client.dossiers(*(dossier(n, NgayCapNhat="20261120090700", TrangThaiHoSo="5") for n in range(10)))
    assert state(conn) == before


def test_what_is_accepted_stands_in_a_stored_frame_within_a_second_and_a_half(city, conn, key):
    stop = threading.Event()
    publishing = threading.Thread(target=publish.run, args=(city, None, stop.is_set))
    publishing.start()
    waits = []
    try:
        with door(city) as address, software(address) as client:
            while frames.latest(conn) is None:
                conn.rollback()
            for number in range(8):
                received = datetime.now(UTC).astimezone().isoformat()
                assert client.dossiers(dossier(number, NgayTiepNhan=local(received)))["error_code"] == "0"
                began = time.monotonic()
                while shown(conn) < number + 1:
                    assert time.monotonic() - began < 10
                    time.sleep(0.01)
                waits.append(time.monotonic() - began)
    finally:
        stop.set()
        publishing.join(30)
    assert sorted(waits)[len(waits) // 2] < 1.5, waits


def local(at: str) -> str:
    """Return an instant a minute before as the envelope writes it."""
    zone = timedelta(hours=7)
    return (datetime.fromisoformat(at).astimezone(UTC) - timedelta(minutes=1) + zone).strftime("%Y%m%d%H%M%S")


def shown(conn) -> int:
    """Return how many open dossiers the newest stored frame tells of."""
    with conn:
        frame = frames.latest(conn)
    return frame["city"]["dossiers_open"] or 0


def test_push_loads_of_a_day_are_folded_after_two_days(city, conn, key):
    with door(city) as address, software(address) as client:
        for minute in range(3):
            client.dossiers(dossier(minute), *([dossier(9, MaHoSo="")] if minute == 1 else []))
            rows(conn, "update load set started_at = started_at - interval '1 minute'")
    rows(
        conn,
        "update load set started_at = started_at - interval '3 days', finished_at = finished_at - interval '3 days'",
    )
    assert one(conn, "select count(*) from load") == 3
    assert jobs.fold_pushed(conn, datetime.now(UTC)) == 1
    left = rows(conn, "select read, merged, refused from load order by id")
    assert left == [(2, 2, 0), (2, 1, 1)], "the one that the quarantine names stays as it is"
    assert jobs.fold_pushed(conn, datetime.now(UTC)) == 0


def test_senders_are_kept_by_commands_and_what_is_held_of_them_is_stored_when_it_can_be(city, conn, capsys):
    settings = Settings(database_url=city, profile=SMALL_PROFILE)

    def etl(*arguments: str) -> str:
        given = cli.parser().parse_args(["senders", *arguments])
        assert given.run(settings, given) == 0
        return capsys.readouterr().out.strip()

    told = json.loads(etl("add", "quan-an", "--units", "H29.10=10", "--json", "--password", PASSWORD))
    assert told["feeds"] == ["push-quan-an", "push-quan-an_steps"] and len(told["api_key"]) > 40
    with pytest.raises(SenderError, match="The profile has no unit 99"):
        etl("add", "x-y", "--units", "99")
    with pytest.raises(SenderError, match="disable it first"):
        etl("add", "quan-an", "--units", "10")
    with door(city) as address, software(address) as client:
        assert client.dossiers(dossier(1, DonViXuLy="TP Đông"))["error_code"] == "-2"
        assert client.http.post(REQUESTS, params={"api_key": told["api_key"]}, json={}).status_code == 403
    assert etl("replay", "quan-an") == "refused 1"
    rows(conn, "insert into sender_unit (sender_id, unit_code) select id, '20' from sender")
    assert json.loads(etl("replay", "quan-an", "--json")) == {"merged": 1}
    assert rows(conn, "select state, replay_load_id is not null from quarantine") == [("replayed", True)]
    assert etl("replay", "quan-an") == "Nothing is held."
    assert "enabled; units H29.10=10 20;" in etl("list")
    etl("disable", "quan-an")
    assert "quan-an (quan-an): disabled" in etl("list")
    with pytest.raises(SenderError, match="There is no enabled sender quan-an"):
        etl("disable", "quan-an")
