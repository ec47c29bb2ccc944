import json
import re
from pathlib import Path

from starlette.routing import Route

from dashboard import installable
from dashboard.cache import Unavailable
from dashboard.guard import open_list

HTML = (
    b'<link rel="icon" href="/_favicon.ico?v=4"><link href="/assets/page.css?m=1.0">'
    b'<script src="/assets/live.js?m=2.0"></script><script src="/assets/live.js?m=2.0"></script>'
    b'<script src="https://elsewhere.test/x.js"></script>'
)


def test_the_worker_keeps_what_the_document_is_made_of() -> None:
    parts = installable.shell_of(HTML)
    assert parts[:3] == ["/", "/assets/page.css?m=1.0", "/assets/live.js?m=2.0"]
    assert len(parts) == len(set(parts))
    assert "/manifest.webmanifest" in parts
    assert any(part.startswith("/assets/fonts/") for part in parts)
    assert not any("favicon.ico?v" in part or "elsewhere" in part for part in parts)


def test_every_local_part_lies_on_the_disk() -> None:
    named = [part.partition("?")[0] for part in installable.shell_of(b"") if part.startswith("/assets/")]
    assert named
    assert all((installable.ASSETS / name.removeprefix("/assets/")).is_file() for name in named)


def test_another_document_is_another_release() -> None:
    def release(html: bytes) -> str:
        found = re.search(r'RELEASE = "(\w{16})"', installable.service_worker(html))
        assert found
        return found.group(1)

    assert release(HTML) == release(HTML) != release(HTML + b" ")


def test_the_worker_leaves_numbers_to_the_server() -> None:
    script = installable.service_worker(HTML)
    assert "{release}" not in script and "{shell}" not in script
    assert re.search(r"\^\\/\(api\|xuat\|docs\|metrics\|healthz\|readyz", script)


def test_the_manifest_names_the_city_and_pictures_that_there_are() -> None:
    found = installable.app_manifest("Thành phố Hồ Chí Minh")
    assert (found["name"], found["start_url"], found["display"]) == ("Thành phố Hồ Chí Minh", "/", "standalone")
    assert {icon["purpose"] for icon in found["icons"]} == {"any", "maskable"}
    for icon in found["icons"]:
        picture = installable.ASSETS / icon["src"].removeprefix("/assets/")
        width = int.from_bytes(picture.read_bytes()[16:20], "big")  # PNG: IHDR
        assert icon["sizes"] == f"{width}x{width}"


def test_both_are_open_to_everybody() -> None:
    allowed = open_list([])
    for route in installable.routes(HTML, lambda: "a city"):
        assert isinstance(route, Route)
        assert any(entry.allows(route.path, "GET") for entry in allowed)


def test_without_a_database_the_app_still_has_a_title() -> None:
    class Store:
        def profile(self) -> dict[str, str]:
            raise Unavailable("the database does not answer")

    assert installable.title_of(Store(), "Bảng điều hành") == "Bảng điều hành"


def test_an_asset_has_an_address_that_changes_with_it(tmp_path: Path) -> None:
    assert json.dumps(installable.fingerprinted(installable.PLOTLY)).startswith(
        '"/assets/vendor/plotly-basic.min.js?m='
    )
