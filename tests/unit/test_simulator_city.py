"""The simulated city as a whole: calibration on published figures, planted causes, hours of the day."""

from collections import Counter
from datetime import date

import numpy as np
import pytest

from simulator import instants, routes
from simulator.archive import Archive
from simulator.arrivals import ONLINE
from simulator.instants import DAY_S, NEVER
from simulator.lives import ACCEPTED, ENDED, FINISHED, MOVED, RETURNED, SUBMITTED
from tests.unit.simulated import NOW, city, second

SPAN = 200
T = second(NOW)


class Sample:
    """All dossiers of the last days, as arrays."""

    def __init__(self, archive: Archive):
        self.city, self.workdays = archive.city, archive.workdays
        days = [archive.day(day) for day in range(T // DAY_S - SPAN, T // DAY_S + 1)]
        lives = [day.lives for day in days]
        self.times = np.concatenate([one.times for one in lives])
        self.due = np.concatenate([np.where(d.due_later_from <= T, d.due_later, d.due) for d in lives])
        self.unit = np.concatenate([one.arrivals.unit for one in lives])
        self.online = np.concatenate([one.arrivals.channel for one in lives]) == ONLINE
        self.family = self.city.family[np.concatenate([one.arrivals.procedure for one in lives])]
        self.former = self.city.former[self.unit]
        self.at = np.concatenate([one.arrivals.at for one in lives])
        self.rated_at = np.concatenate([one.rated_at for one in lives])
        self.score = np.concatenate([one.score for one in lives])
        self.accepted, self.finished = self.times[:, ACCEPTED], self.times[:, FINISHED]
        ended = self.times[:, [FINISHED, RETURNED, ENDED]].min(axis=1)
        self.is_open = (self.accepted <= T) & (ended > T)
        self.is_done = self.finished <= T
        self.is_late = self.is_done & (self.due != NEVER) & (self.finished > self.due)

    def of(self, *families: str) -> np.ndarray:
        return np.isin(self.family, [routes.FAMILIES.index(name) for name in families])

    def late_share(self, rows: np.ndarray) -> float:
        return float(self.is_late[rows & self.is_done].mean())

    def accepted_late(self, rows: np.ndarray) -> float:
        judged = rows & (self.times[:, SUBMITTED] != NEVER) & (self.accepted <= T)
        return float((self.accepted[judged] > self.workdays.end_of_next_day(self.times[judged, SUBMITTED])).mean())


@pytest.fixture(scope="module")
def sample() -> Sample:
    return Sample(city(0.05).archive)


def test_a_year_adds_up_to_the_published_volume():
    demand = city(0.05).archive.demand
    for year in (2025, 2026, 2027):
        first, last = (instants.day_of(date(y, 1, 1)) for y in (year, year + 1))
        assert sum(sum(demand.expected(day)) for day in range(first, last)) == pytest.approx(700_000, rel=1e-6)
    steady = city(0.05, round_the_clock=False).archive.demand
    ordinary = instants.day_of(date(2026, 10, 14))  # a Wednesday
    assert 2500 < sum(steady.expected(ordinary)) < 3000


def test_the_city_meets_its_published_figures(sample):
    every = np.ones(len(sample.unit), bool)
    assert sample.online[sample.accepted <= T].mean() == pytest.approx(0.34, abs=0.01)
    assert sample.accepted_late(every) == pytest.approx(0.089, abs=0.006)
    assert 1 - sample.late_share(every) == pytest.approx(0.965, abs=0.01)
    late_now = sample.is_open & (sample.due < T)
    assert late_now.sum() / sample.is_open.sum() == pytest.approx(0.015, abs=0.004)
    days = (sample.finished - sample.accepted.astype(np.int64))[sample.is_done] / DAY_S
    assert 3.3 < days.mean() < 4.5  # published: 3.8


def test_more_than_half_rate_and_nearly_all_of_them_are_content(sample):
    settled = sample.is_done & (sample.finished < T - 20 * DAY_S)
    rated = (sample.rated_at != NEVER).any(axis=1)
    assert 0.50 < rated[settled].mean() < 0.60
    lowest = np.where(sample.rated_at == NEVER, 9, sample.score).min(axis=1)
    assert 0.97 < (lowest[settled & rated] == 2).mean() < 0.98
    assert set(np.unique(sample.score)) == {0, 1, 2}


def test_civil_status_results_come_the_same_day_when_accepted_in_the_morning(sample):
    tod = sample.accepted % DAY_S
    morning = sample.is_done & sample.workdays.worked[sample.at // DAY_S] & (tod > 8 * 3600) & (tod < 11 * 3600)
    same = sample.finished // DAY_S == sample.accepted // DAY_S
    assert same[morning & sample.of("certify")].mean() > 0.9


@pytest.mark.parametrize(
    ("where", "family"), [("784", "land"), ("785", "land"), ("783", "residence"), ("785", "construction")]
)
def test_planted_lateness_stands_out_in_its_field_and_place(sample, where, family):
    there = sample.former == where
    assert sample.late_share(there & sample.of(family)) > 3 * sample.late_share(~there & sample.of(family))
    assert sample.late_share(there & sample.of("certify")) < 0.03


def test_online_dossiers_of_fridays_are_accepted_late_in_former_district_eight(sample):
    friday = sample.workdays.weekday[sample.at // DAY_S] == 4
    district = sample.former == "776"
    assert sample.accepted_late(district & friday) > 0.4
    assert sample.accepted_late(district & ~friday) < 0.15
    assert sample.accepted_late(~district & friday) < 0.12


def test_former_district_twelve_moves_appointments_four_times_more_often(sample):
    moved = sample.times[:, MOVED] != NEVER
    there = sample.former == "761"
    assert 3 < moved[there].mean() / moved[~there].mean() < 5
    assert sample.late_share(there) < 0.035


def test_surges_bring_half_as_much_again(sample):
    day = np.array([instants.date_of(int(number)).day for number in sample.at // DAY_S])
    for where, busy in (("777", day >= 20), ("769", day <= 10)):
        there = sample.former == where
        assert 1.3 < there[busy].mean() / there[~busy].mean() < 1.7


def test_the_sender_of_former_can_gio_is_silent_for_hours_and_then_sends_all_at_once():
    archive = city(0.2).archive
    day = archive.day(T // DAY_S - 3)
    told, true = day.changed()[:, ACCEPTED], day.lives.times[:, ACCEPTED]
    delay = np.where(true == NEVER, 0, told.astype(np.int64) - true)
    silent = archive.city.former[day.lives.arrivals.unit] == "787"
    assert (delay[~silent] == 0).all()
    held = silent & (delay > 0)
    assert held.sum() > 10
    assert delay[held].max() > 2 * 3600
    assert len(np.unique(told[held] // 60)) <= 4


def test_mornings_mondays_and_the_days_before_tet_are_busy_and_holidays_are_not(sample):
    counter = ~sample.online & sample.workdays.worked[sample.at // DAY_S]
    hours = Counter((sample.at[counter] % DAY_S // 3600).tolist())
    assert max(hours, key=hours.__getitem__) in (8, 9)
    assert hours[9] > 2 * hours[16]
    demand = city(0.05, round_the_clock=False).archive.demand
    monday, friday = (instants.day_of(date(2026, 10, day)) for day in (12, 16))
    assert demand.season(monday) > 1.2 * demand.season(friday)
    before, within, after = (instants.day_of(date(2026, 2, day)) for day in (9, 18, 23))
    assert demand.season(before) > 1.2 * demand.season(monday) > demand.season(after) * 1.4
    assert demand.season(within) < 0.1


def test_the_city_lives_at_night_unless_it_is_told_not_to(sample):
    def counts(rows: np.ndarray, at: np.ndarray) -> tuple[float, float]:
        tod = at[rows] % DAY_S
        night = (tod < 7 * 3600) | (tod > 18 * 3600)
        return float(night.sum() / 13), float((~night).sum() / 11)

    working = sample.workdays.worked[sample.at // DAY_S]
    night, day = counts(working & (sample.accepted <= T), sample.accepted)
    assert 0.1 < night / day < 0.4
    night, day = counts(working & sample.is_done, sample.finished)
    assert 0.05 < night / day < 0.4
    quiet = Sample(city(0.02, round_the_clock=False).archive)
    night, day = counts(quiet.is_done, quiet.finished)
    assert night / day < 0.03


def test_some_ratings_come_before_their_dossier_is_accepted(sample):
    at_counter = sample.rated_at[:, 0]
    rated = (at_counter != NEVER) & (sample.accepted != NEVER)
    early = at_counter[rated] < sample.accepted[rated]
    assert 0.03 < early.mean() < 0.05


def test_units_differ_in_volume_as_their_population_does(sample):
    count = np.bincount(sample.unit, minlength=len(sample.city.codes))
    assert len(count) == 168
    assert (count > 0).all()
    assert np.corrcoef(count, sample.city.weight)[0, 1] > 0.9
