"""Rules of letters of apology, computed by hand: December 2026, Monday to Friday worked."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.calendar import WorkingCalendar
from indicators.letters import Letter, earliest_in_time, judge, last_day, predecessors, rule_of

OFFICE = {day: [["07:30", "11:30"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
CALENDAR = WorkingCalendar({"office": OFFICE}, "Asia/Ho_Chi_Minh", range(2026, 2028))
CITY = {"id": "city", "from": "2016-09-30", "within_working_days": 0, "signed_by": "head"}
DECREE = {"id": "decree", "from": "2018-06-21", "to": "2025-06-30", "at_most": 1}
DISTRICT = {
    "id": "district", "units": ["777"], "at_most": 1, "longest_extension": 0.25, "review_within_working_days": 7,
    "interlinked_within_working_days": 3, "interlinked_signed_by": "cause",
}  # fmt: skip
RULES = [DECREE, CITY, DISTRICT]
DAY = date(2026, 12, 3)  # a Thursday


def letter(sent: date, missed: date = DAY, **more) -> Letter:
    return Letter(datetime(sent.year, sent.month, sent.day, 3, tzinfo=UTC), missed, **({"number": 1} | more))


def verdict(sent, codes=frozenset({"760"}), **more):
    return judge(letter(sent, **more), rule_of(RULES, set(codes), DAY), sent, CALENDAR)


def test_rules_bind_by_unit_and_day_and_the_later_one_in_the_file_stands():
    assert rule_of(RULES, {"760"}, DAY).sources == ("city",)
    assert rule_of(RULES, {"760"}, date(2020, 1, 1)).sources == ("decree", "city")
    assert rule_of(RULES, {"760"}, date(2020, 1, 1)).at_most == 1
    assert rule_of(RULES, {"777"}, DAY).sources == ("city", "district")
    assert rule_of([CITY], {"760"}, date(2016, 9, 29)) is None
    assert rule_of([CITY, {"id": "later", "within_working_days": 2}], {"1"}, DAY).within_working_days == 2


def test_by_the_city_a_letter_is_in_time_until_the_end_of_the_missed_day():
    assert not verdict(DAY).is_late
    assert not verdict(date(2026, 12, 1)).is_late
    assert verdict(date(2026, 12, 4)).is_late


@pytest.mark.parametrize(("sent", "late"), [(date(2026, 12, 8), False), (date(2026, 12, 9), True)])
def test_in_the_district_an_interlinked_file_has_three_working_days(sent, late):
    # Missed on Thursday 3: Friday, Monday, Tuesday 8.
    assert verdict(sent, {"777"}, is_interlinked=True).is_late is late
    assert verdict(sent, {"777"}).is_late


def test_in_the_district_a_second_letter_and_a_long_extension_are_wrong():
    assert verdict(DAY, {"777"}, number=2).is_again
    assert not verdict(DAY, {"760"}, number=2).is_again
    assert not verdict(DAY, {"777"}, lawful_s=40.0, added_s=10.0).is_too_long
    assert verdict(DAY, {"777"}, lawful_s=40.0, added_s=10.1).is_too_long
    assert not verdict(DAY, {"777"}, lawful_s=None, added_s=10.0).is_too_long


def test_in_the_district_responsibility_is_reviewed_within_seven_working_days_of_the_letter():
    assert verdict(DAY, {"777"}).review_on == date(2026, 12, 14)
    assert verdict(DAY, {"760"}).review_on is None


def test_without_a_rule_nothing_is_wrong():
    assert judge(letter(DAY, number=9), None, DAY, CALENDAR).is_late is False


def test_units_answer_to_what_binds_those_they_followed():
    units = [SimpleNamespace(id=i, code=c) for i, c in ((1, "777"), (2, "27439"), (3, "27999"))]
    after = [SimpleNamespace(from_id=2, to_id=3, share=1), SimpleNamespace(from_id=1, to_id=2, share=0.2)]
    assert predecessors(units, after) == {1: {"777"}, 2: {"777", "27439"}, 3: {"777", "27439", "27999"}}


def test_a_unit_with_a_corner_of_another_is_not_bound_by_its_rules():
    units = [SimpleNamespace(id=i, code=str(i)) for i in (1, 2, 3)]
    after = [SimpleNamespace(from_id=1, to_id=3, share=0.08), SimpleNamespace(from_id=2, to_id=3, share=0.1)]
    assert predecessors(units, after)[3] == {"2", "3"}


@given(st.dates(date(2026, 2, 1), date(2026, 12, 31)), st.integers(0, 7), st.integers(0, 25))
def test_what_was_due_before_the_bound_is_overdue_and_nothing_else(today, days, ago):
    bound = earliest_in_time(today, days, CALENDAR)
    missed = date.fromordinal(today.toordinal() - ago)
    assert (last_day(missed, days, CALENDAR) < today) == (missed < bound)
