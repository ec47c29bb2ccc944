import gzip
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import brotli
import dash
import pytest
from dash import Input, Output
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.routing import Mount

from dashboard import guard
from dashboard.cache import Unavailable
from tests.unit.asking import ask
from tests.unit.boards import Answers, board, own_pages, page, say_title


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    with own_pages():
        yield


def call_back(app: FastAPI, coding: str = "identity") -> Any:
    output, component = "home-said.data", "home"
    body = {
        "output": output,
        "outputs": {"id": output.split(".")[0], "property": output.split(".")[1]},
        "inputs": [{"id": component, "property": "id", "value": component}],
        "changedPropIds": [],
    }
    return ask(app, "/_dash-update-component", "POST", coding, body)


def test_two_apps_of_one_process_answer_each_for_itself() -> None:
    here, there = board(store=Answers("Nơi này")), board(store=Answers("Nơi kia"))
    for app, title in ((here, "Nơi này"), (there, "Nơi kia"), (here, "Nơi này")):
        answer = call_back(app)
        assert answer.status == 200
        assert answer.json()["response"]["home-said"]["data"] == title
        assert b"home-said" in ask(app, "/_dash-dependencies").raw


def test_the_first_page_a_process_serves_is_whole_whatever_its_path() -> None:
    app = board(pages=[page(), page("other", "/khac")])
    first, second = ask(app, "/khac").raw.decode(), ask(app, "/").raw.decode()
    assert first == second
    assert re.search(r"_pages_dummy|document\.title", first)
    assert '<html lang="vi">' in first
    assert "Loading..." not in first


def test_a_page_is_coded_once_and_asked_for_with_its_etag() -> None:
    app = board()
    plain = ask(app, "/")
    for coding, decode in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        coded = ask(app, "/", coding=coding)
        assert coded.headers["content-encoding"] == coding
        assert decode(coded.raw) == plain.raw
    assert plain.headers["cache-control"] == "no-cache"
    again = ask(app, "/", if_none_match=plain.headers["etag"])
    assert (again.status, again.raw) == (304, b"")


def test_nothing_is_loaded_from_elsewhere() -> None:
    html = ask(board(), "/").raw.decode()
    assert re.findall(r'(?:src|href)="(?!/)', html) == []
    docs = ask(board(), "/docs").raw.decode()
    assert re.findall(r'(?:src|href)="(?!/)', docs) == []
    assert "default-src 'self'" in ask(board(), "/docs").headers["content-security-policy"]


def test_scripts_are_cached_for_good_and_coded() -> None:
    app = board()
    html = ask(app, "/").raw.decode()
    scripts = re.findall(r'<script src="([^"]+)"', html)
    assert any("dash_renderer" in script for script in scripts)
    for script in scripts:
        answer = ask(app, script, coding="br")
        assert answer.status == 200, script
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers.get("content-encoding") == "br" or len(answer.raw) < 1000


def test_the_whole_of_plotly_is_not_among_the_scripts() -> None:
    scripts = re.findall(r'<script src="([^"]+)"', ask(board(), "/").raw.decode())
    assert not [script for script in scripts if "package_data/plotly" in script]


@pytest.mark.parametrize("path", ["dash/dash.py", "dash/../dash/dash.py", "os/path.py", "dash", "nothing/at/all.js"])
def test_only_registered_scripts_of_a_package_can_be_had(path: str) -> None:
    assert ask(board(), f"/_dash-component-suites/{path}").status == 404


