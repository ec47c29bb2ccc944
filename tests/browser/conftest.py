"""A browser, and the web program with a made-up city on a stage that the test directs."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.stage import Stage

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK, PHONE, WALL = (1440, 900), (390, 844), (1920, 1080)
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
Open = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def shared_stage() -> Iterator[Stage]:
    stage = Stage(datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")))
    yield stage
    stage.stop()


@pytest.fixture
def stage(shared_stage: Stage) -> Stage:
    """The stage with a fresh frame on it."""
    shared_stage.reset(datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")))
    return shared_stage


@pytest.fixture
def open_page(browser: Browser, stage: Stage) -> Iterator[Open]:
    """Return a function that opens a path at a size; at the end no page may have logged an error."""
    contexts, errors = [], []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    def visit(
        path: str = "/",
        size: tuple[int, int] = DESK,
        wait_for: str = "html[data-filled=yes]",
        workers: Literal["allow", "block"] = "allow",
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="vi-VN",
            has_touch=size == PHONE,
            service_workers=workers,
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(stage.url + path)
        page.locator(wait_for).first.wait_for(state="attached")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert [error for error in errors if not re.search(stage.forgives, error)] == []
