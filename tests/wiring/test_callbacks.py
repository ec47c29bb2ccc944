"""The shape of the pages' callbacks: every id stands on a page, every function of the browser exists."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dash
import pytest
from dash import ClientsideFunction
from dash.development.base_component import Component

import callbacks
from layouts import shell, text
from layouts.pages import PAGES

ASSETS = Path(__file__).resolve().parents[2] / "dashboard" / "assets"
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in ASSETS.glob("*.js")}


class Recorder:
    """An app that remembers what was bound to it."""

    def __init__(self) -> None:
        self.wires: list[Any] = []
        self.functions: list[ClientsideFunction] = []

    def callback(self, *wires: Any, **_options: Any) -> Any:
        self.wires += wires
        return lambda function: function

    def clientside_callback(self, function: ClientsideFunction, *wires: Any, **_options: Any) -> None:
        self.functions.append(function)
        self.wires += wires


@pytest.fixture(scope="module")
def bound() -> Recorder:
    recorder = Recorder()
    callbacks.register(recorder, store=None)
    return recorder


def ids_of(component: Any) -> Iterator[str]:
    if isinstance(component, Component):
        if isinstance(getattr(component, "id", None), str):
            yield component.id
        children = getattr(component, "children", None)
        for child in children if isinstance(children, list | tuple) else [children]:
            yield from ids_of(child)


def test_every_id_that_a_callback_names_stands_on_a_page(bound: Recorder) -> None:
    dash.Dash("ids", use_pages=True, pages_folder="")
    standing = set(ids_of(shell.shell())) | {id_ for page in PAGES for id_ in ids_of(page.layout())}
    assert {wire.component_id for wire in bound.wires} - standing == set()


def test_no_id_stands_twice_on_a_page() -> None:
    for page in PAGES:
        found = [*ids_of(shell.shell()), *ids_of(page.layout())]
        assert len(found) == len(set(found)), page.path


def exported() -> list[str]:
    """Return the names that the scripts put into the namespace; what stands in an object of its own is its own."""
    blocks = [
        block
        for script in SCRIPTS.values()
        for block in re.findall(r"Object\.assign\(board, \{(.*?)\}\);", script, re.S)
    ]
    flat = [re.sub(r":[^,]*", "", re.sub(r"\{.*?\}", "", block, flags=re.S)) for block in blocks]
    return [name.strip() for names in flat for name in names.split(",") if name.strip()]


def test_every_function_that_a_callback_names_is_in_the_scripts(bound: Recorder) -> None:
    assert {function.function_name for function in bound.functions} - set(exported()) == set()
    assert {function.namespace for function in bound.functions} == {"board"}


def test_no_name_is_exported_twice() -> None:
    assert sorted(exported()) == sorted(set(exported()))


def test_every_word_that_the_scripts_say_is_in_the_locale() -> None:
    """Keys that end in _ are put together with a value of the data."""
    said = {key for script in SCRIPTS.values() for key in re.findall(r'(?:say\(|")([a-z]+\.[a-z_0-9]+)"', script)}
    assert {key for key in said if not key.endswith("_")} - text.words("vi").keys() == set()
