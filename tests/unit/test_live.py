import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dashboard import fanout, sse
from dashboard.door import Limits
from dashboard.edition import Edition
from dashboard.fanout import SHORT_TAIL_BYTES
from indicators import frame as frames
from tests.unit.screens import Newsroom, frame, idle, settle

Scene = Callable[[Newsroom], Awaitable[None]]


def play(scene: Scene, **newsroom: Any) -> None:
    async def run() -> None:
        async with Newsroom(**newsroom) as news:
            await scene(news)

    asyncio.run(run())


def test_a_new_viewer_gets_a_snapshot_and_then_only_what_changes() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1, 2)
        screen = news.screen()
        await settle(lambda: screen.versions() == [("snapshot", 2)])
        news.publish(3, 4)
        await settle(lambda: len(screen.versions()) == 3)
        assert screen.versions() == [("snapshot", 2), ("frame", 3), ("frame", 4)]
        assert screen.frame() == frame(4, 4)
        await screen.leave()

    play(scene)


def test_the_stream_says_how_long_to_wait_and_that_it_must_not_be_buffered() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1)
        screen = news.screen()
        await settle(lambda: bool(screen.versions()))
        assert screen.headers[b"content-type"].startswith(b"text/event-stream")
        assert screen.headers[b"x-accel-buffering"] == b"no"
        assert b"content-encoding" not in screen.headers
        retry = screen.received.split(b"\n")[0]
        assert retry.startswith(b"retry: ")
        assert 1000 <= int(retry.removeprefix(b"retry: ")) <= 5000
        await screen.leave()

    play(scene)


@pytest.mark.parametrize(
    "how", [{"last_event_id": "2"}, {"query": "since=2"}, {"query": "since=1", "last_event_id": "2"}]
)
def test_a_viewer_that_comes_back_gets_what_it_missed(how: dict) -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1, 2, 3, 4)
        screen = news.screen(**how)
        await settle(lambda: len(screen.versions()) == 2)
        assert screen.versions() == [("frame", 3), ("frame", 4)]
        news.publish(5)
        await settle(lambda: len(screen.versions()) == 3)
        await screen.leave()

    play(scene)


def test_a_viewer_that_missed_nothing_gets_nothing_again() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1, 2)
        screen = news.screen(last_event_id="2")
        await idle()
        assert screen.versions() == []
        news.publish(3)
        await settle(lambda: screen.versions() == [("frame", 3)])
        await screen.leave()

    play(scene)


@pytest.mark.parametrize("unknown", ["1", "9999", "no number"])
def test_a_viewer_from_beyond_the_ring_gets_a_snapshot_never_a_gap(unknown: str) -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1, 2, 3, 4, 5)
        screen = news.screen(last_event_id=unknown)
        await settle(lambda: bool(screen.versions()))
        assert screen.versions() == [("snapshot", 5)]
        await screen.leave()

    play(scene, ring_messages=2)


