"""Moved appointments and paused clocks, computed by hand."""

from hypothesis import given
from hypothesis import strategies as st

from indicators.pauses import clock, covered, movers

DAY = 8


def test_a_move_that_a_pause_accounts_for_is_explained_to_the_begun_day():
    found = clock([40, 56], [(10, 22)], 60, DAY)  # 12 h stood still = 2 begun days = 16 h
    assert (found.moves, found.paused, found.fair_due, found.is_unexplained) == (1, 12, 56, False)


def test_a_move_beyond_the_pauses_is_not_explained():
    assert clock([40, 57], [(10, 22)], 60, DAY).is_unexplained
    assert clock([40, 48], [], 60, DAY).is_unexplained


def test_an_appointment_that_comes_back_or_nearer_is_no_excuse():
    found = clock([40, 50, 40], [], 60, DAY)
    assert (found.moves, found.is_unexplained) == (1, False)
    assert not clock([40, 30], [], 60, DAY).is_unexplained


def test_a_pause_that_has_not_ended_lasts_until_the_end():
    assert clock([40], [(10, None)], 30, DAY).paused == 20


def test_two_requests_for_supplements_are_counted():
    assert clock([40], [(1, 2), (5, 6)], 30, DAY).asks == 2


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50))))
def test_covered_time_is_counted_once(spans):
    assert covered(spans) == len({at for begin, end in spans for at in range(begin, end)})


def test_a_unit_that_moves_four_times_more_often_than_its_peers_is_named():
    moved = [11, 9, 12, 10, 8, 13, 44, 10]
    assert [place for place, one in enumerate(movers(moved, [1000] * 8)) if one.is_named] == [6]


def test_several_that_do_do_not_hide_each_other():
    moved = [10, 11, 9, 10, 12, 8, 44, 41, 10, 9]
    assert [place for place, one in enumerate(movers(moved, [1000] * 10)) if one.is_named] == [6, 7]


def test_units_that_differ_by_luck_or_are_small_are_not_named():
    assert not any(one.is_named for one in movers([11, 9, 12, 10, 8, 13, 18, 10], [1000] * 8))
    assert not any(one.is_named for one in movers([10, 10, 10, 4], [1000, 1000, 1000, 20]))


def test_nobody_is_named_where_nothing_is_moved_or_nobody_finished():
    assert [one.rate for one in movers([0, 0], [100, 0])] == [0.0, None]
    assert not any(one.is_named for one in movers([], []))


def test_a_request_of_unknown_length_accounts_for_the_whole_move():
    found = clock([40, 60], [], 60, DAY, is_asked=True)
    assert (found.asks, found.paused, found.is_unexplained) == (1, 20, False)
    assert clock([40, 60], [(10, 12)], 60, DAY, is_asked=True).is_unexplained
