"""How the offices work on the dossiers of one day: handovers, pauses, moved appointments, lateness."""

from dataclasses import dataclass, field

import numpy as np

from simulator import faults, routes
from simulator.arrivals import Arrivals
from simulator.causes import CAUSES, Cause
from simulator.city import City
from simulator.instants import NEVER, date_of
from simulator.lives import ACCEPTED, ASKED, FEE, FINISHED, HANDED, MOVED, RESUMED
from simulator.workdays import OFFICE_S, Workdays

LATE = {"certify": 0.009, "civil": 0.016, "linked": 0.03, "residence": 0.028, "identity": 0.028, "business": 0.028,
        "construction": 0.055, "land": 0.055, "social": 0.035}  # fmt: skip
ASKED_FOR_MORE, APPOINTMENT_MOVED, FEE_DUE = 0.04, 0.011, 0.3
SOME_DAYS = 0.43  # share of dossiers that take days, the only ones whose appointment can move
WITH_FEE = ("land", "construction", "business")


@dataclass
class Work:
    """Hold the work on the n dossiers of a day while it is being laid out; efforts are office seconds."""

    arrivals: Arrivals
    times: np.ndarray  # (n, COLUMNS) filled here
    due: np.ndarray  # (n,)
    family: np.ndarray  # (n,)
    days: np.ndarray  # (n,) statutory
    begun: np.ndarray  # (n,) effort of the city spent up to acceptance
    done: np.ndarray = field(init=False)  # (n, MOST_STEPS) effort from acceptance up to the end of each stop
    late: np.ndarray = field(init=False)  # (n,) bool
    due_later: np.ndarray = field(init=False)  # (n,)
    due_later_from: np.ndarray = field(init=False)  # (n,)


