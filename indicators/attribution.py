"""Who made a dossier late: its lateness split over the steps it went through and the handovers between them.

All instants are whole seconds of office time since one common opening (WorkingCalendar.office_seconds): nights and
holidays weigh nothing. The method:

1. The course. From the end backwards, each moment belongs to the step that the file waited for: of the steps under
   way, the one that ended first after it. Steps that ran beside it delayed nothing and get nothing. Where no step was
   under way the file lay between two: a handover, from the step that ended last to the one that began next.
2. The plan. Each step has a planned end: its own due time; without one, the planned time up to the next known due time
   is divided equally among those that have none. The last stop's planned end is the dossier's appointment, and no plan
   goes beyond it. When the appointment was moved, the planned ends of what was not done yet move as far.
3. The split. After each stop the file is so and so far behind the plan. A stop that lets it fall further behind adds
   to the delay, one that catches up takes away what was added last. What is left at the end is the lateness: the
   parts add up to the whole, to the second. A handover has no planned time of its own: it may last as long as the
   sender was ahead of the plan.

A stop that got the file late is not blamed for that: it is allowed its planned time from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from indicators.localtime import Times

NOBODY = 0


class Step(NamedTuple):
    """One step as the records tell of it; what they do not tell is None. `holder` is any id but 0."""

    code: str
    holder: int
    begin: int | None
    due: int | None
    end: int | None


class Move(NamedTuple):
    """The appointment was moved at an instant, by so much office time (below 0: to an earlier day)."""

    at: int
    by: int


class Stop(NamedTuple):
    """One stretch of a dossier's course: a step, or (step None) the handover from `holder` to `to`.

    `used` lasted it, `allowed` would have been as planned, `late` is its part of the lateness. `is_alone`: the
    dossier would have been in time, had this stop alone kept its time and all others taken as long as they did.
    """

    step: str | None
    holder: int
    to: int
    begin: int
    end: int
    allowed: int
    late: int
    is_alone: bool

    @property
    def used(self) -> int:
        """Return how long it lasted."""
        return self.end - self.begin


@dataclass(frozen=True)
class _Stretch:
    step: str | None
    holder: int
    to: int
    begin: int
    end: int
    due: int | None = None


class _Span(NamedTuple):
    """A step with both its ends known."""

    begin: int
    end: int
    step: Step


def split(
    begin: int, due: int, end: int, steps: Sequence[Step], moves: Iterable[Move] = (), is_open: bool = False
) -> list[Stop]:
    """Return the stops of a dossier from `begin` (accepted) to `end`, with their parts of max(0, end - due).

    Empty when no step tells of any time: then nothing can be said. `is_open`: `end` is now, and a step without an end
    is still under way; of a dossier that ended such a step ended when the next one began.

    >>> steps = [Step("1", 7, 0, 10, 14), Step("2", 8, 14, 20, 25)]
    >>> [(stop.step, stop.late, stop.is_alone) for stop in split(0, 20, 25, steps)]
    [('1', 4, False), ('2', 1, False)]
    """
    end = max(end, begin)
    due = max(due, begin)
    spans = _spans(begin, end, steps, is_open)
    if not spans:
        return []
    course = _course(begin, end, spans)
    plan = _plan(begin, due, course, moves)
    late = _split(begin, course, plan)
    return _judged(course, plan, begin, late, spans, max(0, end - due))


def instants(at: Sequence[datetime | None]) -> Times:
    """Return aware datetimes as datetime64 in UTC, None as NaT."""
    naive = [None if one is None else one.astimezone(UTC).replace(tzinfo=None) for one in at]
    return np.array([np.datetime64("NaT") if one is None else one for one in naive], "datetime64[us]")


def _spans(begin: int, end: int, steps: Sequence[Step], is_open: bool) -> list[_Span]:
    """Return the steps that were begun, their unknown ends filled in, cut to the dossier's time, in a fixed order."""
    told = sorted((one for one in steps if one.begin is not None or one.end is not None), key=lambda one: one.code)
    ends = sorted((one.end, one.code) for one in told if one.end is not None)
    begins = sorted(one.begin for one in told if one.begin is not None)
    spans = []
    for one in told:
        last = one.end
        if last is None:
            later = [at for at in begins if one.begin is not None and at > one.begin]
            last = later[0] if later and not is_open else end
        first = one.begin
        if first is None:
            before = [at for at, code in ends if (at, code) < (last, one.code)]
            first = before[-1] if before else begin
        first, last = min(first, last), last
        spans.append(_Span(_within(first, begin, end), _within(last, begin, end), one))
    return spans


