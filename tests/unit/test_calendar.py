import doctest
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indicators import calendar as calendars
from indicators import localtime, office_hours
from indicators.calendar import WorkingCalendar

HCM = ZoneInfo("Asia/Ho_Chi_Minh")
NEW_YORK = ZoneInfo("America/New_York")
FULL_DAY = [["07:30", "11:30"], ["13:00", "17:00"]]
WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), FULL_DAY)
VIETNAM = WorkingCalendar({"country": "VN", "office": WEEK}, HCM, range(2023, 2028))
SATURDAYS = WorkingCalendar({"office": WEEK | {"sat": [["07:30", "11:30"]]}, "working": ["2026-08-22"]}, HCM)
AMERICA = WorkingCalendar({"office": WEEK | {"sun": [["00:00", "06:00"]]}}, NEW_YORK, range(2025, 2028))


def hcm(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HCM)


def new_york(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("at", "days", "due"),
    [
        ("2026-11-09 07:30", 1, "2026-11-09 17:00"),  # a Monday, from opening to closing
        ("2026-11-09 09:00", 1, "2026-11-10 09:00"),
        ("2026-11-13 16:00", 1, "2026-11-16 16:00"),  # over a weekend
        ("2026-11-09 12:15", 0.5, "2026-11-09 17:00"),  # from the lunch break
        ("2026-11-09 10:00", 0.25, "2026-11-09 13:30"),  # over the lunch break
        ("2026-11-09 17:30", 1, "2026-11-10 17:00"),
        ("2026-11-10 03:00", 1, "2026-11-10 17:00"),  # before dawn, when it is still yesterday in UTC
        ("2026-11-23 16:00", 1, "2026-11-25 16:00"),  # over Viet Nam's Culture Day
        ("2026-02-13 16:00", 1, "2026-02-23 16:00"),  # over Tết: 16 to 20 February closed
        ("2024-04-26 16:00", 1, "2024-05-02 16:00"),  # Monday 29 April closed ...
        ("2024-05-03 16:00", 1, "2024-05-04 16:00"),  # ... and worked on Saturday 4 May
        ("2026-11-09 10:00", 0, "2026-11-09 10:00"),
        ("2026-11-08 10:00", 0, "2026-11-09 07:30"),
        ("2026-11-09 17:00", 0, "2026-11-10 07:30"),
    ],
)
def test_working_days_pass_only_while_the_office_is_open(at, days, due):
    assert VIETNAM.add_working_days(hcm(at), days) == hcm(due)


def test_a_datetime_is_answered_in_the_zone_of_the_calendar():
    found = VIETNAM.add_working_days(datetime(2026, 11, 9, 2, tzinfo=UTC), 1)
    assert found.isoformat() == "2026-11-10T09:00:00+07:00"


def test_an_array_is_answered_as_its_elements_are():
    at = np.array(["2026-11-09T02:00", "NaT", "2026-11-13T09:00"], "datetime64[us]")
    found = VIETNAM.add_working_days(at, np.array([1, 1, np.nan]))
    assert list(found.astype(str)) == ["2026-11-10T02:00:00.000000", "NaT", "NaT"]


def test_coarser_and_finer_instants_are_understood():
    for unit in ("m", "ms", "ns"):
        at = np.array(["2026-11-09T02:00", "NaT"], f"datetime64[{unit}]")
        found = VIETNAM.add_working_hours(at, 1)
        assert list(found.astype(str)) == ["2026-11-09T03:00:00.000000", "NaT"]


def test_a_swapped_saturday_is_a_whole_day_where_saturdays_are_mornings():
    assert SATURDAYS.add_working_hours(hcm("2026-08-15 07:30"), 8) == hcm("2026-08-17 11:30")
    assert SATURDAYS.add_working_hours(hcm("2026-08-22 07:30"), 8) == hcm("2026-08-22 17:00")


def test_a_working_day_is_as_long_as_most_days_are():
    assert SATURDAYS.day_hours == VIETNAM.day_hours == 8
    assert WorkingCalendar({}, HCM, range(2026, 2027)).day_hours == 9


