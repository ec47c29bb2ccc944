"""Without a network the board opens with what it last had, and says so."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.stage import Stage

READY = """async () => {
  await navigator.serviceWorker.ready;
  const kept = async (key) => Boolean(await caches.match(key));
  return navigator.serviceWorker.controller && (await kept("/offline/_pages_content.children?path=%2F&language="))
    && (await kept("/offline/registry.data?path=&language="));
}"""


def test_the_last_frame_is_shown_as_old_until_there_is_a_network_again(open_page: Open, stage: Stage) -> None:
    stage.forgives = "net::ERR_|Failed to fetch|NetworkError|Loading chunk"  # the chart's own script is not kept
    page = open_page("/")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.reload(wait_until="commit")
    page.wait_for_function(READY)
    page.locator("html[data-filled=yes]").wait_for(state="attached")
    page.evaluate("() => dash_clientside.board.offline.remember()")
    page.context.set_offline(True)
    page.reload(wait_until="commit")
    expect(page.locator("#banner")).to_contain_text(re.compile("Không có mạng|Mất kết nối"))
    late = f"{stage.frame['city']['dossiers_late']:,}".replace(",", ".")
    expect(page.locator("[data-tile=dossiers_late] [data-part=value]")).to_have_text(late)
    page.context.set_offline(False)
    expect(page.locator("#banner p")).to_be_empty()
    expect(page.locator("#header")).to_have_attribute("data-state", "live")


def test_no_answer_of_the_api_is_kept(open_page: Open) -> None:
    page = open_page("/")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.reload(wait_until="commit")
    page.evaluate("() => fetch('/api/v1/indicators').then((answer) => answer.text())")
    kept = page.evaluate(
        "async () => (await Promise.all((await caches.keys()).map(async (name) =>"
        " (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname)))).flat()"
    )
    assert [path for path in kept if path.startswith(("/api", "/xuat", "/metrics"))] == []