class Offices:
    """Lay out the work on dossiers, with the differences between units."""

    def __init__(self, city: City, workdays: Workdays, unit_late: np.ndarray, dirt: float):
        """Keep how late each unit is beside the city, (U,)."""
        self.city = city
        self.workdays = workdays
        self.pace = workdays.pace
        self.unit_late = unit_late
        self.dirt = dirt
        self.shares = routes.shares()
        self.family_late = np.array([LATE[name] for name in routes.FAMILIES])
        self.pays = np.isin(routes.FAMILIES, WITH_FEE)

    def process(
        self, day: int, arrivals: Arrivals, times: np.ndarray, due: np.ndarray, rng: np.random.Generator
    ) -> Work:
        """Fill the handovers up to the result of the dossiers accepted on a day."""
        days = self.city.days[arrivals.procedure]
        begun = self.pace.spent(times[:, ACCEPTED])
        work = Work(arrivals, times, due, self.city.family[arrivals.procedure], days, begun)
        self._plan(day, work, rng)
        self._move_appointments(work, rng)
        self._ask_for_more(work, rng)
        self._hand_over(work)
        self._ask_for_fee(work, rng)
        return work

    def hit(self, cause: Cause, arrivals: Arrivals) -> np.ndarray:
        """Return which arrivals a cause acts on, (n,)."""
        where = np.isin(self.city.former, cause.where) if cause.where else np.ones(len(self.city.codes), bool)
        families = np.isin(routes.FAMILIES, cause.families) if cause.families else np.ones(len(routes.FAMILIES), bool)
        return where[arrivals.unit] & families[self.city.family[arrivals.procedure]]

    def _plan(self, day: int, work: Work, rng: np.random.Generator) -> None:
        """Share the effort among the stops: within the time allowed, or past it at the stop that holds the file."""
        n = len(work.due)
        budget = self.pace.spent(work.due) - work.begun
        past, holder = self._lateness(day, work, rng)
        work.late = past > 0
        same_day = np.minimum(rng.lognormal(np.log(3000), 0.8, n), 0.92 * budget)
        effort = np.where(work.days == 0, same_day, rng.beta(2.4, 1.6, n) * 0.97 * budget)
        effort = np.where(work.late, budget * rng.uniform(0.9, 1.0, n), effort)
        held = np.where(work.late, budget - effort + past, 0.0)
        after = np.arange(routes.MOST_STEPS) >= holder[:, None]
        work.done = self.shares[work.family] * effort[:, None] + held[:, None] * after
        work.due_later, work.due_later_from = np.full(n, NEVER), np.full(n, NEVER)

    def _lateness(self, day: int, work: Work, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return office seconds past due (0 = on time) and the stop that holds the file, both (n,)."""
        n = len(work.due)
        draw = rng.random(n)
        chance = self.family_late[work.family] * self.unit_late[work.arrivals.unit]
        past = np.where(draw < chance, _delay(0.63, n, rng), 0.0)
        holder = routes.stop_of("department")[work.family]
        for cause in CAUSES:
            if not cause.result_late or not cause.month_days[0] <= date_of(day).day <= cause.month_days[1]:
                continue
            struck = self.hit(cause, work.arrivals) & (rng.random(n) < cause.result_late)
            past = np.where(struck, np.maximum(past, _delay(cause.late_days, n, rng)), past)
            holder = np.where(struck, routes.stop_of(cause.holder)[work.family], holder)
        return past, holder

    def _move_appointments(self, work: Work, rng: np.random.Generator) -> None:
        """Move some appointments to a later day before they are missed; the result then comes after the first."""
        n = len(work.due)
        times_more = np.ones(len(self.city.codes))
        for cause in CAUSES:
            times_more[np.isin(self.city.former, cause.where)] *= cause.redated_times
        chance = APPOINTMENT_MOVED / SOME_DAYS * times_more[work.arrivals.unit]
        draw, share, when, unmarked = rng.random((4, n))
        rows = np.flatnonzero(~work.late & (work.days > 0) & (draw < chance))
        due, begun = work.due[rows], work.begun[rows]
        later = self.workdays.days_after(due, rng.integers(2, 6, rows.size))
        before, after = self.pace.spent(due), self.pace.spent(later)
        target = before + (0.05 + 0.85 * share[rows]) * (after - before) - begun
        work.done[rows] *= (target / work.done[rows, -1])[:, None]
        is_unmarked = unmarked[rows] < faults.MOVED_UNMARKED * self.dirt
        soon = work.times[rows, ACCEPTED] + rng.integers(60, 480, rows.size)
        moved = np.where(is_unmarked, soon, self.pace.when(begun + (0.5 + 0.45 * when[rows]) * (before - begun)))
        work.due_later[rows], work.due_later_from[rows] = later, moved
        work.times[rows, MOVED] = np.where(is_unmarked, NEVER, moved)

    def _ask_for_more(self, work: Work, rng: np.random.Generator) -> None:
        """Stop some clocks while the citizen brings what is missing; the appointment moves by as much."""
        n = len(work.due)
        draw, share, days = rng.random(n), rng.uniform(0.2, 0.6, n), rng.exponential(2.5, n)
        may = (work.days > 0) & (work.due_later == NEVER)
        rows = np.flatnonzero(may & (draw < ASKED_FOR_MORE / SOME_DAYS))
        pause = np.clip(days[rows], 0.3, 12.0) * OFFICE_S
        at = share[rows] * work.done[rows, -1]
        work.times[rows, ASKED] = self.pace.when(work.begun[rows] + at)
        work.times[rows, RESUMED] = self.pace.when(work.begun[rows] + at + pause)
        work.done[rows] += np.where(work.done[rows] > at[:, None], pause[:, None], 0.0)
        work.due_later[rows] = self.workdays.days_after(work.due[rows], np.ceil(pause / OFFICE_S).astype(int))
        work.due_later_from[rows] = work.times[rows, RESUMED]

    def _hand_over(self, work: Work) -> None:
        """Write the handovers and the result; those past a route's last stop never happen."""
        at = self.pace.when(work.begun[:, None] + work.done)
        stops = np.arange(routes.MOST_STEPS - 1)
        handed = np.where(stops < routes.STEPS[work.family][:, None] - 1, at[:, :-1], NEVER)
        work.times[:, HANDED : HANDED + 4] = handed[:, ::-1]
        work.times[:, FINISHED] = at[:, -1]

    def _ask_for_fee(self, work: Work, rng: np.random.Generator) -> None:
        """Tell some applicants shortly before the result what they have to pay."""
        rows = np.flatnonzero(self.pays[work.family] & (rng.random(len(work.due)) < FEE_DUE))
        work.times[rows, FEE] = self.pace.when(work.begun[rows] + 0.97 * work.done[rows, -1])


def _delay(mean_days: float, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw office seconds past due: mostly short, one in ten six times as long, at most 30 days."""
    days = rng.exponential(mean_days, n) * np.where(rng.random(n) < 0.1, 4, 0.67)
    return np.clip(days, 0.02, 30.0) * OFFICE_S
