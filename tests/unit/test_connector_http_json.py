import gzip
import json
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from etl import extract, feeds
from tests.unit.feed_files import NOW, Asked, Reply, feed_from, pulled, rejected_of, rows_of, serving

COLUMNS = 'dossier = "maHoSo"\nscore = "diem"\nrated_at = "thoiDiem"'
SINCE = {"since": "2026-11-22T02:00:00+00:00"}


def json_feed(folder: Path, url: str, options: str = "", columns: str = COLUMNS) -> feeds.Feed:
    connector = f'kind = "http_json"\nurl = "{url}/ratings"\n{options}'
    return feed_from(folder, connector, columns, "ratings", '[times]\nzone = "Asia/Ho_Chi_Minh"')


def rating(number: int, at: str = "2026-11-22T09:30:00+07:00") -> dict[str, Any]:
    return {"maHoSo": f"H{number}", "diem": 2, "thoiDiem": at, "nguoi": "NGUYEN VAN A"}


def refusal(
    folder: Path, reply: Any, options: str = "retries = 0", naps: list[float] | None = None
) -> extract.FeedError:
    answer = reply if callable(reply) else lambda asked: reply
    with serving(answer) as server, pytest.raises(extract.FeedError) as caught:
        pulled(json_feed(folder, server.url, options), SINCE, naps=naps)
    assert (caught.value.file, caught.value.key) == ("f", "/ratings")
    return caught.value


def pages(kind: str, records: list[dict[str, Any]]) -> Any:
    """Play a server of one kind of paging, two records a page."""

    def answer(asked: Asked) -> dict[str, Any]:
        size = int(asked.query["size"])
        place = int(asked.query.get("page", "0" if kind == "offset" else "1"))
        first = place if kind == "offset" else (place - 1) * size
        body: dict[str, Any] = {"items": records[first : first + size]}
        return body | ({"next": place + 1 if first + size < len(records) else None} if kind == "next" else {})

    return answer


@pytest.mark.parametrize(("kind", "requests"), [("next", 3), ("page", 4), ("offset", 4)])
def test_every_page_is_read_whatever_way_pages_are_counted(tmp_path, kind, requests):
    with serving(pages(kind, [rating(n) for n in range(5)])) as server:
        options = f'since_param = "since"\npaging = {{ kind = "{kind}", size = 2 }}'
        batches = pulled(json_feed(tmp_path, server.url, options), SINCE)
    assert [row["maHoSo"] for row in rows_of(batches)] == ["H0", "H1", "H2", "H3", "H4"]
    assert rows_of(batches)[0] == {"maHoSo": "H0", "diem": "2", "thoiDiem": "2026-11-22T09:30:00+07:00", "row_no": 1}
    assert len(server.asked) == requests
    assert {asked.query["since"] for asked in server.asked} == {"2026-11-22T01:50:00Z"}


def test_a_server_without_pages_is_asked_once(tmp_path):
    with serving(lambda asked: [rating(1), "rubbish"]) as server:
        batches = pulled(json_feed(tmp_path, server.url, 'records = ""\npaging = { kind = "none" }'))
    assert (len(rows_of(batches)), len(rejected_of(batches))) == (1, 1)
    assert server.asked[0].query == {}


def test_a_window_and_what_the_url_asks_with_are_sent_together(tmp_path):
    with serving(lambda asked: {"a": {"b": []}}) as server:
        options = 'records = "a.b"\nsince_param = "from"\nuntil_param = "to"\nheaders = { X-Key = "${KEY}" }'
        feed = feed_from(
            tmp_path, f'kind = "http_json"\nurl = "{server.url}/r?city=hcmc"\n{options}', COLUMNS, "ratings"
        )
        window = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
        pulled(feed, SINCE, *window, secrets={"KEY": "s3cret"})
    (asked,) = server.asked
    assert asked.query | {"size": ""} == {
        "city": "hcmc",
        "from": "2026-01-01T00:00:00Z",
        "to": "2026-02-01T00:00:00Z",
        "size": "",
    }
    assert asked.headers["x-key"] == "s3cret"


def test_the_next_page_may_be_a_url_of_the_same_host(tmp_path):
    def answer(asked: Asked) -> dict[str, Any]:
        more = asked.path == "/ratings"
        return {"items": [rating(1 if more else 2)], "next": "/ratings/2?x=1" if more else ""}

    with serving(answer) as server:
        assert len(rows_of(pulled(json_feed(tmp_path, server.url)))) == 2
    assert server.asked[1].query == {"x": "1"}