def walk(routes: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Yield method and an address of every route, also of those in routers and mounts."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from walk(route.original_router.routes)
            continue
        path = re.sub(r"\{\w+(:path)?\}", "x", route.path) + ("/x" if isinstance(route, Mount) else "")
        for method in getattr(route, "methods", None) or {"GET"}:
            yield method, path


def test_every_route_is_on_the_list_of_what_is_open() -> None:
    app = board(pages=[page(), page("unit", "/don-vi/<code>")])
    found = set(walk(app.routes))
    assert {("GET", "/metrics"), ("GET", "/api/v1/live"), ("GET", "/don-vi/x"), ("GET", "/assets/x")} <= found
    allowed = guard.open_list(["/", "/don-vi/<code>"])
    closed = {(method, path) for method, path in found if not any(entry.allows(path, method) for entry in allowed)}
    assert closed == {("GET", "/_reload-hash")}  # Dash's own, for development


def test_a_route_that_is_not_on_the_list_is_not_there() -> None:
    app = board()

    async def secret(_request: Any) -> PlainTextResponse:
        return PlainTextResponse("case files")

    app.router.add_route("/secret", secret)
    answer = ask(app, "/secret")
    assert answer.status == 404
    assert b"case files" not in answer.raw


@pytest.mark.parametrize(("path", "method"), [("/_reload-hash", "GET"), ("/_dash-layout", "POST"), ("/", "DELETE")])
def test_what_the_program_does_not_need_is_closed(path: str, method: str) -> None:
    assert ask(board(), path, method).status in (404, 405)


def test_an_unknown_page_is_404_for_readers_and_programs() -> None:
    app = board()
    reader = ask(app, "/khong-co", accept="text/html,*/*")
    assert (reader.status, reader.headers["content-type"]) == (404, "text/html; charset=utf-8")
    program = ask(app, "/api/v1/khong-co", accept="text/html")
    assert (program.status, program.headers["content-type"]) == (404, "application/problem+json")
    assert program.json()["status"] == 404


def test_a_callback_runs_beside_the_event_loop() -> None:
    threads = []

    def register(app: Any, _store: Any) -> None:
        app.callback(Output("home-said", "data"), Input("home", "id"))(lambda _: threads.append(threading.get_ident()))

    call_back(board(register=register))
    assert threads
    assert threads[0] != threading.get_ident()


def test_the_answer_of_a_callback_is_coded() -> None:
    app = board(store=Answers("Thành phố " * 200))
    answer = call_back(app, coding="br")
    assert (answer.headers["content-type"], answer.headers["content-encoding"]) == ("application/json", "br")
    assert len(answer.raw) < 200


def test_a_callback_that_fails_tells_an_id_and_no_trace(caplog: pytest.LogCaptureFixture) -> None:
    def register(app: Any, _store: Any) -> None:
        app.callback(Output("home-said", "data"), Input("home", "id"))(lambda _: 1 // 0)

    answer = call_back(board(register=register))
    assert answer.status == 500
    assert b"Traceback" not in answer.raw
    name = answer.json()["detail"].split()[-1].rstrip(".")
    assert any(name in record.getMessage() and record.exc_info for record in caplog.records)


def test_a_callback_without_its_database_is_503() -> None:
    def register(app: Any, _store: Any) -> None:
        def ask_in_vain(_: str) -> None:
            raise Unavailable("connection refused")

        app.callback(Output("home-said", "data"), Input("home", "id"))(ask_in_vain)

    answer = call_back(board(register=register))
    assert answer.status == 503
    assert b"refused" not in answer.raw


def test_a_callback_with_nothing_to_say_is_204() -> None:
    def register(app: Any, _store: Any) -> None:
        def say_nothing(_: str) -> None:
            raise dash.exceptions.PreventUpdate

        app.callback(Output("home-said", "data"), Input("home", "id"))(say_nothing)

    assert call_back(board(register=register)).status == 204


def test_answers_forbid_sniffing_and_foreign_frames() -> None:
    for path in ("/", "/healthz", "/api/v1/nothing"):
        headers = ask(board(register=say_title), path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'self'" in headers["content-security-policy"]


def test_processes_of_one_release_hand_out_one_document() -> None:
    """Else a wall would begin anew, and a browser load again, whenever another process answers."""
    told = (
        "from layouts.pages import PAGES; from tests.unit.asking import ask; from tests.unit.boards import board; "
        "print(ask(board(pages=PAGES), '/').headers['etag'])"
    )
    seen = set()
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        run = subprocess.run([sys.executable, "-c", told], env=environment, capture_output=True, text=True, check=True)
        seen.add(run.stdout.strip())
    assert len(seen) == 1
