"""Where a campaign for results within the day stands."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import campaign
from indicators.campaign import Campaign

FIRST, LAST = date(2026, 10, 1), date(2026, 12, 31)
PLAN = Campaign(FIRST, LAST, 0.35, 700_000, "provisional")
days_of_it = st.dictionaries(st.dates(FIRST, LAST), st.integers(0, 20_000), max_size=40)


def weekdays(day: date) -> bool:
    return day.weekday() < 5


def test_the_pace_line_ends_at_the_target_and_rests_on_days_off() -> None:
    line = campaign.lines(PLAN, {}, weekdays, FIRST)
    by_day = {one["day"]: one["pace"] for one in line}
    assert by_day["2026-12-31"] == 700_000
    assert by_day["2026-10-02"] == by_day["2026-10-04"]  # Friday and Sunday
    assert len(line) == 92


def test_what_lies_ahead_is_not_zero_but_unknown() -> None:
    line = campaign.lines(PLAN, {FIRST: 5}, weekdays, FIRST)
    assert (line[0]["done"], line[1]["done"]) == (5, None)


def test_a_steady_campaign_is_forecast_at_its_target() -> None:
    every = campaign.working_days(FIRST, LAST, weekdays)
    today = date(2026, 11, 16)
    daily = {day: 1000 for day in every if day <= today}
    plan = PLAN._replace(dossiers=1000 * len(every))
    found = campaign.course(plan, daily, weekdays, today)
    assert found.done == found.expected
    assert found.forecast == plan.dossiers


@given(days_of_it, st.dates(FIRST - timedelta(days=9), LAST + timedelta(days=9)))
def test_done_is_what_the_days_up_to_now_add_up_to(daily, today) -> None:
    found = campaign.course(PLAN, daily, weekdays, today)
    assert found.done == sum(n for day, n in daily.items() if day <= today)
    assert 0 <= found.days <= found.of_days == 66
    assert found.forecast is None or found.forecast >= found.done


def test_without_a_target_there_is_no_pace() -> None:
    found = campaign.course(PLAN._replace(dossiers=None), {FIRST: 3}, weekdays, FIRST)
    assert (found.expected, found.forecast) == (None, None)  # no whole working day yet


@pytest.mark.parametrize("said", [{"first": "2026-10-01", "last": "2026-12-31"}, {"first": FIRST, "last": LAST}])
def test_a_campaign_is_read_from_rules_as_the_profile_or_the_database_has_them(said) -> None:
    found = campaign.read({"same_day_campaign": said | {"share": 0.35}})
    assert found == Campaign(FIRST, LAST, 0.35, None, "provisional")
