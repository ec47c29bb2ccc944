import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.attention import attention
from indicators.rates import rate, wilson_interval

THRESHOLDS = {
    "dossiers_late_share": {"watch": 0.01, "late": 0.02},
    "accepted_late_rate_30d": {"watch": 0.05, "late": 0.08},
    "tickets_late_share": {"watch": 0.1, "late": 0.3},
}


def unit(late: int | None, open_: int | None, accepted_late: int = 0, accepted: int = 1000) -> dict:
    return {"dossiers_late": late, "dossiers_open": open_, "accepted_late_rate_30d": rate(accepted_late, accepted)}


def listed(units, fields=None, midnight=None, silent=False, thresholds=THRESHOLDS, minimum_n=30):
    return attention(units, fields or {}, thresholds, minimum_n, midnight, list(units), silent)


def test_a_unit_beyond_the_line_by_more_than_chance_is_late():
    (entry,) = listed({"784": unit(512, 10_039)}, midnight={"784": 424})
    assert entry == {
        "unit": "784", "dataset": "dossiers", "status": "late", "reason": "late_share", "late": 512, "open": 10_039,
        "change": 88, "rate": 0.051, "low": 0.0469, "high": 0.0555, "field": None, "field_late": None,
    }  # fmt: skip


def test_a_unit_beyond_the_line_by_what_chance_explains_is_watched():
    assert wilson_interval(3, 100)[0] < 0.02
    (entry,) = listed({"784": unit(3, 100)})
    assert (entry["status"], entry["rate"]) == ("watch", 0.03)


def test_a_unit_within_its_lines_is_not_listed():
    assert listed({"784": unit(50, 10_000)}) == []


def test_the_rate_of_an_entry_is_the_one_its_reason_speaks_of():
    (entry,) = listed({"776": unit(10, 10_000, accepted_late=1092, accepted=12_000)})
    assert (entry["reason"], entry["status"], entry["rate"], entry["late"]) == ("accepted_late", "late", 0.091, 10)
    assert entry["low"] < 0.091 < entry["high"]


def test_the_worse_of_two_rates_speaks():
    (entry,) = listed({"776": unit(150, 10_000, accepted_late=300, accepted=1000)})
    assert (entry["status"], entry["reason"]) == ("late", "accepted_late")


def test_the_field_that_explains_the_lateness_is_named():
    fields = {"784": {"justice": [5000, 100], "land": [4000, 400], "building": [1039, 12]}}
    (entry,) = listed({"784": unit(512, 10_039)}, fields)
    assert (entry["reason"], entry["field"], entry["field_late"]) == ("field_late", "land", 400)


def test_a_field_that_is_late_as_the_others_are_explains_nothing():
    fields = {"784": {"land": [5020, 257], "justice": [5019, 255]}}
    (entry,) = listed({"784": unit(512, 10_039)}, fields)
    assert (entry["reason"], entry["field"], entry["field_late"]) == ("late_share", "land", 257)


def test_a_unit_within_its_lines_that_worsens_quickly_is_watched():
    (entry,) = listed({"784": unit(60, 10_000)}, midnight={"784": 20})
    assert (entry["status"], entry["reason"], entry["change"]) == ("watch", "rising", 40)


@pytest.mark.parametrize(("midnight", "now"), [(0, 4), (100, 99), (400, 439)])
def test_a_rise_that_chance_explains_is_none(midnight, now):
    assert listed({"784": unit(now, 100_000)}, midnight={"784": midnight}) == []


def test_a_silent_feed_makes_every_unit_unknown_and_none_fine():
    units = {"760": unit(0, 10_000), "784": unit(512, 10_039), "787": unit(None, None)}
    entries = listed(units, silent=True)
    assert [entry["unit"] for entry in entries] == ["760", "784", "787"]
    assert {(entry["status"], entry["reason"], entry["rate"]) for entry in entries} == {
        ("unknown", "feed_silent", None)
    }


def test_only_the_units_that_are_silent_are_unknown():
    entries = listed({"760": unit(0, 10_000), "784": unit(512, 10_039)}, silent={"760"})
    assert [(entry["unit"], entry["status"]) for entry in entries] == [("784", "late"), ("760", "unknown")]