def test_whoever_was_away_for_more_than_a_snapshot_gets_the_snapshot() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(*range(1, 12), pad=SHORT_TAIL_BYTES // 4)
        screen = news.screen(last_event_id="1")
        await settle(lambda: bool(screen.versions()))
        assert screen.versions() == [("snapshot", 11)]
        await screen.leave()

    play(scene)


def test_who_comes_before_the_first_frame_gets_it_as_a_snapshot() -> None:
    async def scene(news: Newsroom) -> None:
        screen = news.screen()
        await idle()
        assert screen.versions() == []
        news.publish(1, 2)
        await settle(lambda: screen.versions() == [("snapshot", 1), ("frame", 2)])
        await screen.leave()

    play(scene)


def test_a_frame_without_a_base_reaches_everybody_whole() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(7, 8)
        there = news.screen()
        await settle(lambda: there.versions() == [("snapshot", 8)])
        news.edition = None
        news.publish(3, 4)
        await settle(lambda: there.versions()[1:] == [("snapshot", 3), ("frame", 4)])
        await there.leave()

    play(scene)


def test_a_slow_viewer_holds_one_message_and_returns_at_the_newest_frame() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1, pad=SHORT_TAIL_BYTES)
        slow, quick = news.screen(), news.screen(address="10.0.0.2")
        await settle(lambda: bool(slow.versions()) and bool(quick.versions()))
        slow.reads.clear()
        for version in range(2, 40):
            news.publish(version, pad=SHORT_TAIL_BYTES)
            await settle(lambda version=version: quick.versions()[-1] == ("frame", version))
        assert slow.writes_waiting == 1
        slow.reads.set()
        await settle(lambda: slow.versions()[-1] == ("snapshot", 39))
        assert slow.versions() == [("snapshot", 1), ("frame", 2), ("snapshot", 39)]
        news.publish(40)
        await settle(lambda: slow.versions()[-1] == ("frame", 40))
        assert slow.frame() == quick.frame()
        assert news.fanout.slow_total == 1
        await asyncio.gather(slow.leave(), quick.leave())

    play(scene)


def test_a_slow_viewer_that_missed_little_gets_it_one_by_one() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1)
        slow = news.screen()
        await settle(lambda: bool(slow.versions()))
        slow.reads.clear()
        news.publish(2, 3, 4)
        await settle(lambda: slow.writes_waiting == 1)
        slow.reads.set()
        await settle(lambda: len(slow.versions()) == 4)
        assert slow.versions() == [("snapshot", 1), ("frame", 2), ("frame", 3), ("frame", 4)]
        await slow.leave()

    play(scene)


def test_every_viewer_ends_at_the_same_frame_however_they_come_and_go() -> None:
    async def scene(news: Newsroom) -> None:
        screens = []
        for version in range(1, 120):
            news.publish(version)
            if version % 3 == 0:
                screens.append(news.screen(address=str(version)))
            if version % 7 == 0:
                screens[version % len(screens)].reads.clear()
            if version % 11 == 0:
                screens[version % len(screens)].reads.set()
            await asyncio.sleep(0)
        for screen in screens:
            screen.reads.set()
        await settle(lambda: all(screen.frame() == frame(119, 119) for screen in screens))
        await asyncio.gather(*(screen.leave() for screen in screens))
        assert news.fanout.viewers == 0

    play(scene)


def test_who_leaves_is_forgotten_at_once_slow_or_not() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1)
        quick, slow = news.screen(), news.screen()
        await settle(lambda: bool(quick.versions()) and bool(slow.versions()))
        slow.reads.clear()
        news.publish(2)
        await settle(lambda: slow.writes_waiting == 1)
        assert news.fanout.viewers == 2
        await quick.leave()
        assert news.fanout.viewers == 1
        await slow.leave()
        assert news.fanout.viewers == 0

    play(scene)


def test_a_broken_connection_disturbs_nobody() -> None:
    async def scene(news: Newsroom) -> None:
        async def breaks(_message: object) -> None:
            raise OSError("connection reset")

        news.publish(1)
        broken, whole = news.screen(), news.screen()
        await settle(lambda: bool(broken.versions()) and bool(whole.versions()))
        next(viewer for viewer in news.fanout._ready if viewer.send == broken.send).send = breaks
        news.publish(2, 3)
        await settle(lambda: whole.versions()[-1] == ("frame", 3))
        await asyncio.gather(broken.leave(), whole.leave())
        assert news.fanout.viewers == 0

    play(scene)


def test_an_address_may_have_only_so_many_viewers() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1)
        seated = [news.screen(address="10.0.0.9") for _ in range(2)]
        await settle(lambda: all(screen.versions() for screen in seated))
        refused, other = news.screen(address="10.0.0.9"), news.screen(address="10.0.0.8")
        await settle(lambda: refused.ended and bool(other.versions()))
        assert refused.status == 429
        assert 5 <= int(refused.headers[b"retry-after"]) <= 30
        assert json.loads(refused.received)["title"] == "too many viewers"
        await seated[0].leave()
        again = news.screen(address="10.0.0.9")
        await settle(lambda: again.status == 200)
        await asyncio.gather(seated[1].leave(), other.leave(), again.leave(), refused.leave())

    play(scene, limits=Limits(of_address=2))


