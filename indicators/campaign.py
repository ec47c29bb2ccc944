"""A campaign for results within the day: how far it is, how far it should be, where it ends at this pace."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

PACE_DAYS = 10  # whole working days whose mean is the present pace
Working = Callable[[date], bool]


class Campaign(NamedTuple):
    """From the first to the last day: the share of dossiers to be finished the day they come, and how many in all."""

    first: date
    last: date
    share: float | None
    dossiers: int | None
    standing: str


class Course(NamedTuple):
    """Dossiers finished within the day since the beginning, what the pace line says for today, and the end.

    `expected` and `forecast` are None where there is no target, or no whole working day yet. `days` of `of_days`
    working days have passed, today included.
    """

    done: int
    expected: float | None
    forecast: float | None
    a_day: float | None
    days: int
    of_days: int


def read(rules: Mapping[str, Any]) -> Campaign | None:
    """Return the campaign of a profile's rules ([rules.same_day_campaign]), or None.

    >>> read({"same_day_campaign": {"first": "2026-10-01", "last": "2026-12-31", "dossiers": 700000}}).dossiers
    700000
    >>> read({}) is None
    True
    """
    said = rules.get("same_day_campaign")
    if not said:
        return None
    first, last = (date.fromisoformat(str(said[name])) for name in ("first", "last"))
    return Campaign(first, last, said.get("share"), said.get("dossiers"), said.get("standing", "provisional"))


def working_days(first: date, last: date, is_working: Working) -> list[date]:
    """Return the working days from the first to the last day, both included."""
    return [day for day in (first + timedelta(days=n) for n in range((last - first).days + 1)) if is_working(day)]


def course(campaign: Campaign, daily: Mapping[date, int], is_working: Working, today: date) -> Course:
    """Return where a campaign is at the end of today; `daily` are the dossiers of each day so far.

    >>> days = {date(2026, 11, 2): 10, date(2026, 11, 3): 20, date(2026, 11, 4): 5}
    >>> plan = Campaign(date(2026, 11, 2), date(2026, 11, 6), None, 100, "provisional")
    >>> course(plan, days, lambda day: day.weekday() < 5, date(2026, 11, 4))
    Course(done=35, expected=60.0, forecast=65.0, a_day=15.0, days=3, of_days=5)
    """
    every = working_days(campaign.first, campaign.last, is_working)
    passed = [day for day in every if day <= today]
    whole = [day for day in passed if day < today][-PACE_DAYS:]
    done = sum(n for day, n in daily.items() if campaign.first <= day <= min(campaign.last, today))
    a_day = sum(daily.get(day, 0) for day in whole) / len(whole) if whole else None
    expected = campaign.dossiers * len(passed) / len(every) if campaign.dossiers and every else None
    left = len(every) - len(passed)
    forecast = None if a_day is None else round(done + a_day * left, 1)
    return Course(done, expected, forecast, a_day, len(passed), len(every))


def lines(
    campaign: Campaign, daily: Mapping[date, int], is_working: Working, today: date
) -> list[dict[str, str | float | None]]:
    """Return a point a day of the campaign: what came together by its end (None ahead), and the pace line.

    >>> plan = Campaign(date(2026, 11, 2), date(2026, 11, 3), None, 100, "provisional")
    >>> lines(plan, {date(2026, 11, 2): 10}, lambda day: True, date(2026, 11, 2))[1]
    {'day': '2026-11-03', 'done': None, 'pace': 100.0}
    """
    every = set(working_days(campaign.first, campaign.last, is_working))
    found: list[dict[str, str | float | None]] = []
    done = passed = 0
    for n in range((campaign.last - campaign.first).days + 1):
        day = campaign.first + timedelta(days=n)
        done += daily.get(day, 0)
        passed += day in every
        pace = campaign.dossiers * passed / len(every) if campaign.dossiers and every else None
        found.append({"day": day.isoformat(), "done": done if day <= today else None, "pace": pace})
    return found
