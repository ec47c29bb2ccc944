"""Colours can be told apart and read: WCAG 2.2, 4.5:1 for text and 3:1 for marks, on every surface, in both themes."""

import re
from itertools import product
from pathlib import Path

import pytest

TOKENS = (Path(__file__).resolve().parents[2] / "dashboard" / "assets" / "tokens.css").read_text(encoding="utf-8")
THEMES = ("light", "dark")
SURFACES = ("bg", "card", "hover")
STATUSES = ("late", "watch", "fine", "unknown")
INKS = ("ink", "mute", "accent", *(f"{status}-ink" for status in STATUSES))
MARKS = (*STATUSES, "live")


def colours(name: str) -> dict[str, tuple[int, ...]]:
    block = {"light": r":root \{(.*?)\}", "dark": r':root\[data-theme="dark"\] \{(.*?)\}'}[name]
    found = re.search(block, TOKENS, re.S)
    assert found
    pairs = re.findall(r"--([\w-]+): #([0-9a-f]{6});", found.group(1))
    return {token: tuple(int(value[at : at + 2], 16) for at in (0, 2, 4)) for token, value in pairs}


def luminance(colour: tuple[int, ...]) -> float:
    linear = [c / 255 / 12.92 if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("name", "ink", "surface"), [*product(THEMES, INKS, SURFACES)])
def test_text_can_be_read(name: str, ink: str, surface: str) -> None:
    assert contrast(colours(name)[ink], colours(name)[surface]) >= 4.5


@pytest.mark.parametrize(("name", "mark"), [*product(THEMES, MARKS)])
def test_marks_can_be_seen(name: str, mark: str) -> None:
    assert contrast(colours(name)[mark], colours(name)["card"]) >= 3


def test_both_themes_name_the_same_colours() -> None:
    assert colours("light").keys() == colours("dark").keys()
