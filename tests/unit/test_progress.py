import doctest

import pytest

from indicators import progress

# Unit, on time, received, published points of group 2 (national portal, 10 October 2026).
PUBLISHED = [
    ("Thành phố Hồ Chí Minh", 1_478_230, 1_653_458, 17.88),
    ("tỉnh Đồng Tháp", 358_660, 405_424, 17.69),
    ("Thành phố Đồng Nai", 540_748, 670_009, 16.14),
]
# Unit, petitions handled in time or well, petitions, published points of 6.
PETITIONS = [("Thành phố Hồ Chí Minh", 2227, 5514, 2.42), ("Thành phố Hồ Chí Minh", 1814, 5514, 1.97)]


@pytest.mark.parametrize(("unit", "on_time", "received", "published"), PUBLISHED)
def test_the_published_progress_scores_are_reproduced(unit, on_time, received, published):
    assert round(progress.progress_score(on_time, received), 2) == published


@pytest.mark.parametrize(("unit", "good", "petitions", "published"), PETITIONS)
def test_other_groups_score_by_the_same_proportion(unit, good, petitions, published):
    assert round(progress.progress_score(good, petitions, points=6), 2) == published


def test_who_received_nothing_has_no_score():
    assert progress.progress_score(0, 0) is None


def test_progress_counts_the_open_ones_that_are_still_in_time():
    assert progress.progress_rate(10, 20, 70, 80) == {"value": 0.8, "n": 80, "of": 100}
    assert progress.progress_rate(0, 0, 0, 0)["value"] is None


@pytest.mark.parametrize(
    ("base", "value", "target", "ratio"),
    [
        (100, 121, 146.41, 1.0),  # up by 10 % a year, as asked
        (100, 100, 146.41, 0.0),
        (100, 81, 146.41, -1.0),
        (146.41, 121, 100, 1.0),  # down to a target below
        (-10, -5, -2.5, 1.0),
    ],
)
def test_the_target_ratio_compares_yearly_growth(base, value, target, ratio):
    assert progress.target_ratio(base, value, target, 2, 4) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize(
    ("base", "value", "target", "elapsed", "planned"),
    [(0, 5, 10, 1, 2), (5, -5, 10, 1, 2), (5, 6, -1, 1, 2), (5, 6, 5, 1, 2), (5, 6, 7, 0, 2)],
)
def test_where_growth_makes_no_sense_there_is_no_ratio(base, value, target, elapsed, planned):
    assert progress.target_ratio(base, value, target, elapsed, planned) is None


def test_the_examples_hold():
    assert doctest.testmod(progress).failed == 0
