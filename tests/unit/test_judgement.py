import doctest

import pytest

from indicators import judgement
from indicators.judgement import judge, late_share

THRESHOLDS = {
    "on_time_rate_30d": {"watch": 0.98, "late": 0.95},
    "dossiers_late_share": {"watch": 0.01, "late": 0.02},
    "letters_overdue": {"watch": 0, "late": 10},
}


def rate(value: float, of: int = 1000) -> dict:
    return {"value": value, "n": round(value * of), "of": of}


@pytest.mark.parametrize(
    ("value", "status"),
    [(1.0, "fine"), (0.98, "fine"), (0.979, "watch"), (0.95, "watch"), (0.949, "late"), (0, "late")],
)
def test_where_more_is_better_small_numbers_are_late(value, status):
    assert judge("on_time_rate_30d", rate(value), THRESHOLDS) == status


@pytest.mark.parametrize(
    ("value", "status"), [(0, "fine"), (0.01, "fine"), (0.011, "watch"), (0.02, "watch"), (0.021, "late"), (1, "late")]
)
def test_where_less_is_better_large_numbers_are_late(value, status):
    assert judge("dossiers_late_share", rate(value), THRESHOLDS) == status


def test_counts_are_judged_too():
    assert [judge("letters_overdue", count, THRESHOLDS) for count in (0, 1, 10, 11)] == [
        "fine",
        "watch",
        "watch",
        "late",
    ]


@pytest.mark.parametrize("value", [None, {"value": None, "n": 0, "of": 0}])
def test_what_is_not_fed_is_unknown_and_never_fine(value):
    assert judge("on_time_rate_30d", value, THRESHOLDS) == "unknown"


def test_too_few_are_unknown():
    assert judge("on_time_rate_30d", rate(1.0, 29), THRESHOLDS, minimum_n=30) == "unknown"
    assert judge("on_time_rate_30d", rate(1.0, 30), THRESHOLDS, minimum_n=30) == "fine"


def test_what_nobody_drew_a_line_for_is_unknown():
    assert judge("online_rate_30d", rate(0.9), THRESHOLDS) == "unknown"


def test_the_late_share_of_what_is_not_fed_is_none():
    assert late_share("tickets_late_share", {"tickets_late": None, "tickets_open": None}) is None
    assert late_share("tickets_late_share", {"tickets_late": 125, "tickets_open": 396})["value"] == 0.315657


def test_the_examples_hold():
    assert doctest.testmod(judgement).failed == 0
