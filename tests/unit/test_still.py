"""What is handed out as HTML says the same as the components would, and leaves out nothing that a callback names."""

from html.parser import HTMLParser
from typing import Any

import pytest
from dash import dcc, html
from dash.development.base_component import Component

from layouts import still, text
from layouts.pages import PAGES, Page

Told = list[tuple[str, dict[str, str | None]] | str]


class Reader(HTMLParser):
    """Reads HTML as tags with their attributes, and texts, in their order."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.told: Told = []
        self.feed(written)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.told.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.told.append(data)


def told(part: Any) -> Told:
    """Return what a tree of components says, as a browser reads it."""
    if not isinstance(part, Component):
        return [str(part)]
    names = {"className": "class", "htmlFor": "for"}
    attributes = {
        names.get(name, name.lower()): None if value is True else str(value)
        for name, value in still.attributes(part).items()
        if value is not None and value is not False
    }
    own: Told = [(type(part).__name__.lower(), attributes)]
    return own + [said for child in still.children(part) for said in told(child)]


@pytest.mark.parametrize("language", text.LANGUAGES)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_frozen_parts_say_what_the_components_say(page: Page, language: str) -> None:
    whole = page.layout(lang=language)
    frozen = still.freeze(whole, {"nothing"})
    assert repr(whole) == repr(page.layout(lang=language))

    def unfold(part: Any) -> Told:
        if not isinstance(part, Component):
            return [str(part)]
        bare = {name: value for name, value in still.attributes(part).items() if name != still.HTML}
        inside = getattr(part, still.HTML, None)
        below = Reader(inside).told if inside else [said for child in still.children(part) for said in unfold(child)]
        return told(type(part)(**bare)) + below

    joined = [said for said in unfold(frozen) if said != ""]
    assert joined == [said for said in told(whole) if said != ""]


def test_what_a_callback_names_stays_a_component_with_all_that_is_around_it() -> None:
    tree = html.Main([html.Section([html.H2("a"), html.Div(id="x")]), html.Section(html.P("b")), dcc.Store(id="s")])
    frozen = still.freeze(tree, {"x"})
    first, second, store = frozen.children
    assert first.children[1].id == "x"
    assert getattr(second, still.HTML) == "<p>b</p>"
    assert isinstance(store, dcc.Store)


def test_texts_and_attributes_are_escaped() -> None:
    frozen = still.freeze(html.P(html.A("<script>&", title='"><b>')), ())
    assert getattr(frozen, still.HTML) == '<a title="&quot;&gt;&lt;b&gt;">&lt;script&gt;&amp;</a>'
