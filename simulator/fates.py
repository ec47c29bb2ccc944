"""What becomes of the dossiers of a day: from submission to the last rating, all drawn at once."""

import numpy as np

from simulator import faults
from simulator.arrivals import ONLINE, Arrivals
from simulator.causes import CAUSES
from simulator.city import City
from simulator.instants import DAY_S, NEVER
from simulator.lives import ACCEPTED, COLUMNS, ENDED, FINISHED, LONGEST_DAYS, RETURNED, SUBMITTED, Lives
from simulator.processing import Offices, Work
from simulator.workdays import OFFICE_S, Workdays

ACCEPTED_LATE = 0.084  # of online dossiers; the causes lift the city to the published 8.9 %
REFUSED, WITHDRAWN, STOPPED = 0.035, 0.008, 0.004  # refused: of online dossiers
COLLECTED = 0.93
RATED, UNHAPPY, UNHAPPY_WHEN_LATE = 0.6, 0.0175, 0.2
STAGE_RATED = (0.35, 0.3, 0.85)


class Fates:
    """Draw lives for arrivals."""

    def __init__(self, city: City, workdays: Workdays, seed: int, dirt: float):
        """Draw once what is lasting: how each unit differs from the city."""
        self.city = city
        self.workdays = workdays
        self.dirt = dirt
        rng = np.random.default_rng([seed, 1])
        units = len(city.codes)
        unit_late = np.exp(rng.normal(-0.06, 0.35, units))
        self.unit_accept = np.exp(rng.normal(-0.12, 0.5, units))
        self.unit_unhappy = np.exp(rng.normal(-0.06, 0.35, units))
        self.offices = Offices(city, workdays, unit_late, dirt)

    def draw(self, day: int, arrivals: Arrivals, rng: np.random.Generator) -> Lives:
        """Draw everything that happens to the arrivals of a day."""
        times = np.full((len(arrivals.at), COLUMNS), NEVER, dtype=np.int32)
        online = arrivals.channel == ONLINE
        times[online, SUBMITTED] = arrivals.at[online]
        times[:, ACCEPTED] = self._accept(day, arrivals, rng)
        due = self.workdays.due(times[:, ACCEPTED], self.city.days[arrivals.procedure])
        work = self.offices.process(day, arrivals, times, due, rng)
        end_status = self._end_early(work, rng)
        self._give_back(work, rng)
        np.minimum(times, (day + LONGEST_DAYS) * DAY_S, out=times, where=times != NEVER)
        rated_at, score = self._rate(work, rng)
        lag, quirk = self._misbehave(work, rng)
        later, later_from = (column.astype(np.int32) for column in (work.due_later, work.due_later_from))
        number = running_numbers(arrivals.unit)
        return Lives(arrivals, number, times, due, later, later_from, end_status, rated_at, score, lag, quirk)

    def _accept(self, day: int, arrivals: Arrivals, rng: np.random.Generator) -> np.ndarray:
        """Accept at the counter at once, online within hours; late is after the next working day."""
        n = len(arrivals.at)
        chance = ACCEPTED_LATE * self.unit_accept[arrivals.unit]
        for cause in CAUSES:
            if cause.accept_late and cause.weekday in (None, self.workdays.weekday[day]):
                chance = np.where(self.offices.hit(cause, arrivals), cause.accept_late, chance)
        pace = self.workdays.pace
        soon = pace.after(arrivals.at, np.minimum(rng.lognormal(np.log(2400), 0.9, n), 5 * 3600))
        late = pace.after(self.workdays.end_of_next_day(arrivals.at), 7200 + rng.exponential(0.3 * OFFICE_S, n))
        online = np.where(rng.random(n) < chance, late, soon)
        return np.where(arrivals.channel == ONLINE, online, arrivals.at)

    def _end_early(self, work: Work, rng: np.random.Generator) -> np.ndarray:
        """Refuse, withdraw or stop some dossiers; nothing happens to them afterwards."""
        times = work.times
        draw, share = rng.random(len(times)), rng.uniform(0.1, 0.95, len(times))
        refused = (work.arrivals.channel == ONLINE) & (draw < REFUSED)
        withdrawn = draw > 1 - WITHDRAWN
        stopped = ~withdrawn & (draw > 1 - WITHDRAWN - STOPPED)
        early = refused | withdrawn | stopped
        accepted, finished = times[:, ACCEPTED].astype(np.int64), times[:, FINISHED]
        ended = np.where(refused, accepted, accepted + share * (finished - accepted))
        times[:, ENDED] = np.where(early, ended, NEVER)
        times[early[:, None] & (times >= times[:, [ENDED]]) & (np.arange(COLUMNS) != ENDED)] = NEVER
        work.due[times[:, ACCEPTED] == NEVER] = NEVER
        work.due_later_from[work.due_later_from >= times[:, ENDED]] = NEVER
        return np.select([refused, withdrawn, stopped], [3, 7, 8], 0).astype(np.int8)

    def _give_back(self, work: Work, rng: np.random.Generator) -> None:
        """Let most applicants collect their result: within the hour for same-day ones, else within days."""
        n = len(work.due)
        finished = work.times[:, FINISHED]
        quick, slow = rng.lognormal(np.log(1200), 0.6, n), rng.lognormal(np.log(14_000), 0.8, n)
        comes = (finished != NEVER) & (rng.random(n) < COLLECTED)
        returned = self.workdays.pace.after(np.where(comes, finished, 0), np.where(work.days == 0, quick, slow))
        work.times[:, RETURNED] = np.where(comes, returned, NEVER)

    def _rate(self, work: Work, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Let some applicants rate one to three stages; return instants and scores, (n, 3) each."""
        n = len(work.due)
        finished, returned = work.times[:, FINISHED], work.times[:, RETURNED]
        taken = np.where(returned == NEVER, finished, returned)
        base = np.column_stack([work.times[:, ACCEPTED], finished, taken]).astype(np.int64)
        rates = (rng.random(n) < RATED)[:, None] & (rng.random((n, 3)) < STAGE_RATED) & (base != NEVER)
        wait = rng.lognormal(np.log((240, 600, 1800)), (0.6, 0.8, 1.2), (n, 3))
        wait[:, 0] = np.where(rng.random(n) < faults.RATED_EARLY * self.dirt, -rng.uniform(5, 120, n), wait[:, 0])
        rated_at = np.where(rates, base + np.minimum(wait, 3 * DAY_S), NEVER).astype(np.int32)
        chance = UNHAPPY * self.unit_unhappy[work.arrivals.unit] + np.where(work.late, UNHAPPY_WHEN_LATE, 0)
        score = np.full((n, 3), 2, dtype=np.int8)
        last = np.where(rates.any(axis=1), 2 - np.argmax(rates[:, ::-1], axis=1), 2)
        unhappy = np.flatnonzero(rng.random(n) < chance)
        score[unhappy, last[unhappy]] = rng.random(unhappy.size) < 0.7
        return rated_at, score

    def _misbehave(self, work: Work, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the lag and the quirk of each dossier; leave some appointments out."""
        n = len(work.due)
        late, no_due = rng.random((2, n))
        at_once, much_later = rng.integers(0, 3, n), rng.integers(*faults.LATE_COMMIT_S, n)
        lag = np.where(late < faults.LATE_COMMIT * self.dirt, much_later, at_once)
        quirk = rng.integers(0, 65_536, n).astype(np.uint16)
        work.due[(no_due < faults.NO_DUE * self.dirt) & (work.due_later_from == NEVER)] = NEVER
        return (lag if self.dirt else np.zeros(n)).astype(np.int16), quirk


def running_numbers(unit: np.ndarray) -> np.ndarray:
    """Return the running number of each dossier within its unit, from 1.

    >>> running_numbers(np.array([4, 2, 4])).tolist()
    [1, 1, 2]
    """
    order = np.argsort(unit, kind="stable")
    in_order = unit[order]
    number = np.empty(len(unit), dtype=np.int32)
    number[order] = np.arange(len(unit)) - np.searchsorted(in_order, in_order, side="left") + 1
    return number
