"""The words of the screens: complete in both languages, and numbers as each language writes them."""

import string
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from layouts import text


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert list(text.words("vi")) == list(text.words("en"))


@pytest.mark.parametrize("key", text.words("vi"))
def test_a_sentence_takes_the_same_values_in_both_languages(key: str) -> None:
    assert placeholders(text.words("vi")[key]) == placeholders(text.words("en")[key])


def test_an_unknown_language_is_vietnamese() -> None:
    assert [text.language(asked) for asked in ("en", "vi", "fr", "", None)] == ["en", "vi", "vi", "vi", "vi"]


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        text.say("vi", "no.such_key")


def test_numbers_are_written_as_the_language_does() -> None:
    assert text.number("vi", 1_234_567.25, 1) == "1.234.567,3"
    assert text.number("en", 1_234_567.25, 1) == "1,234,567.3"
    assert text.percent("vi", 0.953) == "95,3\u00a0%"


def test_moments_are_told_in_the_city_s_zone() -> None:
    at = datetime(2026, 11, 22, 18, 5, tzinfo=UTC)
    assert text.moment("vi", at, ZoneInfo("Asia/Ho_Chi_Minh")) == "01:05 23/11/2026"
