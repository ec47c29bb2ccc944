"""Layouts: the parts that every page has, without data and without words of another language."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from dash.development.base_component import Component

from indicators.definitions import BY_NAME, table
from layouts import cards, definitions, ids, overview, pages, text
from layouts.pages import NOT_FOUND, PAGES

VIETNAMESE = re.compile("[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE)


def parts(component: Any) -> Iterator[Any]:
    """Yield a component and everything in it, texts included."""
    yield component
    if isinstance(component, Component):
        children = getattr(component, "children", None)
        for child in children if isinstance(children, list | tuple) else [children]:
            if child is not None:
                yield from parts(child)


def texts(component: Component) -> list[str]:
    shown = [part for part in parts(component) if isinstance(part, str)]
    attributes = ("title", "placeholder", "aria-label")
    owners = [part for part in parts(component) if isinstance(part, Component)]
    return shown + [
        value for part in owners for name in attributes if isinstance(value := getattr(part, name, None), str)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_english_pages_have_no_vietnamese_in_them(page: pages.Page) -> None:
    assert [said for said in texts(page.layout(lang="en")) if VIETNAMESE.search(said)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_a_page_takes_whatever_stands_in_the_address(page: pages.Page) -> None:
    assert page.layout(geo="168", unit="784", lang="xx", nonsense="1").lang == "vi"


def test_the_navigation_shows_every_page_that_exists_and_no_other() -> None:
    links = {
        part.href for part in parts(PAGES[0].layout()) if getattr(part, "data-path", None) and "#" not in part.href
    }
    assert links == {*pages.PATHS.values(), pages.APART["sign_in"]}
    assert {page.path for page in PAGES if page is not NOT_FOUND} == {*pages.PATHS.values(), *pages.APART.values()}


def test_every_tile_has_a_definition_in_both_languages() -> None:
    for shown in overview.TILES:
        for language in text.LANGUAGES:
            said = texts(cards.tile(language, shown))
            assert getattr(BY_NAME[shown.definition], f"words_{language}") in said


def test_every_indicator_of_the_map_has_words() -> None:
    assert {f"indicator.{name}" for name in overview.INDICATORS} <= text.words("vi").keys()


def test_no_id_of_a_page_is_an_anchor_of_the_definitions() -> None:
    own = {value for name, value in vars(ids).items() if name.isupper()}
    assert own.isdisjoint(BY_NAME)


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_a_definition_shows_all_that_is_known_of_a_number(language: str) -> None:
    row = table()[1] | {"queries": [{"file": "frame", "name": "late", "sql": "select 1"}]}
    said = texts(definitions.card(language, row, {"dossiers_late": {"watch": 0.01, "late": 0.025}}))
    for part in ("title", "words", "formula", "source"):
        assert row[f"{part}_{language}"] in said
    assert "select 1" in said
    assert any("2,5" in one or "2.5" in one for one in said)


def test_lines_are_told_on_their_bad_side() -> None:
    assert definitions.lines("vi", {"watch": 0.98, "late": 0.95}).startswith("cần theo dõi khi dưới 98")
    assert definitions.lines("vi", {"watch": 0.01, "late": 0.02}).startswith("cần theo dõi từ 1")
