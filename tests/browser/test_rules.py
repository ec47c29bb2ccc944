"""The rules that stand in Python and in the browser: both must say the same."""

import copy
import random
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page

from indicators import frame as frames
from indicators.judgement import judge
from indicators.rates import wilson_interval
from layouts import text
from tests.browser.conftest import Open

THRESHOLDS = {"share": {"watch": 0.01, "late": 0.02}, "on_time": {"watch": 0.98, "late": 0.95}}
VALUES = (
    None, 0, 0.01, 0.010001, 0.02, 0.021, 1, {"value": None, "n": 0, "of": 0}, {"value": 0.02, "n": 1, "of": 50},
    {"value": 0.5, "n": 10, "of": 20}, {"value": 0.97, "n": 97, "of": 100}, {"value": 0.95, "n": 95, "of": 100},
    {"value": 0.94, "n": 94, "of": 100}, {"value": 1.0, "n": 30, "of": 30}, {"value": 1.0, "n": 29, "of": 29},
)  # fmt: skip


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page("/")


def in_browser(page: Page, function: str, cases: list[list[Any]]) -> list[Any]:
    """Run a function of the page's namespace on each list of arguments."""
    script = f"cases => cases.map((args) => window.dash_clientside.board.{function}(...args))"
    return page.evaluate(script, cases)


def test_the_browser_judges_as_the_server_does(page: Page) -> None:
    cases = [[name, value, THRESHOLDS, 30] for name in (*THRESHOLDS, "unknown") for value in VALUES]
    assert in_browser(page, "judge", cases) == [judge(*case) for case in cases]


def test_the_browser_computes_the_same_intervals(page: Page) -> None:
    cases = [[0, 1], [1, 1], [194, 195], [5, 300], [1_064_567, 1_104_322], [0, 0]]
    found = in_browser(page, "wilson", cases)
    for case, bounds in zip(cases, found, strict=True):
        expected = wilson_interval(*case)
        assert bounds == (None if expected is None else pytest.approx(expected))


def test_the_browser_applies_deltas_as_the_server_does(page: Page) -> None:
    history = list(frames_of_a_day(random.Random(5), 40))
    cases = [[old, frames.diff(old, new)] for old, new in pairwise(history)]
    assert in_browser(page, "apply", cases) == history[1:]


def test_a_delta_of_another_frame_is_refused(page: Page) -> None:
    delta = frames.diff(*list(frames_of_a_day(random.Random(5), 2)))
    script = """([frame, delta]) => {
        try { window.dash_clientside.board.apply(frame, delta); return "applied"; }
        catch (error) { return error instanceof window.dash_clientside.board.WrongBase ? "refused" : String(error); }
    }"""
    assert page.evaluate(script, [{"version": 7}, delta]) == "refused"


def test_both_write_numbers_alike(page: Page) -> None:
    numbers = [0, 7, 1234.5, 271_204, 0.05]
    assert in_browser(page, "number", [[value, 1] for value in numbers]) == [
        text.number("vi", one, 1) for one in numbers
    ]
    assert in_browser(page, "percent", [[0.953, 1]]) == [text.percent("vi", 0.953)]


def test_names_sort_as_vietnamese_does(page: Page) -> None:
    names = ["Thành phố Thủ Đức", "Quận 10", "Phường Đông Hòa", "Phường Dĩ An", "Quận 2", "Phường Ea", "Quận Tân Phú"]
    script = """names => names.map((name_vi) => ({name_vi})).sort(window.dash_clientside.board.byName)
        .map((unit) => unit.name_vi)"""
    expected = [
        "Phường Dĩ An",
        "Phường Đông Hòa",
        "Phường Ea",
        "Quận 2",
        "Quận 10",
        "Quận Tân Phú",
        "Thành phố Thủ Đức",
    ]
    assert page.evaluate(script, names) == expected


def test_letters_are_folded_for_search(page: Page) -> None:
    assert in_browser(page, "fold", [["Gò Vấp"], ["Đặc khu Côn Đảo"], [" THỦ ĐỨC "]]) == [
        "go vap",
        "dac khu con dao",
        "thu duc",
    ]


def frames_of_a_day(pick: random.Random, count: int):
    """Yield frames in which values change, become null, and units, fields and feeds come and go."""
    frame: dict[str, Any] = {"version": 1, "as_of": "a", "data_version": 1, "backfill": None, "title": "t"}
    frame |= {section: {} for section in frames.SECTIONS}
    for version in range(1, count + 1):
        frame = copy.deepcopy(frame) | {"version": version, "as_of": f"{version:04d}"}
        frame["city"] = {
            name: pick.choice([None, 1, 2, {"value": 0.5, "n": 1, "of": 2}]) for name in pick.sample("abcd", 3)
        }
        frame["units"] = {key: dict(frame["city"], own=pick.randint(0, 2)) for key in pick.sample(["1", "2", "3"], 2)}
        frame["fields"] = {
            key: {code: [pick.randint(1, 3), 0] for code in pick.sample("xyz", 2)} for key in ("1", "city")
        }
        frame["feeds"] = {key: {"state": pick.choice(["live", "silent"])} for key in pick.sample(["f", "g"], 1)}
        frame["attention"] = {"22": [{"unit": pick.choice("123")}]}
        frame["backfill"] = pick.choice([None, {"done": version, "of": 57}])
        yield frame