def test_units_that_are_not_fed_are_listed_as_unknown():
    units = {"760": unit(10, 10_000), "787": unit(None, None)}
    entries = attention(units, {}, THRESHOLDS, 30, None, ["760", "787", "999"], False)
    assert [(entry["unit"], entry["reason"]) for entry in entries] == [("787", "no_data"), ("999", "no_data")]


def test_few_open_dossiers_are_unknown_and_none_is_no_data():
    entries = listed({"a": unit(2, 29), "b": unit(0, 0, accepted=0)})
    assert [(entry["unit"], entry["reason"]) for entry in entries] == [("a", "too_few"), ("b", "no_data")]


def test_a_unit_that_has_finished_everything_and_accepts_in_time_is_fine():
    assert listed({"a": unit(0, 0)}) == []


def test_red_comes_first_then_who_touches_most_people_and_grows():
    units = {
        "unknown": unit(None, None), "watch": unit(200, 12_000), "late, small": unit(100, 1000),
        "late, growing": unit(430, 5000), "late, large": unit(440, 5000), "same as large": unit(440, 5000),
    }  # fmt: skip
    midnight = {key: values["dossiers_late"] for key, values in units.items() if values["dossiers_late"]}
    entries = listed(units, midnight=midnight | {"late, growing": 389})
    assert [entry["unit"] for entry in entries] == [
        "late, growing", "late, large", "same as large", "late, small", "watch", "unknown",
    ]  # fmt: skip


def test_a_city_of_calls_alone_is_judged_by_its_calls():
    units = {
        "a": {"dossiers_open": None, "tickets_open": 396, "tickets_late": 125},
        "b": {"tickets_open": 100, "tickets_late": 5},
    }
    (entry,) = listed(units)
    assert (entry["unit"], entry["dataset"], entry["status"], entry["late"]) == ("a", "tickets", "watch", 125)


def test_without_lines_nothing_is_judged():
    assert listed({"784": unit(512, 10_039)}, thresholds={}) == []


KEYS = ["a", "b", "c", "d"]
COUNTS = st.integers(0, 2000)
VALUES = st.builds(
    lambda late, more, accepted_late, accepted: unit(late, late + more, accepted_late, accepted_late + accepted),
    COUNTS, COUNTS, COUNTS, COUNTS,
)  # fmt: skip
UNITS = st.dictionaries(st.sampled_from(KEYS), VALUES | st.just(unit(None, None)))


@given(UNITS, st.none() | st.dictionaries(st.sampled_from(KEYS), COUNTS), st.booleans())
def test_the_list_is_ordered_complete_and_the_same_however_units_are_stored(units, midnight, silent):
    entries = attention(units, {}, THRESHOLDS, 30, midnight, KEYS, silent)
    order = [["late", "watch", "unknown"].index(entry["status"]) for entry in entries]
    assert order == sorted(order)
    assert len({entry["unit"] for entry in entries}) == len(entries)
    assert {key for key in KEYS if key not in units} <= {
        entry["unit"] for entry in entries if entry["status"] == "unknown"
    }
    assert not silent or len(entries) == len(KEYS)
    assert entries == attention(dict(reversed(units.items())), {}, THRESHOLDS, 30, midnight, KEYS, silent)


def test_two_hundred_units_take_under_five_milliseconds():
    units = {str(n): unit(n, 10_000, n, 3000) for n in range(200)}
    fields = {str(n): {f"f{i}": [800, n // 12 + i % 3] for i in range(12)} for n in range(200)}
    spent = []
    for _ in range(7):
        start = time.process_time()
        entries = listed(units, fields, {})
        spent.append(time.process_time() - start)
    assert len(entries) > 100
    assert min(spent) < 0.005


def test_a_unit_whose_software_tells_late_is_unknown_and_not_fine():
    units = {"760": unit(10, 10_000), "787": unit(10, 10_000), "784": unit(512, 10_039)}
    entries = attention(units, {}, THRESHOLDS, 30, None, list(units), False, {"787": (70, 23), "784": (70, 23)})
    assert [(e["unit"], e["status"], e["reason"]) for e in entries] == [
        ("784", "late", "late_share"), ("787", "unknown", "sender_slow"),
    ]  # fmt: skip
    assert entries[1]["rate"] == round(23 / 70, 4)
