import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.ranking import funnel, rank, spread


def drawn(
    units: int, cases: int, alpha: float, beta: float, seed: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the true rates of units, their good cases and their cases."""
    rng = np.random.default_rng(seed)
    true = rng.beta(alpha, beta, units)
    n = rng.integers(cases // 2, cases * 2, units)
    return true, rng.binomial(n, true), n


def test_units_that_are_all_alike_share_one_band_whatever_luck_made_of_them():
    rng = np.random.default_rng(3)
    good = rng.binomial(50, 0.95, 168)
    places = [unit.place for unit in rank(good, [50] * 168)]
    assert good.min() < 45 < good.max()
    assert {place.band for place in places} == {1}
    assert all(place.low < 84 < place.high for place in places)


def test_units_that_truly_differ_are_told_apart():
    ranked = rank([9900, 9500, 9000], [10_000] * 3)
    assert [unit.place for unit in ranked] == [(1, 1, 1, 1), (2, 2, 2, 2), (3, 3, 3, 3)]


def test_the_spread_between_units_is_found_again():
    _, good, n = drawn(units=2000, cases=200, alpha=18, beta=2)
    common, alike = spread(good, n)
    assert common == pytest.approx(0.9, abs=0.01)
    assert alike == pytest.approx(1 / 21, rel=0.15)


def test_a_small_unit_is_drawn_to_the_common_rate_and_a_large_one_hardly():
    _, good, n = drawn(units=100, cases=500, alpha=45, beta=5)
    ranked = rank([*good, 3, 3000], [*n, 3, 3000])
    small, large = ranked[-2:]
    assert small.raw == large.raw == 1.0
    assert small.rate < 0.92
    assert large.rate > 0.99
    assert small.place.rank > large.place.rank
    assert small.place.high - small.place.low > large.place.high - large.place.low


def test_shrunken_rates_are_nearer_to_the_truth_than_raw_ones():
    true, good, n = drawn(units=168, cases=50, alpha=38, beta=2)
    shrunken = np.array([unit.rate for unit in rank(good, n)])
    assert ((shrunken - true) ** 2).mean() < 0.8 * ((good / n - true) ** 2).mean()


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    true, good, n = drawn(units=1000, cases=80, alpha=18, beta=2)
    held = [unit.low <= rate <= unit.high for unit, rate in zip(rank(good, n), true, strict=True)]
    assert 0.92 < np.mean(held) < 0.98


def test_a_unit_with_too_few_cases_has_no_place():
    ranked = rank([29, 900, 800, 0], [29, 1000, 1000, 0], minimum_n=30)
    assert [unit.place is None for unit in ranked] == [True, False, False, True]
    assert ranked[3].raw is None
    assert ranked[1].place.rank == 1


def test_the_fewest_come_first_where_less_is_better():
    assert [unit.place.rank for unit in rank([100, 10, 500], [1000] * 3, higher_is_better=False)] == [2, 1, 3]


def test_equal_units_share_a_rank_and_the_next_one_skips():
    assert [unit.place.rank for unit in rank([900, 990, 900, 500], [1000] * 4)] == [2, 1, 2, 4]


@pytest.mark.parametrize(("good", "n"), [([], []), ([0], [0]), ([5, 5], [5, 5]), ([0, 0], [9, 9]), ([0, 9], [9, 9])])
def test_the_ends_of_the_scale_do_not_break_it(good, n):
    for unit in rank(good, n):
        assert 0 <= unit.low <= unit.rate <= unit.high <= 1 or unit.of == 0


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=12))
def test_ranks_lie_within_their_intervals_and_the_same_counts_give_the_same(cases):
    good, n = [a for a, _ in cases], [a + b for a, b in cases]
    ranked = rank(good, n)
    assert ranked == rank(good, n)
    for unit in ranked:
        assert (unit.place is None) == (unit.of == 0)
        if unit.place:
            assert 1 <= unit.place.low <= unit.place.high <= len(cases)
            assert 1 <= unit.place.rank <= len(cases)


def test_luck_alone_stays_within_the_funnel():
    n = np.array([25, 100, 400])
    low, high = funnel(0.9, n)
    assert low == pytest.approx([0.7824, 0.8412, 0.8706], abs=1e-4)
    assert high == pytest.approx([1.0, 0.9588, 0.9294], abs=1e-4)


def test_a_city_of_168_units_is_ranked_within_half_a_second():
    _, good, n = drawn(units=168, cases=5000, alpha=45, beta=5)
    start = time.process_time()
    rank(good, n)
    assert time.process_time() - start < 0.5
