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


cells = st.lists(
    st.builds(
        lambda punctual, counts: satisfaction.Cell(punctual, counts[2], counts[1], counts[0]),
        st.sampled_from([1, 0, -1]),
        answers(),
    ),
    min_size=1,
    max_size=8,
)


def test_two_ratings_of_one_dossier_are_one_answer():
    """Tân Phú: 195 ratings on 120 dossiers, 194 good and 1 normal: 120 answers, 119 of them content."""
    assert summarise(119, 120, 120)[1:3] == (119 / 120, 119 / 120)
    low, high = summarise(119, 120, 120).interval
    assert (round(100 * low, 1), round(100 * high, 1)) == (95.4, 99.9)


def test_trường_thạnh_is_anything_from_52_to_92_among_those_who_answered():
    found = summarise(11, 14, 14)
    assert found.answered == rate(14, 14)
    assert [round(100 * bound) for bound in found.interval] == [52, 92]
    assert found.low == found.high == 11 / 14


@given(cells)
def test_the_modelled_band_lies_within_worst_and_best(found):
    band = satisfaction.modelled(found)
    of, rated, content = (sum(getattr(cell, name) for cell in found) for name in ("of", "rated", "content"))
    if rated == 0:
        assert band is None
    else:
        worst, best = bounds(content, rated, of)
        assert worst - 1e-9 <= band.low <= band.middle <= band.high <= best + 1e-9


@given(cells)
def test_when_all_answered_the_model_has_nothing_to_fill_in(found):
    whole = [cell._replace(rated=cell.of, content=min(cell.content, cell.of)) for cell in found]
    band = satisfaction.modelled(whole)
    share = sum(cell.content for cell in whole) / sum(cell.of for cell in whole)
    assert band == pytest.approx((share, share, share))


def test_the_silent_of_late_dossiers_are_like_the_late_ones_that_answered():
    on_time, late = satisfaction.Cell(1, 1000, 900, 882), satisfaction.Cell(0, 1000, 100, 50)
    answered = (882 + 50) / 1000
    assert satisfaction.modelled([on_time, late]).middle < answered - 0.1


def test_odds_of_one_leave_no_band_and_larger_ones_a_wider_one():
    cell = [satisfaction.Cell(1, 200, 100, 90)]
    even, double, fourfold = (satisfaction.modelled(cell, odds) for odds in (1, 2, 4))
    assert even.low == even.middle == even.high
    assert fourfold.low < double.low < double.high < fourfold.high
