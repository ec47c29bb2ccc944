from typing import Any

import pytest
from dash.development.base_component import Component

from layouts import export, text
from layouts.navigation import navigation
from layouts.pages import PATHS


def find(component: Any, name: str) -> list[Component]:
    """Return every part of a class."""
    children = getattr(component, "children", None)
    parts = children if isinstance(children, list) else [children]
    below = [found for part in parts if isinstance(part, Component) for found in find(part, name)]
    return [component, *below] if name in str(getattr(component, "className", "")).split() else below


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_the_menu_has_every_page_and_marks_the_one_that_is_open(language: str) -> None:
    nav = navigation(text.words(language), "sources", PATHS)
    for part in ("nav-links", "nav-list"):
        links = find(nav, part)[0].children
        assert [getattr(link, "data-path") for link in links] == list(PATHS.values())
        assert [getattr(link, "data-to") for link in links] == list(PATHS)
        assert [link.children for link in links if getattr(link, "aria-current", None) == "page"] == [
            text.say(language, "page.sources")
        ]


def test_a_panel_hands_out_its_table_and_a_page_all_of_them() -> None:
    panel, page = export.menu("vi", "overview", "units", "Bản đồ"), export.menu("vi", "overview")
    assert [getattr(item, "data-export") for item in find(panel, "export-list")[0].children] == ["xlsx", "csv", "png"]
    assert [getattr(item, "data-export") for item in find(page, "export-list")[0].children] == ["xlsx", "pdf", "png"]
    assert (getattr(panel, "data-of"), getattr(panel, "data-table")) == ("overview", "units")
    assert getattr(panel.children[0], "aria-label") == "Tải về: Bản đồ"
