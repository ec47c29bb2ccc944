"""The app's own scripts and styles leave as one file each."""

from pathlib import Path
from typing import Any

import brotli
import pytest
from starlette.applications import Starlette

from dashboard.bundle import Bundle
from tests.unit.asking import ask


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assets = tmp_path / "assets"
    (assets / "vendor").mkdir(parents=True)
    for name, text in (("b.js", "two();"), ("a.js", "one();"), ("vendor/c.js", "three();"), ("a.css", "p {}")):
        (assets / name).write_text(text, encoding="utf-8")
    return assets


def served(folder: Path, suffix: str) -> tuple[Bundle, Any]:
    bundle = Bundle(folder, suffix)
    return bundle, Starlette(routes=[bundle.route])


def test_the_files_of_a_kind_stand_in_the_order_of_their_names_without_those_in_folders_below(folder: Path) -> None:
    bundle, app = served(folder, ".js")
    answer = ask(app, bundle.address)
    assert answer.raw == b"one();\ntwo();"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert brotli.decompress(ask(app, bundle.address, coding="br").raw) == answer.raw
    styles, app = served(folder, ".css")
    assert ask(app, styles.address).headers["content-type"].startswith("text/css")


def test_an_address_is_kept_for_good_and_changes_with_any_file(folder: Path) -> None:
    bundle, app = served(folder, ".js")
    assert "immutable" in ask(app, bundle.address).headers["cache-control"]
    bare = ask(app, "/assets/all.js")
    assert bare.headers["cache-control"] == "no-cache"
    assert ask(app, "/assets/all.js", if_none_match=bare.headers["etag"]).status == 304
    (folder / "a.js").write_text("other();", encoding="utf-8")
    changed, app = served(folder, ".js")
    assert changed.address != bundle.address
    assert ask(app, bundle.address).headers["cache-control"] == "no-cache", "an old page does not keep the new file"
