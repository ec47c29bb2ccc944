"""What waiting, bursts and ranks mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import hotline
from indicators.hotline import BIN_ENDS

counts = st.dictionaries(st.integers(0, len(BIN_ENDS)), st.integers(0, 200), max_size=12)


def binned(minutes: float) -> int:
    return sum(end < minutes for end in BIN_ENDS)


def test_the_ends_grow() -> None:
    assert list(BIN_ENDS) == sorted(set(BIN_ENDS))


@given(counts)
def test_more_of_the_cases_never_waited_less(found) -> None:
    median, p90 = (hotline.quantile_minutes(found, share) for share in (0.5, 0.9))
    if sum(found.values()) == 0:
        assert median is None
        assert p90 is None
    else:
        assert median is not None
        assert p90 is not None
        assert median <= p90


@given(st.lists(st.floats(0.1, 200_000), min_size=1, max_size=80), st.sampled_from([0.1, 0.5, 0.9]))
def test_a_quantile_lies_in_the_bin_of_the_true_one(waits, share) -> None:
    found = {place: [binned(one) for one in waits].count(place) for place in {binned(one) for one in waits}}
    at = hotline.quantile_minutes(found, share)
    assert at is not None
    ordered = sorted(waits)
    true = (
        ordered[max(0, int(len(ordered) * share + 1e-9) - 1)],
        ordered[min(len(ordered) - 1, int(len(ordered) * share))],
    )
    low = BIN_ENDS[binned(true[0]) - 1] if binned(true[0]) else 0
    high = BIN_ENDS[binned(true[1])] if binned(true[1]) < len(BIN_ENDS) else float("inf")
    assert low <= at <= high


def test_a_limit_at_the_end_of_a_bin_is_counted_exactly() -> None:
    waits = [1, 4, 5, 6, 120, 121]
    found = {place: [binned(one) for one in waits].count(place) for place in {binned(one) for one in waits}}
    assert hotline.within(found, 5)["n"] == 3
    assert hotline.within(found, 120)["n"] == 5


def test_a_week_has_seven_days_of_twenty_four_hours() -> None:
    week = hotline.by_hour({0: 1, 167: 2})
    assert [len(day) for day in week] == [24] * 7
    assert (week[0][0], week[6][23], sum(map(sum, week))) == (1, 2, 3)


@pytest.mark.parametrize(
    ("calls", "usual", "burst"),
    [(5, 0.0, True), (4, 0.0, False), (5, 5.0, False), (30, 10.0, True), (1050, 1000.0, False)],
)
def test_a_burst_is_what_chance_seldom_brings(calls, usual, burst) -> None:
    assert hotline.is_burst(calls, usual) is burst


def test_bursts_stand_with_the_least_likely_first() -> None:
    now = {("a", "noise"): 40, ("b", "noise"): 30, ("c", "noise"): 9}
    before = {("a", "noise"): 80, ("b", "noise"): 8, ("c", "noise"): 72}
    assert [(one.place, one.usual) for one in hotline.bursts(now, before, 8)] == [("b", 1.0), ("a", 10.0)]


def test_the_chance_is_poissons_and_the_normal_one_beyond_is_near_it() -> None:
    assert hotline.chance_of(0, 3.0) == 1.0
    assert hotline.chance_of(1, 3.0) == pytest.approx(1 - 2.718281828**-3)
    assert hotline.chance_of(440, 400.0) == pytest.approx(hotline.chance_of(440, 400.001), rel=0.2)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_a_rank_correlation_lies_between_minus_one_and_one(pairs) -> None:
    found = hotline.rank_correlation(pairs)
    assert found is None or -1 <= found <= 1
    assert found == hotline.rank_correlation([(y, x) for x, y in pairs])


def test_ties_share_their_ranks() -> None:
    assert hotline.rank_correlation([(1, 1), (1, 2), (2, 3), (3, 4)]) == pytest.approx(0.948683)
    assert hotline.rank_correlation([(1, 5), (2, 5), (3, 5)]) is None