def test_no_calendar_at_all_is_monday_to_friday_without_holidays():
    plain = WorkingCalendar({}, HCM, range(2026, 2027))
    assert plain.is_working_day(date(2026, 2, 17))
    assert not plain.is_working_day(date(2026, 11, 22))
    assert plain.add_working_days(hcm("2026-11-13 10:00"), 1) == hcm("2026-11-16 10:00")


def test_the_exceptions_of_the_file_stand_above_the_library():
    spec = {"country": "VN", "office": WEEK, "closed": [date(2026, 8, 22)], "working": ["2026-08-31"]}
    calendar = WorkingCalendar(spec, HCM, range(2026, 2027))
    days = np.array(["2026-08-22", "2026-08-31", "2026-09-01", "2026-09-03"], "datetime64[D]")
    assert list(calendar.is_working_day(days)) == [False, True, False, True]


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2026-11-09 00:00", "2026-11-09 17:00"),
        ("2026-11-09 06:59:59", "2026-11-09 17:00"),
        ("2026-11-09 12:00", "2026-11-09 17:00"),
        ("2026-11-09 17:00", "2026-11-09 17:00"),
        ("2026-11-09 17:00:01", "2026-11-10 17:00"),
        ("2026-11-14 09:00", "2026-11-16 17:00"),
    ],
)
def test_a_working_day_ends_at_its_last_closing(at, end):
    assert VIETNAM.end_of_working_day(hcm(at)) == hcm(end)


def test_hours_between_count_both_ways_and_are_unknown_for_a_missing_time():
    assert VIETNAM.working_hours_between(hcm("2026-11-13 16:00"), hcm("2026-11-16 08:30")) == 2
    assert VIETNAM.working_hours_between(hcm("2026-11-16 08:30"), hcm("2026-11-13 16:00")) == -2
    missing = np.array(["NaT"], "datetime64[us]")
    assert np.isnan(VIETNAM.working_hours_between(missing, missing)).all()


def test_times_outside_the_years_of_the_calendar_have_no_answer():
    assert VIETNAM.add_working_days(hcm("1999-01-04 08:00"), 1) is None
    assert VIETNAM.end_of_working_day(hcm("2028-01-01 00:00")) is None
    assert VIETNAM.add_working_days(hcm("2027-12-31 16:00"), 1) is None
    with pytest.raises(ValueError, match="does not know"):
        VIETNAM.is_working_day(date(2031, 1, 1))


