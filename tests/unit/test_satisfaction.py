import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import rates, satisfaction
from indicators.rates import rate, wilson_interval
from indicators.satisfaction import bounds, summarise, tipping_point


@st.composite
def answers(draw):
    """Draw (content, rated, of) of a window in which somebody finished."""
    of = draw(st.integers(1, 5000))
    rated = draw(st.integers(0, of))
    return draw(st.integers(0, rated)), rated, of


@pytest.mark.parametrize(
    ("good", "n", "low", "high"),
    [
        (194, 195, 97.2, 99.9),  # Tân Phú's ratings of 2019
        (11, 14, 52.4, 92.4),  # Trường Thạnh's
        (0, 10, 0.0, 27.8),
        (10, 10, 72.2, 100.0),
    ],
)
def test_the_interval_is_wilsons(good, n, low, high):
    assert [round(100 * bound, 1) for bound in wilson_interval(good, n)] == [low, high]


def test_nothing_asked_has_no_interval_and_more_good_than_asked_is_an_error():
    assert wilson_interval(0, 0) is None
    with pytest.raises(ValueError, match="5 good of 4"):
        wilson_interval(5, 4)


@given(answers())
def test_the_interval_holds_the_share_itself(counts):
    content, _, of = counts
    low, high = wilson_interval(content, of)
    assert 0 <= low <= content / of + 1e-12
    assert content / of - 1e-12 <= high <= 1


def test_97_percent_of_half_the_people_is_anything_from_48_5_to_98_5():
    assert bounds(970, 1000, 2000) == (0.485, 0.985)
    assert bounds(588, 600, 1000) == (0.588, 0.988)


def test_nobody_finished_is_not_zero_percent():
    assert bounds(0, 0, 0) is None
    assert summarise(0, 0, 0) == ({"value": None, "n": 0, "of": 0}, None, None, None, None)


def test_counts_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="3 content of 2 rated of 5"):
        bounds(3, 2, 5)


@given(answers())
def test_best_and_worst_case_are_as_far_apart_as_people_are_silent(counts):
    content, rated, of = counts
    low, high = bounds(content, rated, of)
    assert high - low == pytest.approx((of - rated) / of)


@given(answers(), st.floats(0.05, 0.95))
def test_at_the_tipping_point_the_whole_stands_on_the_line(counts, line):
    content, rated, of = counts
    point = tipping_point(content, rated, of, line)
    low, high = bounds(content, rated, of)
    if point is None:
        assert low >= line - 1e-6
    elif point == 0:
        assert high <= line + 1e-6
    else:
        assert (content + (of - rated) * (1 - point)) / of == pytest.approx(line, abs=1e-6)


def test_with_nobody_silent_there_is_nothing_to_tip():
    assert tipping_point(90, 100, 100) is None
    assert tipping_point(89, 100, 100) == 0.0


def test_a_rate_of_nothing_has_no_value():
    assert rate(0, 0)["value"] is None
    assert rate(0, 5)["value"] == 0


def test_the_examples_hold():
    assert doctest.testmod(satisfaction).failed == 0
    assert doctest.testmod(rates).failed == 0
