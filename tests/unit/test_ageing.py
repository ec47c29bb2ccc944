from datetime import date, timedelta
from itertools import pairwise

import pytest

from indicators.ageing import RANGES, Ageing
from indicators.calendar import WorkingCalendar

HOURS = [["07:30", "11:30"], ["13:00", "17:00"]]
WEEK = {"office": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), HOURS)}
SUNDAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def ageing() -> Ageing:
    return Ageing(WorkingCalendar(WEEK, "Asia/Ho_Chi_Minh", range(2020, 2028)), SUNDAY)


def test_only_days_on_which_the_office_opens_count(ageing: Ageing) -> None:
    assert [ageing.days(date(2026, 11, day)) for day in (22, 20, 19, 17, 16, 13)] == [1, 1, 1, 3, 4, 5]


def test_a_file_that_ended_is_as_late_as_it_was_then(ageing: Ageing) -> None:
    assert ageing.between(date(2026, 11, 10), date(2026, 11, 12)) == 2
    assert ageing.between(date(2026, 11, 13), date(2026, 11, 14)) == 1


def test_the_ranges_part_all_due_days(ageing: Ageing) -> None:
    spans = [ageing.due_between(name) for name in RANGES]
    assert spans[0][1] == SUNDAY
    assert spans[-1][0] == date.min
    for (first, _), (_, last) in pairwise(spans):
        assert first - last == timedelta(days=1)
    for name, (first, last) in zip(RANGES, spans, strict=True):
        assert ageing.range_of(last) == name
        assert first == date.min or ageing.range_of(first) == name


def test_the_bounds_part_the_ranges(ageing: Ageing) -> None:
    bounds = ageing.bounds
    assert bounds == [ageing.due_between(name)[0] for name in ("8-30", "4-7", "1-3")]
    for back in range(120):
        day = SUNDAY - timedelta(days=back)
        assert RANGES[len(bounds) - sum(bound <= day for bound in bounds)] == ageing.range_of(day)


def test_a_name_that_is_no_range_is_refused(ageing: Ageing) -> None:
    with pytest.raises(ValueError, match="9-12"):
        ageing.due_between("9-12")
