import doctest
import json
import time
from functools import reduce
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import frame as frames

SMALL = st.text("abc", min_size=1, max_size=2)
RATE = st.fixed_dictionaries({"value": st.none() | st.floats(0, 1), "n": st.integers(0, 9), "of": st.integers(0, 9)})
VALUE = st.none() | st.integers(0, 3) | RATE
CELL = st.lists(st.integers(0, 3), min_size=2, max_size=2)
FEED = st.fixed_dictionaries({"state": st.sampled_from(["live", "silent"]), "error": st.none() | SMALL})


def by_name(values):
    return st.dictionaries(SMALL, values, max_size=3)


BODY = st.fixed_dictionaries(
    {"as_of": SMALL, "data_version": st.integers(0, 9), "title": SMALL},
    optional={
        "feeds": by_name(FEED),
        "city": by_name(VALUE),
        "units": by_name(by_name(VALUE)),
        "fields": by_name(by_name(CELL)),
        "hours": by_name(st.lists(st.integers(0, 3), max_size=3)),
        "attention": by_name(st.lists(st.fixed_dictionaries({"unit": SMALL, "late": st.integers(0, 3)}), max_size=2)),
        "backfill": st.none() | st.fixed_dictionaries({"done": st.integers(0, 3), "of": st.integers(0, 3)}),
    },
)


@given(BODY, BODY)
def test_a_frame_and_the_difference_to_another_give_the_other(old, new):
    old, new = old | {"version": 1}, new | {"version": 2}
    before = json.dumps([old, new])
    delta = json.loads(json.dumps(frames.diff(old, new)))
    assert frames.apply(old, delta) == new
    assert json.dumps([old, new]) == before


@given(st.lists(BODY, min_size=2, max_size=6))
def test_deltas_chain(bodies):
    chain = [body | {"version": version} for version, body in enumerate(bodies)]
    deltas = [frames.diff(old, new) for old, new in pairwise(chain)]
    assert reduce(frames.apply, deltas, chain[0]) == chain[-1]


@given(BODY)
def test_a_tick_that_changed_nothing_carries_only_its_head(body):
    delta = frames.diff(body | {"version": 1}, body | {"version": 2})
    assert set(delta) == {"version", "base", "as_of", "data_version"}


def test_null_is_a_value_that_replaces_a_number():
    old = {"version": 1, "as_of": "", "data_version": 1, "units": {"760": {"dossiers_late": 4, "dossiers_open": 9}}}
    new = old | {"version": 2, "units": {"760": {"dossiers_late": None, "dossiers_open": 9}}}
    delta = frames.diff(old, new)
    assert delta["units"] == {"760": {"dossiers_late": None}}
    assert frames.apply(old, delta)["units"] == {"760": {"dossiers_late": None, "dossiers_open": 9}}


def test_units_and_feeds_that_vanish_are_named():
    old = {"version": 1, "as_of": "", "data_version": 1, "units": {"a": {}, "b": {}}, "feeds": {"x": {}, "y": {}}}
    new = old | {"version": 2, "units": {"a": {}}, "feeds": {"y": {}}}
    assert frames.diff(old, new)["gone"] == {"units": ["b"], "feeds": ["x"]}


def test_a_cell_of_a_field_that_vanishes_is_null_in_the_delta():
    old = {"version": 1, "as_of": "", "data_version": 1, "fields": {"760": {"land": [3, 1], "justice": [2, 0]}}}
    new = old | {"version": 2, "fields": {"760": {"justice": [2, 0]}}}
    delta = frames.diff(old, new)
    assert delta["fields"] == {"760": {"land": None}}
    assert "gone" not in delta


def test_a_delta_is_refused_by_a_frame_it_was_not_made_from():
    frame = {"version": 5, "as_of": "", "data_version": 1}
    with pytest.raises(frames.WrongBaseError, match="starts at 4"):
        frames.apply(frame, {"version": 6, "base": 4, "as_of": "", "data_version": 1})


def city_frame(version: int) -> dict:
    rate = {"value": 0.5, "n": version, "of": 100}
    units = {str(n): {f"i{i}": n if i < 11 else dict(rate, of=n) for i in range(22)} for n in range(200)}
    fields = {str(n): {f"f{i}": [n, i] for i in range(12)} for n in range(200)}
    return {"version": version, "as_of": "", "data_version": 1, "city": {}, "units": units, "fields": fields}


def test_the_difference_of_two_city_frames_takes_under_five_milliseconds():
    old, new = city_frame(1), city_frame(2)
    spent = []
    for _ in range(7):
        start = time.process_time()
        delta = frames.diff(old, new)
        spent.append(time.process_time() - start)
    assert len(delta["units"]) == 200
    assert min(spent) < 0.005


def test_the_examples_hold():
    assert doctest.testmod(frames).failed == 0
