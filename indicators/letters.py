"""Letters of apology: which rule binds whom, by when a letter must be sent, and what is wrong with one that was.

Rules are data (a profile's letters.toml). Of the rules that bind a unit on a day each says something; where two say
something of the same, the later one in the file stands: the city's decision over the decree, a district's over both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from indicators.calendar import WorkingCalendar

NUMBERS = (
    "within_working_days", "at_most", "longest_extension",
    "review_within_working_days", "interlinked_within_working_days",
)  # fmt: skip
TEXTS = ("signed_by", "interlinked_signed_by")
CONTENTS = ("applicant", "kind", "receipt", "status", "reason", "new_due", "apology")
LONGEST_WAIT = 60


@dataclass(frozen=True)
class Rule:
    """What binds one unit on one day; None = no rule says so.

    `within_working_days` after the missed day the letter is due by that day's end (0 = on the missed day itself);
    `longest_extension` is a share of the statutory time; `sources` are the rules that say so, in their order.
    """

    within_working_days: float | None = None
    at_most: float | None = None
    longest_extension: float | None = None
    review_within_working_days: float | None = None
    interlinked_within_working_days: float | None = None
    signed_by: str | None = None
    interlinked_signed_by: str | None = None
    contents: tuple[str, ...] = CONTENTS
    sources: tuple[str, ...] = ()

    def days(self, is_interlinked: bool) -> int | None:
        """Return within how many working days after the missed day the letter must be sent."""
        days = self.interlinked_within_working_days if is_interlinked else None
        days = self.within_working_days if days is None else days
        return None if days is None else int(days)


def rule_of(rules: Sequence[Mapping[str, Any]], codes: set[str], day: date) -> Rule | None:
    """Return what the rules say together of a unit on a day; `codes` are the unit's own and its predecessors'.

    >>> rules = [{"id": "a", "from": "2016-09-30"}, {"id": "b", "units": ["777"], "at_most": 1}]
    >>> rule_of(rules, {"777"}, date(2026, 1, 1)).sources, rule_of(rules, {"760"}, date(2026, 1, 1)).at_most
    (('a', 'b'), None)
    """
    binding = [one for one in rules if _binds(one, codes, day)]
    if not binding:
        return None
    known = {field.name for field in fields(Rule)} - {"sources", "contents"}
    said: dict[str, Any] = {}
    for one in binding:
        said |= {name: one[name] for name in known if one.get(name) is not None}
        if one.get("contents"):
            said["contents"] = tuple(one["contents"])
    return Rule(**said, sources=tuple(str(one["id"]) for one in binding))


def _binds(rule: Mapping[str, Any], codes: set[str], day: date) -> bool:
    begins, ends = (rule.get(name) for name in ("from", "to"))
    if begins and day < date.fromisoformat(str(begins)):
        return False
    if ends and day > date.fromisoformat(str(ends)):
        return False
    return not rule.get("units") or bool(codes & set(rule["units"]))


def predecessors(units: Sequence[Any], successors: Sequence[Any]) -> dict[int, set[str]]:
    """Return the codes that each unit (by id) answers to in rules: its own, and those of the units it followed.

    Of several that it followed at once only the one that gave it the largest share counts: a ward with a corner of
    another district is not bound by that district's rules.
    """
    codes = {unit.id: unit.code for unit in units}
    main: dict[int, Any] = {}
    for one in successors:
        if one.to_id not in main or one.share > main[one.to_id].share:
            main[one.to_id] = one
    found: dict[int, set[str]] = {}
    for unit in units:
        own, seen = unit.id, set()
        while own not in seen:
            seen.add(own)
            own = main[own].from_id if own in main else own
        found[unit.id] = {codes[one] for one in seen if one in codes}
    return found


def last_day(missed: date, days: int, calendar: WorkingCalendar) -> date:
    """Return the last day on which a letter is in time: the missed day, or so many working days after it."""
    day = missed
    while days > 0:
        day += timedelta(days=1)
        days -= calendar.is_working_day(day)
    return day


def earliest_in_time(today: date, days: int, calendar: WorkingCalendar) -> date:
    """Return the earliest missed day whose letter would still be in time today.

    Whatever was due before that day's midnight and has no letter is overdue.
    """
    day = today
    for _ in range(LONGEST_WAIT):
        if last_day(day - timedelta(days=1), days, calendar) < today:
            break
        day -= timedelta(days=1)
    return day


@dataclass(frozen=True)
class Letter:
    """A letter that was sent for a missed appointment; `lawful_s` is the statutory time, `added_s` the extension."""

    sent_at: datetime
    missed_on: date
    number: int
    is_interlinked: bool = False
    lawful_s: float | None = None
    added_s: float | None = None


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a letter, and by when responsibility for the delay must be reviewed (the day's end)."""

    is_late: bool
    is_again: bool
    is_too_long: bool
    review_on: date | None


def judge(letter: Letter, rule: Rule | None, sent_on: date, calendar: WorkingCalendar) -> Verdict:
    """Judge a letter by the rule that binds it; without a rule nothing is wrong with it."""
    if rule is None:
        return Verdict(False, False, False, None)
    days = rule.days(letter.is_interlinked)
    is_late = days is not None and sent_on > last_day(letter.missed_on, days, calendar)
    is_again = rule.at_most is not None and letter.number > rule.at_most
    has_both = rule.longest_extension is not None and letter.lawful_s and letter.added_s is not None
    is_too_long = bool(has_both and (letter.added_s or 0) > (rule.longest_extension or 0) * (letter.lawful_s or 0))
    review = rule.review_within_working_days
    return Verdict(is_late, is_again, is_too_long, None if review is None else last_day(sent_on, int(review), calendar))
