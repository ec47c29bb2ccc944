"""One dossier as the records tell of it, and what becomes of it: its clock, its stops, its lateness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from indicators.attribution import Move, Step, Stop, instants, split
from indicators.calendar import WorkingCalendar
from indicators.pauses import Clock, clock

PAUSED = 5
At = dict[datetime | None, int | None]


@dataclass(frozen=True)
class Told:
    """What the database knows of one dossier; instants are aware datetimes, days those of the city."""

    code: str
    unit_id: int
    field_id: int
    accepted_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    ended_on: date | None
    statutory_days: float | None = None  # where the appointment was given, not computed
    asked_at: datetime | None = None
    steps: list[tuple] = field(default_factory=list)  # code, holder, started, due, finished, status
    dues: list[tuple] = field(default_factory=list)  # due, since
    pauses: list[tuple] = field(default_factory=list)  # from, to, reason
    letter_at: datetime | None = None

    def moments(self) -> Iterable[datetime | None]:
        """Return every instant of the dossier."""
        yield from (self.accepted_at, self.due_at, self.ended_at)
        for _, _, started, due, finished, _ in self.steps:
            yield from (started, due, finished)
        for due, since in self.dues:
            yield from (due, since)
        for begin, end, _ in self.pauses:
            yield from (begin, end)

    @property
    def is_late(self) -> bool:
        """Tell whether it ended after its appointment."""
        return self.is_late_at(self.ended_at)

    def is_late_at(self, end: datetime | None) -> bool:
        """Tell whether an end lies after its appointment."""
        if self.accepted_at is None or self.due_at is None or end is None:
            return False
        return end > max(self.due_at, self.accepted_at)


@dataclass(frozen=True)
class Explained:
    """What was found of one dossier: its clock, and its stops when it ended late."""

    told: Told
    clock: Clock | None
    stops: list[Stop]
    late_s: int
    late_first: bool
    late_fair: bool


def explained(dossiers: Sequence[Told], calendar: WorkingCalendar, now: datetime | None = None) -> list[Explained]:
    """Return what becomes of each dossier; every instant is put on the office's clock at once.

    One that has not ended is explained up to `now`; without it, it has no clock and no stops.
    """
    at = office_clock(dossiers, calendar, now)
    day_s = round(calendar.day_hours * 3600)
    return [_explained(one, at, day_s, now) for one in dossiers]


def office_clock(dossiers: Sequence[Told], calendar: WorkingCalendar, now: datetime | None = None) -> At:
    """Return every instant of some dossiers as office seconds."""
    moments = sorted({at for one in dossiers for at in (*one.moments(), now) if at is not None})
    clocks: At = dict(zip(moments, calendar.office_seconds(instants(moments)).tolist(), strict=True))
    clocks[None] = None
    return clocks


def _explained(one: Told, at: At, day_s: int, now: datetime | None) -> Explained:
    ended = one.ended_at or now
    begin, due, end = at[one.accepted_at], at[one.due_at], at[ended]
    if begin is None or due is None or end is None:
        return Explained(one, None, [], 0, False, False)
    dues = [at[told] or 0 for told, _ in one.dues] or [due]
    dues = dues if dues[-1] == due else [*dues, due]
    lawful = None if one.statutory_days is None else begin + round(max(one.statutory_days, 1) * day_s)
    if len(set(dues)) == 1 and lawful is not None and due - lawful > day_s:
        dues = [lawful, due]  # nobody told when it was moved, but nothing else puts it so far beyond the lawful time
    judged = clock(dues, _pauses(one, at), end, day_s, is_asked=one.asked_at is not None)
    is_late = one.is_late_at(ended)
    late_s = max(0, end - max(due, begin)) if is_late else 0
    has_course = is_late or now is not None
    stops = split(begin, due, end, steps(one, at), moves(one, at), one.ended_at is None) if has_course else []
    is_first_later = is_late if dues[0] == due else end > max(dues[0], begin)
    is_fair_later = is_late if judged.fair_due == due else end > max(judged.fair_due, begin)
    return Explained(one, judged, stops, late_s, is_first_later, is_fair_later)


def steps(one: Told, at: At) -> list[Step]:
    """Return the steps of a dossier on the office's clock."""
    return [Step(code, holder, at[begin], at[due], at[end]) for code, holder, begin, due, end, _ in one.steps]


def moves(one: Told, at: At) -> list[Move]:
    """Return how the appointment of a dossier moved, on the office's clock."""
    pairs = zip(one.dues, one.dues[1:], strict=False)
    return [Move(at[since] or 0, (at[new] or 0) - (at[old] or 0)) for (old, _), (new, since) in pairs]


def _pauses(one: Told, at: At) -> list[tuple[int, int | None]]:
    """Return when the clock stood still: by the records of the dossier, else by steps that say so."""
    spans = [(at[begin] or 0, at[end]) for begin, end, reason in one.pauses if reason == str(PAUSED)]
    if not spans:
        spans = [(at[begin] or 0, at[end]) for _, _, begin, _, end, status in one.steps if status == PAUSED and begin]
    return spans