@pytest.mark.parametrize("cookie", ["board=signed-in", "screen=known", "theme=dark; board=signed-in; screen=known"])
def test_an_account_may_have_only_so_many_viewers_wherever_they_are(cookie: str) -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1)
        seated = [news.screen(address=f"10.0.0.{place}", cookie=cookie) for place in range(3)]
        await settle(lambda: all(screen.versions() for screen in seated))
        refused = news.screen(address="10.0.0.7", cookie=cookie)
        stranger = news.screen(address="10.0.0.7")
        await settle(lambda: refused.ended and bool(stranger.versions()))
        assert refused.status == 429
        assert news.fanout.door.refused_total == 1
        assert all(b"set-cookie" not in screen.headers for screen in seated)
        await asyncio.gather(stranger.leave(), refused.leave(), *(screen.leave() for screen in seated))
        assert news.fanout.viewers == 0

    play(scene, limits=Limits(of_account=3))


def test_who_has_no_cookie_gets_one_and_is_known_by_it() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1)
        first = news.screen()
        await settle(lambda: bool(first.versions()))
        given = first.headers[b"set-cookie"].decode()
        assert given.endswith("; Path=/api/v1/live; HttpOnly; SameSite=Lax")
        second = news.screen(cookie=given.split(";")[0])
        await settle(lambda: bool(second.versions()))
        third = news.screen(cookie=given.split(";")[0])
        await settle(lambda: third.ended)
        assert third.status == 429
        await asyncio.gather(first.leave(), second.leave(), third.leave())

    play(scene, limits=Limits(of_account=1))


def test_a_worker_has_room_for_so_many_and_says_so_to_who_only_asks() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1)
        asks = news.screen(method="HEAD")
        await settle(lambda: asks.ended)
        assert (asks.status, news.fanout.viewers) == (200, 0)
        seated = news.screen()
        await settle(lambda: bool(seated.versions()))
        refused = news.screen(method="HEAD")
        await settle(lambda: refused.ended)
        assert refused.status == 503
        assert int(refused.headers[b"retry-after"]) >= 5
        await asyncio.gather(asks.leave(), seated.leave(), refused.leave())

    play(scene, limits=Limits(in_all=1))


def test_since_must_be_a_number() -> None:
    async def scene(news: Newsroom) -> None:
        screen = news.screen(query="since=yesterday")
        await settle(lambda: screen.ended)
        assert screen.status == 422
        assert "since=yesterday" in json.loads(screen.received)["detail"]
        await screen.leave()

    play(scene)


def test_the_state_of_the_supply_is_told_to_who_is_there_and_to_who_comes() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1)
        there = news.screen()
        await settle(lambda: bool(there.versions()))
        news.fanout.tell_status(b'{"state": "paused"}')
        await settle(lambda: ("status", {"state": "paused"}) in there.events())
        later = news.screen()
        await settle(lambda: ("status", {"state": "paused"}) in later.events())
        assert later.events()[0][0] == "snapshot"
        await asyncio.gather(there.leave(), later.leave())

    play(scene)


def test_closing_ends_every_response_and_refuses_new_ones() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1)
        screens = [news.screen() for _ in range(3)]
        await settle(lambda: all(screen.versions() for screen in screens))
        news.fanout.close()
        assert all(screen.ended for screen in screens)
        waits = [int(screen.received.split(b"retry: ")[-1]) for screen in screens]
        assert all(500 <= wait <= 2_000 + 2 * len(screens) for wait in waits)
        late = news.screen()
        await settle(lambda: late.ended)
        assert late.status == 503
        await asyncio.gather(late.leave(), *(screen.leave() for screen in screens))

    play(scene)


