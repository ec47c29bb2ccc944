import doctest
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from indicators import clocks
from indicators.calendar import WorkingCalendar

HCM = ZoneInfo("Asia/Ho_Chi_Minh")
NEW_YORK = ZoneInfo("America/New_York")
FULL_DAY = [["07:30", "11:30"], ["13:00", "17:00"]]
WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), FULL_DAY)
VIETNAM = WorkingCalendar({"country": "VN", "office": WEEK | {"sat": [["07:30", "11:30"]]}}, HCM, range(2025, 2028))
AMERICA = WorkingCalendar({"office": WEEK}, NEW_YORK, range(2025, 2028))


def utc(*texts: str, zone: ZoneInfo = HCM) -> np.ndarray:
    """Return instants from local texts; "" is a missing time."""
    return np.array([_utc(text, zone) for text in texts], "datetime64[us]")


def _utc(text: str, zone: ZoneInfo) -> np.datetime64:
    if not text:
        return np.datetime64("NaT", "us")
    return np.datetime64(int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()), "s")


def same(found: np.ndarray, expected: np.ndarray) -> bool:
    return np.array_equal(found, expected, equal_nan=True)


def test_a_dossier_is_due_its_procedures_working_days_after_acceptance():
    # the last one: Friday 6.5 h, Saturday mornings before and after Tết 4 h each, Monday 8 h, Tuesday 1.5 h
    accepted = utc("2026-11-09 09:00", "2026-11-09 09:00", "2026-11-10 16:30", "2026-02-13 09:00")
    due = clocks.statutory_due(accepted, [1, 0.5, 2, 3], VIETNAM)
    assert same(due, utc("2026-11-10 09:00", "2026-11-09 14:30", "2026-11-12 16:30", "2026-02-24 09:00"))


def test_a_procedure_without_statutory_time_gives_no_due_date():
    assert np.isnat(clocks.statutory_due(utc("2026-11-09 09:00", ""), [np.nan, 3], VIETNAM)).all()


@pytest.mark.parametrize(
    ("accepted", "due"),
    [
        ("2026-11-09 00:00", "2026-11-09 17:00"),
        ("2026-11-09 06:59", "2026-11-09 17:00"),
        ("2026-11-09 15:00", "2026-11-09 17:00"),
        ("2026-11-09 15:01", "2026-11-10 17:00"),
        ("2026-11-09 23:59", "2026-11-10 17:00"),
        ("2026-11-13 15:01", "2026-11-14 11:30"),  # a Saturday morning is a working day
        ("2026-11-14 09:00", "2026-11-14 11:30"),
        ("2026-11-14 14:00", "2026-11-16 17:00"),  # before the cutoff, but closed
        ("2026-11-15 16:00", "2026-11-16 17:00"),
        ("2026-11-23 15:01", "2026-11-25 17:00"),  # the day between is a holiday
        ("", ""),
    ],
)
def test_zero_days_are_settled_the_same_day_or_after_the_cutoff_the_next(accepted, due):
    assert same(clocks.statutory_due(utc(accepted), 0, VIETNAM, "15:00"), utc(due))


def test_one_call_handles_dossiers_of_both_kinds():
    accepted = utc("2026-11-09 16:00", "2026-11-09 16:00", "2026-11-09 16:00")
    due = clocks.statutory_due(accepted, [0, 1, np.nan], VIETNAM)
    assert same(due, utc("2026-11-10 17:00", "2026-11-10 16:00", ""))


def test_the_cutoff_is_a_time_of_the_wall_clock_on_both_sides_of_a_clock_change():
    for day in ("2026-03-09", "2026-11-02"):
        accepted = utc(f"{day} 15:00", f"{day} 15:01", zone=NEW_YORK)
        end = utc(f"{day} 17:00", zone=NEW_YORK)[0]
        assert list(clocks.statutory_due(accepted, 0, AMERICA)) == [end, end + np.timedelta64(1, "D")]


def test_a_dossier_must_be_accepted_within_a_working_day():
    due = clocks.acceptance_due(utc("2026-11-09 16:00", "2026-11-14 22:00", ""), VIETNAM)
    assert same(due, utc("2026-11-10 16:00", "2026-11-16 17:00", ""))
    assert same(clocks.acceptance_due(utc("2026-11-09 16:00"), VIETNAM, 0.25), utc("2026-11-10 08:30"))


def test_calls_are_due_by_the_clock_and_never_without_a_limit():
    due = clocks.ticket_due(utc("2026-11-14 22:00", "2026-11-14 22:00", ""), [2, np.nan, 2])
    assert same(due, utc("2026-11-15 00:00", "", ""))


def test_a_million_dossiers_take_about_a_second():
    at = np.datetime64("2026-01-05", "us") + np.arange(1_000_000) * np.timedelta64(20, "s")
    days = np.tile([0, 0.5, 1, 3, 15], 200_000)
    start = time.process_time()
    due = clocks.statutory_due(at, days, VIETNAM)
    assert time.process_time() - start < 2
    assert (due >= at).all()


def test_the_examples_hold():
    assert doctest.testmod(clocks).failed == 0
