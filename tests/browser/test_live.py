"""A screen that is one too many, each journey without another error in the console."""

import pytest
from playwright.sync_api import expect

from dashboard import door
from dashboard.door import Limits
from tests.browser.conftest import Open
from tests.browser.stage import Stage
from tests.browser.test_overview import value


def test_a_screen_too_many_says_so_and_goes_on_when_there_is_room(
    open_page: Open, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "RETRY_S", (1, 2))
    stage.forgives = "status of 429"
    at_the_door = stage.app.state.fanout.door
    page = open_page("/")
    monkeypatch.setattr(at_the_door, "limits", Limits(of_address=0))
    page.evaluate("window.dispatchEvent(new Event('online'))")  # the network is back: the page opens its stream anew
    expect(page.locator(".banner")).to_contain_text("Quá nhiều màn hình đang mở từ đây")
    stage.change(city={"dossiers_late": 6_001})
    monkeypatch.setattr(at_the_door, "limits", Limits())
    expect(value(page, "dossiers_late")).to_have_text("6.001")
    expect(page.locator(".live .state")).to_have_text("trực tiếp")


def test_after_a_deploy_the_page_comes_back_by_itself_without_a_snapshot(open_page: Open, stage: Stage) -> None:
    stage.forgives = "net::ERR_"
    page = open_page("/")
    page.evaluate(
        "() => { const parse = JSON.parse; window.whole = 0;"
        " JSON.parse = (text, ...more) => { const said = parse(text, ...more);"
        " if (said?.version && said.units && !('base' in said)) window.whole += 1; return said; }; }"
    )
    fanout = stage.app.state.fanout
    stage._call(fanout.close)
    fanout.is_closed = fanout.door.is_closed = False  # the next process, which knows the frames before
    stage.change(city={"dossiers_late": 6_002})
    expect(value(page, "dossiers_late")).to_have_text("6.002")
    expect(page.locator(".live .state")).to_have_text("trực tiếp")
    assert page.evaluate("window.whole") == 0


def test_a_page_does_not_keep_the_frames_that_it_has_shown(open_page: Open, stage: Stage) -> None:
    page = open_page("/")
    page.evaluate("window.frames_seen = []")
    for late in range(6_011, 6_021):
        stage.change(city={"dossiers_late": late})
        expect(value(page, "dossiers_late")).to_have_text(f"{late:,}".replace(",", "."))
        page.evaluate("() => { window.frames_seen.push(new WeakRef(dash_clientside.board.live.newest())); }")
    memory = page.context.new_cdp_session(page)
    memory.send("HeapProfiler.enable")
    for _ in range(3):
        memory.send("HeapProfiler.collectGarbage")
        page.wait_for_timeout(200)
    kept = page.evaluate("() => window.frames_seen.filter((one) => one.deref()).length")
    assert kept <= 3  # the newest, and what the renderer holds of the paint before