def test_naive_times_and_negative_spans_are_refused():
    with pytest.raises(ValueError, match="no time zone"):
        VIETNAM.add_working_days(datetime.fromisoformat("2026-11-09"), 1)
    with pytest.raises(ValueError, match="backwards"):
        VIETNAM.add_working_days(hcm("2026-11-09 10:00"), -1)


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ({"office": {"mo": FULL_DAY}}, "no such weekday: mo"),
        ({"office": {"mon": [["17:00", "08:00"]]}}, "mon: each opening"),
        ({"office": {"mon": [["08:00", "12:00"], ["11:00", "17:00"]]}}, "mon: each opening"),
        ({"office": {"mon": [["8h", "17:00"]]}}, "'8h' is not a time of day"),
        ({"office": {"mon": [["08:00", "24:30"]]}}, "'24:30' is not a time of day"),
        ({"office": {"mon": []}}, "no weekday has office hours"),
        ({"closed": ["2026-01-02"], "working": ["2026-01-02"]}, "both closed and working: 2026-01-02"),
        ({"country": "XX"}, "no holidays are known of XX"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused_in_words(spec, complaint):
    with pytest.raises(ValueError, match=complaint):
        WorkingCalendar(spec, HCM, range(2026, 2027))


def test_office_hours_follow_the_clock_on_the_wall_when_it_is_moved():
    assert AMERICA.add_working_hours(new_york("2026-03-06 16:00"), 8) == new_york("2026-03-09 09:30")
    assert AMERICA.end_of_working_day(new_york("2026-10-30 18:00")) == new_york("2026-11-01 06:00")
    assert AMERICA.end_of_working_day(new_york("2026-11-01 07:00")) == new_york("2026-11-02 17:00")


def test_a_night_of_spring_is_an_hour_short_and_one_of_autumn_an_hour_long():
    for day, hours in (("2026-03-08", 5), ("2026-11-01", 7), ("2026-11-08", 6)):
        begin, end = new_york(f"{day} 00:00"), new_york(f"{day} 07:00")
        assert AMERICA.working_hours_between(begin.astimezone(UTC), end.astimezone(UTC)) == hours


def instants(first: str, last: str):
    """Draw aware instants from one day to another."""
    return st.datetimes(datetime.fromisoformat(first), datetime.fromisoformat(last), timezones=st.just(UTC))


def slow_office_seconds(calendar: WorkingCalendar, begin: datetime, end: datetime) -> int:
    """Count the seconds the office is open, one minute at a time; a Saturday worked in turn keeps Friday's hours."""
    seconds, at = 0, begin
    while at < end:
        local = at.astimezone(calendar.zone)
        since_midnight = local.hour * 3600 + local.minute * 60
        week = calendar.office.week
        spans = (week[local.weekday()] or week[4]) if calendar.is_working_day(local.date()) else ()
        if any(opens <= since_midnight < closes for opens, closes in spans):
            seconds += 60
        at += timedelta(minutes=1)
    return seconds


@settings(max_examples=50)
@given(st.sampled_from([VIETNAM, AMERICA]), instants("2026-01-01", "2026-12-01"), st.integers(0, 3000))
@example(VIETNAM, datetime(2026, 8, 20, tzinfo=UTC), 2911)  # ends on a Saturday worked for a Monday
def test_hours_between_agree_with_counting_minutes(calendar, at, minutes):
    begin = at.replace(second=0, microsecond=0)
    end = begin + timedelta(minutes=minutes)
    assert round(calendar.working_hours_between(begin, end) * 3600) == slow_office_seconds(calendar, begin, end)


@given(
    st.sampled_from([VIETNAM, AMERICA, SATURDAYS]),
    instants("2025-01-02", "2027-01-01"),
    st.integers(1, 800),
)
def test_the_office_has_been_open_as_long_as_was_added(calendar, at, tenths):
    due = calendar.add_working_hours(at, tenths / 10)
    assert calendar.working_hours_between(at, due) == tenths / 10
    assert calendar.working_hours_between(at, due - timedelta(microseconds=1)) < tenths / 10


@given(st.lists(instants("2025-01-01", "2027-01-01"), min_size=2, max_size=20), st.floats(0, 40))
def test_who_comes_first_is_due_first(accepted, days):
    at = np.sort(np.array([one.replace(tzinfo=None) for one in accepted], "datetime64[us]"))
    due = VIETNAM.add_working_days(at, days)
    assert (np.diff(due) >= np.timedelta64(0)).all()


@given(
    instants("2025-01-02", "2026-12-30"),
    st.sampled_from(["America/New_York", "Asia/Ho_Chi_Minh", "Africa/Cairo", "Australia/Lord_Howe"]),
)
def test_local_times_agree_with_the_standard_library(drawn, name):
    zone, naive = ZoneInfo(name), drawn.replace(tzinfo=None)
    clock = localtime.LocalTime(zone, range(2025, 2027))
    utc = clock.to_utc(np.array([naive], "datetime64[us]"))
    assert utc[0].item() == naive.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    local = clock.to_local(np.array([naive], "datetime64[us]"))
    assert local[0].item() == naive.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def test_a_million_due_dates_take_about_a_second():
    at = np.datetime64("2025-01-01", "us") + np.random.default_rng(1).integers(
        0, 31_536_000, 1_000_000
    ) * np.timedelta64(1, "s")
    start = time.process_time()
    due = VIETNAM.add_working_days(at, 5)
    assert time.process_time() - start < 2
    assert not np.isnat(due).any()


def test_the_examples_hold():
    assert doctest.testmod(calendars).failed == 0
    assert doctest.testmod(localtime).failed == 0
    assert doctest.testmod(office_hours).failed == 0
