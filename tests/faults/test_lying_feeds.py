"""A feed that lies: its pull ends with a clear error, screens say so, and nothing is lost or doubled afterwards."""

from __future__ import annotations

import json
import select
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psutil
import pytest

from etl import runs
from etl.connectors import watch
from etl.feeds import Feed
from sql import database
from tests.db.deliveries import differences, feed_of, framer_of, one, rows
from tests.faults.lying import Answer, Liar, liar, send

COLUMNS = ("code", "procedure", "unit", "accepted_at", "due_at", "finished_at", "status", "changed_at")
OPTIONS = 'paging = { kind = "next", param = "page", size = 4, next = "next" }\nsince_param = "since"\nretries = 1'
MIB = 1 << 20


def record(number: int, at: datetime | None = None, **more: str) -> dict[str, Any]:
    changed = at or datetime.now(UTC)
    return {
        "code": f"D{number}", "procedure": "P1", "unit": "10", "accepted_at": (changed - timedelta(days=2)).isoformat(),
        "due_at": (changed + timedelta(days=1)).isoformat(), "finished_at": None, "status": "4",
        "changed_at": changed.isoformat(), **more,
    }  # fmt: skip


@pytest.fixture
def source():
    with liar() as opened:
        opened.records = {f"D{number}": record(number) for number in range(10)}
        yield opened


@pytest.fixture
def conn(city):
    with closing(database.connect(city)) as opened:
        yield opened


@pytest.fixture
def feed(source, tmp_path) -> Feed:
    options = 'headers = { X-Key = "${KEY}" }\n' + OPTIONS
    return feed_of(
        tmp_path, "live", "dossiers", COLUMNS, f'http_json"\n{options}\nrecords = "items', url=f"{source.url}/d"
    )


@pytest.fixture
def pull(city, feed) -> Callable[[], runs.Outcome]:
    secrets = {"KEY": "s3cret"}
    return lambda: runs.pull(city, feed, datetime.now(UTC), secrets.get)


def state(city: str, conn: Any) -> tuple[str, str | None]:
    """Return what the screens say of the feed."""
    now = datetime.now(UTC)
    told = framer_of(city, now).frame(conn, now)["feeds"]["live"]
    return told["state"], told["error"]


def facts(conn: Any) -> dict[str, tuple]:
    found = rows(conn, "select code, changed_at, finished_at, status from dossier")
    return {code: told for code, *told in found}


def truth(source: Liar) -> dict[str, list]:
    def instant(text: str | None) -> datetime | None:
        return datetime.fromisoformat(text) if text else None

    return {
        code: [instant(told["changed_at"]), instant(told["finished_at"]), int(told["status"])]
        for code, told in source.records.items()
    }


def go_on(source: Liar) -> None:
    """Let the city go on: a dossier ends, another comes."""
    source.records["D3"] = record(3, finished_at=datetime.now(UTC).isoformat(), status="9")
    source.records["D10"] = record(10)


def same_page() -> dict[str, Any]:
    return {"items": [record(1, datetime(2026, 1, 5, tzinfo=UTC))], "next": str(time.monotonic_ns())}


def half_a_page(asked: Any) -> None:
    send(asked, b'{"items": [{"code": "D1", "unit"', Content_Length="4000")
    asked.close_connection = True


