import doctest
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import lateness

HCM = ZoneInfo("Asia/Ho_Chi_Minh")
NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 22, 12, tzinfo=HCM)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
INSTANTS = st.none() | st.integers(-72, 72).map(lambda hours: NOON + hours * HOUR)


def test_what_is_ended_later_was_still_open():
    assert lateness.is_open(NOON - DAY, NOON + HOUR, NOON)
    assert not lateness.is_open(NOON - DAY, NOON, NOON)
    assert lateness.is_open(NOON, None, NOON)


def test_what_has_not_begun_is_not_open():
    assert not lateness.is_open(NOON + HOUR, None, NOON)
    assert not lateness.is_open(None, None, NOON)


def test_at_its_due_time_it_is_due_and_not_late():
    assert not lateness.is_late(NOON - DAY, None, NOON, NOON)
    assert lateness.is_due_soon(NOON - DAY, None, NOON, NOON)
    assert lateness.is_late(NOON - DAY, None, NOON - timedelta(microseconds=1), NOON)


def test_due_in_exactly_24_hours_is_not_yet_soon():
    assert not lateness.is_due_soon(NOON - DAY, None, NOON + DAY, NOON)
    assert lateness.is_due_soon(NOON - DAY, None, NOON + DAY - timedelta(microseconds=1), NOON)


@given(INSTANTS, INSTANTS, INSTANTS)
def test_nothing_is_late_and_due_soon_and_both_are_open(begun, ended, due):
    late = lateness.is_late(begun, ended, due, NOON)
    soon = lateness.is_due_soon(begun, ended, due, NOON)
    assert not (late and soon)
    assert lateness.is_open(begun, ended, NOON) or not (late or soon)
    assert due is not None or not (late or soon)


def test_finished_at_the_due_time_is_on_time():
    assert lateness.is_on_time(NOON, NOON) is True
    assert lateness.is_on_time(NOON + HOUR, NOON) is False


def test_without_a_due_time_nothing_is_on_time_or_early():
    assert lateness.is_on_time(NOON, None) is None
    assert lateness.is_on_time(None, NOON) is None
    assert lateness.is_early(NOON, None, HCM) is None


def test_early_is_before_the_due_day_of_the_city():
    due = datetime(2026, 11, 23, 3, tzinfo=HCM)  # still the 22nd in UTC
    assert lateness.is_early(datetime(2026, 11, 22, 23, tzinfo=HCM), due, HCM) is True
    assert lateness.is_early(datetime(2026, 11, 23, 1, tzinfo=HCM), due, HCM) is False


def test_lateness_has_an_age_only_once_it_is_there():
    assert lateness.age_of_lateness(NOON, NOON) is None
    assert lateness.age_of_lateness(NOON, NOON + timedelta(microseconds=1)) == "1-3"


@pytest.mark.parametrize("hour", range(7))
def test_before_dawn_today_is_the_day_of_the_city_and_not_of_utc(hour):
    at = datetime(2026, 11, 22, hour, 30, tzinfo=HCM).astimezone(UTC)
    begin, end = lateness.window(at, HCM)
    assert begin == datetime(2026, 11, 22, tzinfo=HCM)
    assert end == at


def test_thirty_days_begin_at_a_local_midnight_over_a_clock_change():
    at = datetime(2026, 11, 5, 12, tzinfo=NEW_YORK)
    begin, _ = lateness.window(at, NEW_YORK, 30)
    assert begin.isoformat() == "2026-10-07T00:00:00-04:00"
    assert at.isoformat() == "2026-11-05T12:00:00-05:00"


def test_the_examples_hold():
    assert doctest.testmod(lateness).failed == 0