@pytest.mark.parametrize(
    ("at", "cursor"),
    [
        ("2026-11-22T09:30:00+07:00", {"since": "2026-11-22T02:30:00+00:00"}),
        ("2026-11-22T09:30:00", {"since": "2026-11-22T02:30:00+00:00"}),  # in the feed's zone
        ("2026-11-22T02:30:00Z", {"since": "2026-11-22T02:30:00+00:00"}),
        ("2030-01-01T00:00:00Z", {"since": NOW.isoformat()}),
        ("2026-11-21T00:00:00Z", SINCE),
        ("", SINCE),
    ],
)
def test_the_cursor_is_the_newest_rating(tmp_path, at, cursor):
    with serving(lambda asked: {"items": [rating(1, at), rating(2, "2026-11-20T00:00:00Z")]}) as server:
        assert pulled(json_feed(tmp_path, server.url), SINCE)[-1].cursor == cursor


def test_records_that_tell_no_time_of_change_move_the_cursor_to_the_pull(tmp_path):
    with serving(lambda asked: {"items": []}) as server:
        feed = json_feed(tmp_path, server.url, columns='dossier = "maHoSo"\nscore = "diem"')
        assert pulled(feed, SINCE)[-1].cursor == {"since": NOW.isoformat()}


def test_a_cursor_that_is_no_time_is_an_error(tmp_path):
    with pytest.raises(extract.FeedError, match="'page 7' is not a time"):
        pulled(json_feed(tmp_path, "http://127.0.0.1:9"), {"since": "page 7"})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<!DOCTYPE html><p>NGUYEN VAN A</p>", "answered HTML or XML, not JSON"),
        ('{"items": [{"maHoSo": "NGUYEN VAN A"', "answered broken JSON, at character 36 of 36"),
        ("", "answered with nothing, where JSON was expected"),
        ({"rows": []}, "has no list of records at 'items'"),
        ([], "has no list of records at 'items'"),
        ({"items": [], "next": {"page": 2}}, "names its next page at 'next' with no text or number"),
        ("[" * 200_000, "answered JSON that is nested too deeply"),
    ],
)
def test_an_answer_that_cannot_be_read_is_told_without_its_content(tmp_path, body, reason):
    error = refusal(tmp_path, Reply(body))
    assert error.reason == reason
    assert "NGUYEN" not in str(error)


def test_the_same_page_again_and_again_is_an_error(tmp_path):
    error = refusal(tmp_path, {"items": [rating(1)]}, 'paging = { kind = "page" }')
    assert "sends the same page again and again" in error.reason


def test_a_server_that_goes_back_to_an_earlier_page_is_an_error(tmp_path):
    count = iter(range(100))

    def answer(asked: Asked) -> dict[str, Any]:
        return {"items": [rating(next(count))], "next": {"": 2, "2": 3, "3": 2}[asked.query.get("page", "")]}

    assert refusal(tmp_path, answer).reason == "goes back to a page that it sent before"


def test_a_server_that_never_ends_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr("etl.connectors.pull.MOST_PAGES", 20)
    count = iter(range(1000))
    error = refusal(tmp_path, lambda asked: {"items": [rating(next(count))]}, 'paging = { kind = "page" }')
    assert "sends more than 20 pages" in error.reason


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_another_host_is_not_followed(tmp_path, status):
    error = refusal(tmp_path, Reply(status=status, headers={"location": "http://example.org/ratings?key=s3cret"}))
    assert error.reason == "points to another host (http://example.org), which is not followed"


def test_another_host_named_as_the_next_page_is_not_followed(tmp_path):
    assert "points to another host" in refusal(tmp_path, {"items": [], "next": "https://example.org/x"}).reason


def test_a_redirect_on_the_same_host_is_followed_and_a_circle_is_an_error(tmp_path):
    def answer(asked: Asked) -> Any:
        return {"items": []} if asked.path == "/new" else Reply(status=302, headers={"location": "/new"})

    with serving(answer) as server:
        assert pulled(json_feed(tmp_path, server.url))[-1].rows == 0
    circle = Reply(status=302, headers={"location": "/ratings"})
    assert refusal(tmp_path, circle).reason == "redirects more than 5 times"


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "answered 404"), (400, "answered 400"), (401, "credentials"), (403, "credentials")]
)
def test_what_will_not_pass_is_not_tried_again(tmp_path, status, reason):
    naps: list[float] = []
    assert reason in refusal(tmp_path, Reply(status=status), "retries = 3", naps).reason
    assert naps == []


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again_with_growing_waits(tmp_path, status):
    naps: list[float] = []
    assert refusal(tmp_path, Reply(status=status), "retries = 6", naps).reason == f"answered {status}; tried 7 times"
    assert len(naps) == 6
    assert all(0 <= nap <= 0.5 * 2**n for n, nap in enumerate(naps))


