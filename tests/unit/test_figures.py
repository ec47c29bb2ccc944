"""Figures: laid out without data, in the numbers of the page's language."""

import pytest

from layouts import figures


@pytest.mark.parametrize(("language", "separators"), [("vi", ",."), ("en", ".,")])
def test_the_day_by_hour_writes_numbers_as_its_language_does(language: str, separators: str) -> None:
    assert figures.hours(language).layout.separators == separators


def test_the_day_by_hour_has_no_data_and_keeps_what_the_reader_did() -> None:
    figure = figures.hours("vi")
    assert figure.data == ()
    assert figure.layout.uirevision == "hours"