def _within(at: int, low: int, high: int) -> int:
    return min(max(at, low), high)


def _course(begin: int, end: int, spans: list[_Span]) -> list[_Stretch]:
    """Return the stretches that the dossier waited for, first to last; together they are its whole time."""
    rest, course, at, receiver = list(spans), [], end, NOBODY
    while at > begin:
        active = [one for one in rest if one.begin < at <= one.end]
        if active:
            one = min(active, key=lambda span: (span.end, -span.begin, span.step.code))
            course.append(_Stretch(one.step.code, one.step.holder, NOBODY, one.begin, at, one.step.due))
            at, receiver = one.begin, one.step.holder
            rest.remove(one)
            continue
        before = max((one for one in rest if one.end <= at), key=_last, default=None)
        since, sender = (before.end, before.step.holder) if before else (begin, NOBODY)
        if since < at:
            course.append(_Stretch(None, sender, receiver, since, at))
        if before and before.begin == before.end:
            receiver = sender
            rest.remove(before)
        at = since
    return course[::-1] or [_last_instant(begin, spans)]


def _last(span: _Span) -> tuple[int, int, str]:
    return span.end, span.begin, span.step.code


def _last_instant(begin: int, spans: list[_Span]) -> _Stretch:
    """Return the one stretch of a dossier that took no office time: that of its last step."""
    one = max(spans, key=_last)
    return _Stretch(one.step.code, one.step.holder, NOBODY, begin, begin, one.step.due)


def _plan(begin: int, due: int, course: list[_Stretch], moves: Iterable[Move]) -> list[int]:
    """Return the planned end of each stretch: never before that of the one before it, never after the appointment."""
    given = [None if one.step is None else one.due for one in course]
    given[-1] = None
    for move in moves:
        given = [
            at if at is None or one.end <= move.at else at + move.by for at, one in zip(given, course, strict=True)
        ]
    plan: list[int] = []
    at = begin
    for place, one in enumerate(course):
        told = given[place]
        if place == len(course) - 1:
            at = due
        elif one.step is not None:
            at = max(at, min(told if told is not None else _share(at, due, course[place:], given[place:]), due))
        plan.append(at)
    return plan


def _share(at: int, due: int, course: list[_Stretch], given: list[int | None]) -> int:
    """Return the planned end of the first step of `course`, which has none: an equal part up to the next known one."""
    waiting = 0
    for place, one in enumerate(course):
        told = given[place]
        if told is not None:
            return at + max(0, min(told, due) - at) // (waiting + 1)
        waiting += one.step is not None
    return at + max(0, due - at) // max(waiting + (course[-1].step is None), 1)


def _split(begin: int, course: list[_Stretch], plan: list[int]) -> list[int]:
    """Return what each stretch has of the delay that is left at the end."""
    added = [0] * len(course)
    behind, planned = 0, begin
    for place, one in enumerate(course):
        planned = plan[place] if one.step is not None or place == len(course) - 1 else planned
        now_behind = max(0, one.end - planned)
        added[place] = max(0, now_behind - behind)
        caught_up = behind - now_behind
        for earlier in range(place - 1, -1, -1):
            if caught_up <= 0:
                break
            taken = min(added[earlier], caught_up)
            added[earlier] -= taken
            caught_up -= taken
        behind = now_behind
    return added


def _judged(
    course: list[_Stretch], plan: list[int], begin: int, late: list[int], spans: list[_Span], whole: int
) -> list[Stop]:
    on_course = {one.step for one in course}
    beside = [span for span in spans if span.step.code not in on_course]
    stops, before = [], begin
    for place, one in enumerate(course):
        allowed = max(0, plan[place] - min(one.begin, before))
        spared = max(0, one.end - one.begin - allowed)
        waits = max((span.end for span in beside if one.begin < span.end <= one.end), default=one.begin)
        is_alone = whole > 0 and min(spared, one.end - waits) >= whole
        stops.append(Stop(one.step, one.holder, one.to, one.begin, one.end, allowed, late[place], is_alone))
        before = plan[place]
    return stops


def largest(stops: Sequence[Stop]) -> int:
    """Return the place of the stop with the largest part of the lateness; of equals, and of none at all, the last.

    >>> largest([Stop("1", 1, 0, 0, 5, 5, 0, False), Stop("2", 2, 0, 5, 9, 1, 3, True)])
    1
    """
    return max(range(len(stops)), key=lambda place: (stops[place].late, place))