def test_thousands_who_are_sent_away_are_told_to_come_back_spread_over_seconds() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1)
        screens = [news.screen() for _ in range(1_500)]
        await settle(lambda: all(screen.versions() for screen in screens))
        news.fanout.close()
        waits = sorted(int(screen.received.split(b"retry: ")[-1]) for screen in screens)
        assert waits[0] < 1_000
        assert 4_000 < waits[-1] <= 5_000
        busiest = max(sum(start <= wait < start + 1_000 for wait in waits) for start in range(0, 5_000, 100))
        assert busiest < 450
        await asyncio.gather(*(screen.leave() for screen in screens))

    play(scene)


def test_a_slow_viewer_is_sent_away_when_it_reads_again() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1)
        slow = news.screen()
        await settle(lambda: bool(slow.versions()))
        slow.reads.clear()
        news.publish(2)
        await settle(lambda: slow.writes_waiting == 1)
        news.fanout.close()
        slow.reads.set()
        await settle(lambda: slow.ended)
        assert slow.versions()[-1] == ("frame", 2)
        await slow.leave()

    play(scene)


def test_a_new_process_brings_back_who_knew_an_earlier_frame_without_a_snapshot() -> None:
    async def scene(news: Newsroom) -> None:
        steps = [(at, at + 1, json.dumps(frames.diff(frame(at, at), frame(at + 1, at + 1))).encode()) for at in (5, 6)]
        news.edition = Edition(frame(7, 7), None, steps)
        news.fanout.publish(news.edition, b"", None)
        back, far = news.screen(last_event_id="5"), news.screen(last_event_id="4")
        await settle(lambda: len(back.versions()) == 2 and bool(far.versions()))
        assert back.versions() == [("frame", 6), ("frame", 7)]
        assert far.versions() == [("snapshot", 7)]
        await asyncio.gather(back.leave(), far.leave())

    play(scene)


def test_who_has_seen_a_later_frame_elsewhere_is_never_taken_back() -> None:
    async def scene(news: Newsroom) -> None:
        early = news.screen(last_event_id="4")
        await idle()
        news.publish(2, 3)
        moved = news.screen(last_event_id="4")
        await idle()
        assert early.versions() == moved.versions() == []
        news.publish(4, 5)
        async with asyncio.timeout(10):
            while not (early.versions() and moved.versions()):
                await asyncio.sleep(0.01)
        assert early.versions() == moved.versions() == [("frame", 5)]
        await asyncio.gather(early.leave(), moved.leave())

    play(scene)


def test_a_version_of_another_database_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout, "AHEAD_S", 0.0)

    async def scene(news: Newsroom) -> None:
        news.publish(1, 2)
        near, far = news.screen(last_event_id="9"), news.screen(last_event_id="9000")
        await settle(lambda: bool(near.versions()) and bool(far.versions()))
        assert near.versions() == far.versions() == [("snapshot", 2)]
        await asyncio.gather(near.leave(), far.leave())

    play(scene)


def test_a_silent_stream_beats() -> None:
    async def scene(news: Newsroom) -> None:
        screen = news.screen()
        await settle(lambda: screen.received.count(b": alive\n\n") == 3)
        assert screen.events() == []
        await screen.leave()

    play(scene, heartbeat_s=0)


def test_one_encoding_serves_all_viewers() -> None:
    async def scene(news: Newsroom) -> None:
        news.publish(1)
        screens = [news.screen() for _ in range(20)]
        await settle(lambda: all(screen.versions() for screen in screens))
        assert news.edition is not None
        first = news.edition.pieces
        assert news.fanout.missed(None) is first
        await asyncio.gather(*(screen.leave() for screen in screens))

    play(scene)


def test_data_with_line_breaks_stays_one_event() -> None:
    assert sse.message("frame", b'{\n"a": 1}', 3) == b'id: 3\nevent: frame\ndata: {\ndata: "a": 1}\n\n'