def test_a_server_that_recovers_is_read(tmp_path):
    replies = iter([Reply(status=503), Reply(b"{", break_off=True), Reply({"items": [rating(1)]})])
    naps: list[float] = []
    with serving(lambda asked: next(replies)) as server:
        assert len(rows_of(pulled(json_feed(tmp_path, server.url), naps=naps))) == 1
    assert len(naps) == 2


def test_an_answer_that_breaks_off_is_an_error(tmp_path):
    error = refusal(tmp_path, Reply({"items": [rating(1)]}, break_off=True), "retries = 1")
    assert error.reason == "broke off in the middle of its answer; tried 2 times"


def test_a_server_is_waited_for_as_long_as_it_asks(tmp_path):
    naps: list[float] = []
    refusal(tmp_path, Reply(status=503, headers={"retry-after": "40"}), "retries = 1", naps)
    assert naps == [40]
    server_clock = datetime(2020, 1, 1, tzinfo=UTC)
    headers = {"retry-after": format_datetime(server_clock + timedelta(seconds=90), usegmt=True)}
    naps.clear()
    refusal(tmp_path, Reply(status=429, headers=headers), "retries = 1", naps)
    assert naps[0] < 1  # a date that is long past on the server's clock
    error = refusal(tmp_path, Reply(status=503, headers={"retry-after": "3600"}), "retries = 1", naps)
    assert error.reason == "answered 503 and asks to wait 3600 s"


def test_a_slow_server_is_given_up(tmp_path):
    gone = threading.Event()

    def answer(asked: Asked) -> dict[str, Any]:
        gone.wait(5)
        return {"items": []}

    with serving(answer) as server:
        with pytest.raises(extract.FeedError, match=r"f: /ratings: did not answer in time; tried 2 times"):
            pulled(json_feed(tmp_path, server.url, 'timeout = "50ms"\nretries = 1'))
        gone.set()


def test_an_answer_that_drips_in_is_given_up(tmp_path):
    body = json.dumps({"items": [rating(n) for n in range(2000)]})
    error = refusal(tmp_path, Reply(body), 'deadline = "0.001ms"\nretries = 1')
    assert error.reason == "no whole answer in 0 s; tried 2 times"


def test_an_answer_may_not_be_larger_than_the_feed_says_even_unpacked(tmp_path):
    packed = Reply(gzip.compress(b" " * 5_000_000), headers={"content-encoding": "gzip"})
    assert refusal(tmp_path, packed, "max_bytes = 1048576").reason == "answers more than 1 MB"


def test_a_server_that_is_not_there_is_an_error(tmp_path):
    with serving(lambda asked: {}) as server:
        url = server.url
    with pytest.raises(extract.FeedError, match="f: /ratings: cannot be reached; tried 1 times"):
        pulled(json_feed(tmp_path, url, "retries = 0"))


def test_bytes_that_are_not_text_refuse_their_record_alone(tmp_path):
    body = b'{"items": [{"maHoSo": "H1\xff"}, {"maHoSo": "H2", "diem": 12345678901234567890.50}]}'
    with serving(lambda asked: Reply(body)) as server:
        batches = pulled(json_feed(tmp_path, server.url))
    assert [(row["maHoSo"], row["diem"]) for row in rows_of(batches)] == [("H2", "12345678901234567890.50")]
    assert [(row.row_no, row.reason) for row in rejected_of(batches)] == [(1, "unreadable text")]


def test_a_file_cannot_be_pulled(tmp_path):
    with pytest.raises(extract.FeedError, match="csv is a file: load it"):
        pulled(feed_from(tmp_path, 'kind = "csv"', 'code = "a"\nopened_at = "b"\nunit = "c"'))


def test_a_saved_answer_is_loaded_as_a_file(tmp_path):
    (tmp_path / "saved.json").write_text(json.dumps({"items": [rating(1)], "next": None}))
    assert len(rows_of(list(extract.from_file(json_feed(tmp_path, "http://x"), tmp_path / "saved.json")))) == 1
