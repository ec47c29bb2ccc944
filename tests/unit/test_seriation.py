import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from indicators.seriation import distances, order

TABLES = arrays.arrays(
    float,
    st.tuples(st.integers(0, 12), st.integers(1, 4)),
    elements=st.one_of(st.just(np.nan), st.floats(0, 1, width=16)),
)


@given(TABLES)
def test_every_row_stands_once(table: np.ndarray) -> None:
    assert sorted(order(table)) == list(range(len(table)))


def test_like_stands_beside_like() -> None:
    found = order([[0.9, 0.0], [0.0, 0.9], [0.8, 0.1], [0.1, 0.8], [0.9, 0.1]])
    land = [place for place in found if place in (0, 2, 4)]
    assert found in ([*land, *found[3:]], [*found[:2], *land])


def test_rows_that_know_nothing_in_common_stand_as_far_apart_as_any() -> None:
    near = distances(np.array([[0.1, np.nan], [np.nan, 0.1], [0.5, 0.9]]))
    assert near[0, 1] == near.max()
    assert near[0, 2] == np.float64(0.4)


def test_the_same_rows_always_stand_the_same_way() -> None:
    rows = np.random.default_rng(1).random((40, 8))
    assert order(rows) == order(rows.copy())


def test_the_worse_half_comes_first() -> None:
    rows = [[0.0], [0.1], [0.8], [0.9]]
    assert order(rows)[0] in (2, 3)