def endless(size: int, asked: Any) -> None:
    """Send a body of any size, 1 MiB at a time."""
    asked.send_response(200)
    asked.send_header("Content-Type", "application/json")
    asked.end_headers()
    for _ in range(size // MIB):
        asked.wfile.write(b" " * MIB)


LIES: dict[str, tuple[Answer, str]] = {
    "a 500": (lambda asked: send(asked, {}, 500), "/d: answered 500; tried 2 times"),
    "a 429 that asks for an hour": (
        lambda asked: send(asked, {}, 429, Retry_After="3600"),
        "/d: answered 429 and asks to wait 3600 s",
    ),
    "a 401": (lambda asked: send(asked, {}, 401), "/d: answered 401: the credentials are not accepted"),
    "half a page": (half_a_page, "/d: broke off in the middle of its answer; tried 2 times"),
    "broken JSON": (lambda asked: send(asked, b'{"items": [{"code":,}]}'), "/d: answered broken JSON, at character 19"),
    "nothing": (lambda asked: send(asked, b""), "/d: answered with nothing, where JSON was expected"),
    "a page of HTML": (
        lambda asked: send(asked, b"<html>Xin chao</html>", kind="text/html"),
        "/d: answered HTML or XML, not JSON",
    ),
    "JSON of another shape": (lambda asked: send(asked, {"items": "none"}), "/d: has no list of records at 'items'"),
    "the same page for ever": (lambda asked: send(asked, same_page()), "/d: sends the same page again and again"),
    "a next page that came before": (
        lambda asked: send(asked, {"items": [record(time.monotonic_ns() % 1000)], "next": "1"}),
        "/d: goes back to a page that it sent before",
    ),
    "two gigabytes": (partial(endless, 2048 * MIB), "/d: answers more than 64 MB"),
    "zeros said to be compressed": (
        lambda asked: send(asked, bytes(5000), Content_Encoding="gzip"),
        "/d: broke off in the middle of its answer; tried 2 times",
    ),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_told_and_nothing_is_lost_or_doubled_when_the_feed_is_well_again(
    city, conn, source, pull, lie, tmp_path
):
    assert pull().counts.merged == 10
    source.lie, said = LIES[lie]
    go_on(source)
    began, weight = time.monotonic(), psutil.Process().memory_info().rss
    failed = pull()
    assert failed.error and failed.error.startswith(f"feed live, load {failed.load_id}, read: {said}")
    assert time.monotonic() - began < 15
    assert psutil.Process().memory_info().rss - weight < 250 * MIB
    assert state(city, conn) == ("failing", failed.error)
    assert one(conn, "select state from load where id = %s", failed.load_id) == "failed"
    source.lie = None
    assert pull().error is None
    assert facts(conn) == truth(source)
    assert state(city, conn) == ("live", None)
    assert differences(conn, framer_of(city), datetime.now(UTC)) == []


def test_a_redirect_to_another_host_is_not_followed_and_takes_no_key_along(city, conn, source, pull):
    with liar() as elsewhere:
        source.lie = lambda asked: send(asked, {}, 302, Location=f"{elsewhere.url}/d")
        failed = pull()
        assert elsewhere.asked == []
    assert "points to another host (http://127.0.0.1), which is not followed" in failed.error
    assert "s3cret" not in failed.error
    assert source.headers[0]["x-key"] == "s3cret"
    source.lie = None
    assert pull().counts.merged == 10


def test_a_next_page_on_another_host_is_not_asked(source, pull):
    with liar() as elsewhere:
        source.lie = lambda asked: send(asked, {"items": [record(1)], "next": f"{elsewhere.url}/d?page=2"})
        failed = pull()
        assert elsewhere.asked == []
    assert "points to another host" in failed.error


def test_a_pause_that_a_server_asks_for_is_kept(source, pull):
    begun = []

    def busy_once(asked: Any) -> None:
        begun.append(time.monotonic())
        if len(begun) == 1:
            send(asked, {}, 429, Retry_After="1")
        else:
            send(asked, source.page(asked.path))

    source.lie = busy_once
    assert pull().error is None
    assert begun[1] - begun[0] >= 1


def test_a_source_that_drips_is_told_on_screen_while_its_pull_still_waits(city, conn, source, pull, monkeypatch):
    monkeypatch.setattr(watch.Watch.__init__, "__defaults__", (0.2,))
    may_end, ended = threading.Event(), []

    def drip(asked: Any) -> None:
        asked.send_response(200)
        asked.end_headers()
        while not may_end.wait(0.05):
            asked.wfile.write(b" ")
        asked.wfile.write(b'{"items": [], "next": null}')

    source.lie = drip
    with closing(database.connect(city)) as ears:
        ears.autocommit = True
        with ears.cursor() as cursor:
            cursor.execute("listen facts_changed")
        waiting = threading.Thread(target=lambda: ended.append(pull()))
        waiting.start()
        assert select.select([ears], [], [], 15)[0]  # the publisher is woken
        told, error = state(city, conn)
        may_end.set()
        waiting.join(20)
    assert told == "failing"
    assert error == f"feed live, load {ended[0].load_id}, read: /d: has not answered for 0 s"
    assert ended[0].error is None
    assert state(city, conn)[1] is None


def test_what_keeps_a_pull_waiting_is_told_by_its_own_name(source, pull, conn, city, monkeypatch):
    monkeypatch.setattr(watch.Watch.__init__, "__defaults__", (0.05,))
    told = threading.Event()
    source.lie = lambda asked: (send(asked, {}, 503, Retry_After="1"), told.set())
    waiting = threading.Thread(target=pull)
    waiting.start()
    told.wait(10)
    said = ""
    while waiting.is_alive() and "being tried again" not in said:
        said = state(city, conn)[1] or ""
    waiting.join(20)
    assert "/d: answered 503; is being tried again" in said


def test_a_clock_that_is_ahead_loses_nothing_once_it_is_right_again(city, conn, source, pull):
    ahead = datetime.now(UTC) + timedelta(hours=3)
    source.records = {f"D{number}": record(number, ahead) for number in range(10)}
    assert pull().counts.merged == 10
    cursor = one(conn, "select cursor ->> 'since' from feed where id = 'live'")
    assert datetime.fromisoformat(cursor) <= datetime.now(UTC)
    assert one(conn, "select event_at from feed where id = 'live'") <= datetime.now(UTC) + timedelta(minutes=5)
    ended = {"status": "9", "finished_at": datetime.now(UTC).isoformat()}
    source.records = {f"D{number}": record(number, **ended) for number in range(10)}
    assert pull().counts.merged == 10
    assert facts(conn) == truth(source)
    assert differences(conn, framer_of(city), datetime.now(UTC)) == []


def test_a_source_that_goes_back_to_older_versions_changes_nothing(city, conn, source, pull):
    old = dict(source.records)
    assert pull().counts.merged == 10
    go_on(source)
    assert pull().counts.merged == 2
    newest, kept = truth(source), one(conn, "select cursor ->> 'since' from feed where id = 'live'")
    source.records = old
    again = pull()
    assert (again.counts.merged, again.error) == (0, None)
    assert facts(conn) == newest
    assert one(conn, "select cursor ->> 'since' from feed where id = 'live'") == kept


@pytest.mark.parametrize("kind", ["text/html", "application/json; charset=no-such-thing", "image/png"])
def test_a_wrong_content_type_does_not_keep_good_records_out(conn, source, pull, kind):
    source.lie = lambda asked: send(asked, source.page(asked.path), kind=kind)
    assert pull().counts.merged == 10
    assert facts(conn) == truth(source)


def test_bytes_that_are_no_text_are_refused_by_the_row(conn, source, pull):
    good, bad = record(1), record(2)
    page = b'{"items": [%s, %s], "next": null}'
    source.lie = lambda asked: send(
        asked, page % (json.dumps(good).encode(), json.dumps(bad).encode().replace(b"D2", b"D\xff"))
    )
    outcome = pull()
    assert (outcome.counts.merged, outcome.counts.reasons) == (1, {"unreadable text": 1})


@pytest.mark.parametrize("body", [b"<service_requests><request>", b"<a>&b;</a>", b"{}", b"<html></html>"])
def test_broken_xml_of_a_hotline_is_told(city, conn, source, tmp_path, body):
    kind = 'open311"\nformat = "xml"\nretries = 0\npage_size = 0\ncategory = "service_name'
    feed = feed_of(tmp_path, "live", "tickets", (), kind, url=source.url, times=False)
    source.lie = lambda asked: send(asked, body, kind="text/xml")
    failed = runs.pull(city, feed, datetime.now(UTC), lambda name: None)
    assert failed.error.startswith(f"feed live, load {failed.load_id}, read: /requests.xml: ")
    assert state(city, conn) == ("failing", failed.error)
