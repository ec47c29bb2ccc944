import asyncio
import gzip
from pathlib import Path
from typing import Any

import brotli
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from dashboard import files
from dashboard.compression import Compress, choose
from tests.unit.asking import ask

TEXT = "Hồ sơ trễ hẹn. " * 500


async def words(_request: Request) -> Response:
    return PlainTextResponse(TEXT)


async def short(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def picture(_request: Request) -> Response:
    return Response(b"\x89PNG" * 1000, media_type="image/png")


async def events(_request: Request) -> Response:
    return StreamingResponse(iter(["data: 1\n\n" * 200, "data: 2\n\n" * 200]), media_type="text/event-stream")


async def one_event(_request: Request) -> Response:
    return Response("data: 1\n\n" * 200, media_type="text/event-stream; charset=utf-8")


@pytest.fixture
def app(tmp_path: Path) -> Any:
    (tmp_path / "board.js").write_text("// " + TEXT, encoding="utf-8")
    (tmp_path / "letters.woff2").write_bytes(b"wOF2" * 500)
    folder = files.Files(files.in_folder(tmp_path), files.Shelf())
    routes = [
        Route("/words", words),
        Route("/short", short),
        Route("/picture", picture),
        Route("/events", events),
        Route("/one-event", one_event),
        Mount("/assets", folder),
    ]
    return Compress(Starlette(routes=routes))


@pytest.mark.parametrize(("coding", "decode"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_words_are_coded_as_the_browser_takes_them(app: Any, coding: str, decode: Any) -> None:
    answer = ask(app, "/words", coding=coding)
    assert answer.headers["content-encoding"] == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    assert int(answer.headers["content-length"]) == len(answer.raw) < len(TEXT)
    assert decode(answer.raw).decode() == TEXT


def test_a_browser_that_takes_no_coding_gets_none(app: Any) -> None:
    answer = ask(app, "/words", coding="identity")
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.raw.decode() == TEXT


@pytest.mark.parametrize("path", ["/short", "/picture", "/events", "/one-event"])
def test_what_would_not_gain_and_what_streams_passes_as_it_is(app: Any, path: str) -> None:
    answer = ask(app, path, coding="br, gzip")
    assert answer.status == 200
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*;q=0", "identity"),
        ("gzip;q=nonsense", "identity"),
        ("deflate", "identity"),
    ],
)
def test_the_best_coding_that_is_accepted_is_chosen(accepted: str, coding: str) -> None:
    assert choose(accepted) == coding


def test_a_fingerprinted_file_is_kept_for_good_another_is_asked_for(app: Any, tmp_path: Path) -> None:
    changed = (tmp_path / "board.js").stat().st_mtime
    kept = ask(app, f"/assets/board.js?m={changed}", coding="br")
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert kept.headers["content-type"].startswith("text/javascript")
    assert brotli.decompress(kept.raw).decode() == "// " + TEXT
    for address in ("/assets/board.js", "/assets/board.js?m=1"):
        asked = ask(app, address, coding="br")
        assert asked.headers["cache-control"] == "no-cache"
        again = ask(app, address, coding="br", if_none_match=asked.headers["etag"])
        assert (again.status, again.raw) == (304, b"")


def test_a_font_is_sent_as_it_is(app: Any) -> None:
    answer = ask(app, "/assets/letters.woff2", coding="br")
    assert answer.headers["content-type"] == "font/woff2"
    assert "content-encoding" not in answer.headers
    assert answer.raw == b"wOF2" * 500


def test_a_changed_file_is_read_anew(app: Any, tmp_path: Path) -> None:
    first = ask(app, "/assets/board.js", coding="gzip")
    (tmp_path / "board.js").write_text("// new " + TEXT, encoding="utf-8")
    second = ask(app, "/assets/board.js", coding="gzip")
    assert second.headers["etag"] != first.headers["etag"]
    assert gzip.decompress(second.raw).startswith(b"// new ")


@pytest.mark.parametrize("path", ["/assets/none.js", "/assets/", "/assets/..%2f..%2fetc/passwd", "/assets/%00"])
def test_nothing_outside_the_folder_can_be_had(app: Any, path: str) -> None:
    answer = ask(app, path, coding="br")
    assert answer.status == 404


def test_a_file_is_coded_once_however_many_ask(tmp_path: Path) -> None:
    path = tmp_path / "board.js"
    path.write_text(TEXT, encoding="utf-8")
    shelf = files.Shelf()

    async def together() -> list[bytes]:
        return await asyncio.gather(*(shelf.body(path, 1, "br") for _ in range(20)))

    bodies = asyncio.run(together())
    assert all(body is bodies[0] for body in bodies)


def test_head_tells_the_length_and_sends_nothing(app: Any) -> None:
    answer = ask(app, "/assets/board.js", "HEAD", coding="gzip")
    assert int(answer.headers["content-length"]) > 0
    assert answer.raw == b""
