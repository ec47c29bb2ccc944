"""Who made it late: hand-computed courses, and what holds for every course."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indicators.attribution import Move, Step, instants, largest, split
from indicators.calendar import WorkingCalendar

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
OFFICE = {day: [["07:30", "11:30"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
CALENDAR = WorkingCalendar({"country": "VN", "office": OFFICE}, ZONE, range(2026, 2028))
DAY = 8 * 3600
COMMUNE, POLICE, DESK = 1, 2, 3


def at(month: int, day: int, hour: int = 7, minute: int = 30) -> int:
    """Return a moment of 2026 in office seconds."""
    return int(CALENDAR.office_seconds(instants([datetime(2026, month, day, hour, minute, tzinfo=ZONE)]))[0])


def parts(stops) -> list[tuple]:
    return [(stop.step, stop.holder, stop.to, stop.late / DAY, stop.is_alone) for stop in stops]


# Interlinked birth registration of 2017: the commune passed the files on late, and the police returned them late.
# Accepted Monday 2 March 2026, 07:30. Monday to Friday are worked, 8 hours each; no holiday falls into March.


def test_a_health_card_five_days_late_because_the_commune_passed_it_on_late():
    # Plan: commune 2 days (until Tuesday's end), insurance 3 days (until Friday's). Appointment Fri 6, 17:00.
    # The commune passes it on on Wed 11, 07:30: 7 days used, 5 more than its 2. The insurance takes its 3 days.
    steps = [
        Step("1", COMMUNE, at(3, 2), at(3, 3, 17, 0), at(3, 11)),
        Step("2", POLICE, at(3, 11), at(3, 6, 17, 0), at(3, 13, 17, 0)),
    ]
    stops = split(at(3, 2), at(3, 6, 17, 0), at(3, 13, 17, 0), steps)
    assert parts(stops) == [("1", COMMUNE, 0, 5.0, True), ("2", POLICE, 0, 0.0, False)]
    assert [(stop.used / DAY, stop.allowed / DAY) for stop in stops] == [(7.0, 2.0), (3.0, 3.0)]


def test_a_residence_file_seven_days_late_through_the_commune_and_the_police():
    # Plan: commune 2 days, police 4, commune 1: appointment Tue 10, 17:00 (7 days). The commune passes it on after 5
    # (3 late), it lies one day before the police take it, they need 7 instead of 4 (3 late), the commune its one day.
    # 5 + 1 + 7 + 1 = 14 days: end Thu 19, 17:00; 7 days late = 3 commune + 1 handover + 3 police.
    steps = [
        Step("1", COMMUNE, at(3, 2), at(3, 3, 17, 0), at(3, 6, 17, 0)),
        Step("2", POLICE, at(3, 10), at(3, 9, 17, 0), at(3, 18, 17, 0)),
        Step("3", COMMUNE, at(3, 18, 17, 0), at(3, 10, 17, 0), at(3, 19, 17, 0)),
    ]
    stops = split(at(3, 2), at(3, 10, 17, 0), at(3, 19, 17, 0), steps)
    assert parts(stops) == [
        ("1", COMMUNE, 0, 3.0, False), (None, COMMUNE, POLICE, 1.0, False), ("2", POLICE, 0, 3.0, False),
        ("3", COMMUNE, 0, 0.0, False),
    ]  # fmt: skip
    assert sum(stop.late for stop in stops) == 7 * DAY


def test_a_residence_file_fourteen_days_late_because_the_police_returned_it_late():
    # The same plan of 7 days. The commune passes it on in time, the police return it after 18 days instead of 4:
    # 2 + 18 + 1 = 21 days, 14 late, all of them the police's; had they kept their time it would have been in time.
    steps = [
        Step("1", COMMUNE, at(3, 2), at(3, 3, 17, 0), at(3, 3, 17, 0)),
        Step("2", POLICE, at(3, 3, 17, 0), at(3, 9, 17, 0), at(3, 27, 17, 0)),
        Step("3", COMMUNE, at(3, 27, 17, 0), at(3, 10, 17, 0), at(3, 30, 17, 0)),
    ]
    stops = split(at(3, 2), at(3, 10, 17, 0), at(3, 30, 17, 0), steps)
    assert parts(stops) == [
        ("1", COMMUNE, 0, 0.0, False), ("2", POLICE, 0, 14.0, True), ("3", COMMUNE, 0, 0.0, False),
    ]  # fmt: skip


def test_what_a_later_step_catches_up_is_taken_from_what_was_added_last():
    # 1 is 4 behind, 2 adds 3 (7 behind), 3 catches up 5: left are 2 of the first one's 4.
    steps = [Step("1", 1, 0, 10, 14), Step("2", 2, 14, 20, 27), Step("3", 3, 27, 30, 32)]
    assert [stop.late for stop in split(0, 30, 32, steps)] == [2, 0, 0]


def test_a_step_that_ran_beside_the_one_the_file_waited_for_has_no_part():
    steps = [Step("1", 1, 0, 5, 20), Step("2", 2, 2, 4, 12)]
    stops = split(0, 10, 20, steps)
    assert [(stop.step, stop.late) for stop in stops] == [("1", 10)]


def test_the_wait_for_a_step_that_ran_beside_limits_what_keeping_time_would_have_spared():
    # Without step 1's 10 the file would still have waited for step 2 until 18.
    stops = split(0, 10, 20, [Step("1", 1, 0, 10, 20), Step("2", 2, 2, 4, 18)])
    assert not stops[0].is_alone


def test_steps_that_overlap_a_little_follow_each_other():
    stops = split(0, 9, 10, [Step("1", 1, 0, 4, 6), Step("2", 2, 5, 9, 10)])
    assert [(stop.step, stop.begin, stop.end, stop.late) for stop in stops] == [("1", 0, 5, 1), ("2", 5, 10, 0)]


def test_steps_without_due_times_share_the_planned_time_equally():
    # 12 planned for three: 4 each. They took 4, 7 and 4.
    steps = [Step("1", 1, 0, None, 4), Step("2", 2, 4, None, 11), Step("3", 3, 11, None, 15)]
    assert [(stop.allowed, stop.late, stop.is_alone) for stop in split(0, 12, 15, steps)] == [
        (4, 0, False), (4, 3, True), (4, 0, False),
    ]  # fmt: skip


def test_steps_that_tell_only_their_end_begin_when_the_one_before_ended():
    steps = [Step("b", 2, None, None, 9), Step("a", 1, None, None, 4), Step("c", 3, None, None, 20)]
    stops = split(0, 12, 20, steps)
    assert [(stop.step, stop.begin, stop.end, stop.late) for stop in stops] == [
        ("a", 0, 4, 0), ("b", 4, 9, 1), ("c", 9, 20, 7),
    ]  # fmt: skip


def test_a_step_without_an_end_ended_when_the_next_began_unless_the_dossier_is_open():
    steps = [Step("1", 1, 0, 5, None), Step("2", 2, 8, 10, 12)]
    ended = split(0, 10, 14, steps)
    assert [(stop.step, stop.holder, stop.to, stop.begin, stop.end) for stop in ended] == [
        ("1", 1, 0, 0, 8), ("2", 2, 0, 8, 12), (None, 2, 0, 12, 14),
    ]  # fmt: skip
    assert [stop.step for stop in split(0, 10, 14, steps, is_open=True)] == ["1"]


def test_a_step_that_ends_before_it_begins_took_no_time():
    stops = split(0, 5, 10, [Step("1", 1, 8, 5, 2), Step("2", 2, 2, 5, 10)])
    assert sum(stop.late for stop in stops) == 5
    assert [(stop.step, stop.holder, stop.to, stop.used) for stop in stops] == [
        (None, 0, 1, 2),
        ("2", 2, 0, 8),
    ]


def test_without_any_time_of_any_step_nothing_can_be_said():
    assert split(0, 5, 10, []) == []
    assert split(0, 5, 10, [Step("1", 1, None, 5, None)]) == []


def test_a_moved_appointment_moves_the_plan_of_what_was_not_done_yet():
    # Planned 4 and 8, moved at 5 by 4: the second step may take until 12; it took until 13.
    steps = [Step("1", 1, 0, 4, 4), Step("2", 2, 4, 8, 13)]
    stops = split(0, 12, 13, steps, [Move(5, 4)])
    assert [(stop.allowed, stop.late) for stop in stops] == [(4, 0), (8, 1)]


def test_a_file_late_only_by_a_night_has_no_office_time_to_split_and_names_its_last_stop():
    stops = split(0, 10, 10, [Step("1", 1, 0, 5, 5), Step("2", 2, 5, 10, 10)])
    assert [stop.late for stop in stops] == [0, 0]
    assert largest(stops) == 1


def test_nights_and_days_off_weigh_nothing():
    friday, monday = datetime(2026, 3, 6, 17, 0, tzinfo=ZONE), datetime(2026, 3, 9, 7, 30, tzinfo=ZONE)
    found = CALENDAR.office_seconds(instants([friday, monday, None]))
    assert found[0] == found[1]
    assert found[2] == -1
    assert found.dtype == np.int64


moments = st.none() | st.integers(-20, 120)
steps_of = st.lists(st.tuples(st.integers(1, 5), moments, moments, moments), max_size=7).map(
    lambda rows: [Step(str(code), *row) for code, row in enumerate(rows)]
)
moves_of = st.lists(st.builds(Move, st.integers(0, 100), st.integers(-10, 20)), max_size=3)


@given(steps_of, st.integers(0, 100), st.integers(0, 100), moves_of, st.booleans(), st.randoms())
def test_parts_are_never_negative_and_add_up_whatever_the_records_say_and_in_any_order(
    steps, due, end, moves, is_open, chance
):
    stops = split(0, due, end, steps, moves, is_open)
    assert bool(stops) == any(one.begin is not None or one.end is not None for one in steps)
    if stops:
        assert sum(stop.late for stop in stops) == max(0, end - due)
        assert sum(stop.used for stop in stops) == end
        assert all(stop.late >= 0 and stop.used >= 0 and stop.allowed >= 0 for stop in stops)
        assert [stop.begin for stop in stops[1:]] == [stop.end for stop in stops[:-1]]
        told = [stop.step for stop in stops if stop.step is not None]
        assert len(told) == len(set(told))
    chance.shuffle(shuffled := list(steps))
    assert split(0, due, end, shuffled, moves, is_open) == stops


@given(steps_of, st.integers(0, 60), st.integers(61, 100))
def test_a_stop_that_alone_made_it_late_has_used_at_least_the_whole_lateness_beyond_its_time(steps, due, end):
    for stop in split(0, due, end, steps):
        if stop.is_alone:
            assert stop.used - stop.allowed >= end - due
