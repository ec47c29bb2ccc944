"""A year of dossiers that never were, as an export of a portal would give them: the same rows at every run.

Streamed by the working day, so that a year of 14 million rows costs no more memory than one of a thousand. The rows
come in the order of acceptance; due times follow the procedures' statutory days on the profile's calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from indicators.calendar import WorkingCalendar
from sql.profile_parts import Profile

FEED = Path(__file__).parent / "feeds" / "year.toml"
LAST_DAY = date(2026, 11, 20)
WORKING_DAYS = 250
AHEAD_DAYS = 120
SEED = 766
MINUTE_S = 60
OPENS_S, CLOSES_S = 7 * 3600 + 30 * MINUTE_S, 17 * 3600
NOON_S, AFTERNOON_S = 11 * 3600 + 30 * MINUTE_S, 13 * 3600
STUCK, REFUSED, LATE = 0.004, 0.006, 0.04  # shares of all dossiers; design choices near what the city publishes
CHANNELS = ("online_full", "online_partial", "counter", "post")
CHANNEL_SHARES = (0.42, 0.30, 0.25, 0.03)
WORKED_ON, STOPPED, DONE, HANDED_OUT = 4, 8, 9, 10  # statuses of the national portal
AT_ONCE_S = 5400
REVISION_S = 86_400
NOTHING = np.datetime64("NaT", "s")


@dataclass(frozen=True)
class City:
    """Hold what rows are drawn from: codes with their shares, and the days that offices work."""

    units: tuple[str, ...]
    unit_shares: np.ndarray
    procedures: tuple[str, ...]
    procedure_shares: np.ndarray
    statutory_days: np.ndarray
    working_days: np.ndarray

    @classmethod
    def of(cls, profile: Profile, last_day: date = LAST_DAY) -> City:
        """Return what a profile offers: the units of its finest level today, and all its procedures."""
        level = profile.geographies[-1].levels[-1]
        units = [unit.code for unit in profile.units if unit.level == level and unit.stands_on(last_day)]
        procedures = profile.procedures
        days = np.array([7 if one.statutory_days is None else one.statutory_days for one in procedures], int)
        return cls(
            tuple(units),
            shares(len(units), 0.5),
            tuple(one.code for one in procedures),
            shares(len(procedures), 1.0),
            days,
            working_days(WorkingCalendar(profile.calendar, profile.timezone), last_day),
        )


def shares(count: int, steepness: float) -> np.ndarray:
    """Return shares that fall with the rank (Zipf) and add up to one.

    >>> shares(2, 1.0).round(3).tolist()
    [0.667, 0.333]
    """
    weights = 1.0 / np.arange(1, count + 1) ** steepness
    return weights / weights.sum()


def working_days(calendar: WorkingCalendar, last_day: date) -> np.ndarray:
    """Return the days of the year (the first 250) and those after it, as datetime64[D]."""
    days = np.arange(last_day - timedelta(days=2 * WORKING_DAYS), last_day + timedelta(days=2 * AHEAD_DAYS))
    worked = days[calendar.is_working_day(days)]
    end = int(np.searchsorted(worked, np.datetime64(last_day), side="right"))
    return worked[end - WORKING_DAYS : end + AHEAD_DAYS]


def write(path: Path, city: City, rows: int, revision: int = 0) -> None:
    """Write a year of `rows` dossiers as CSV; each further `revision` changes every one of them."""
    writer = None
    try:
        for table in days(city, rows, revision):
            if writer is None:
                writer = csv.CSVWriter(path, table.schema, write_options=csv.WriteOptions(quoting_style="none"))
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def days(city: City, rows: int, revision: int = 0) -> Iterator[pa.Table]:
    """Yield the dossiers of each working day, in the order of acceptance."""
    bounds = np.arange(WORKING_DAYS + 1) * rows // WORKING_DAYS
    for nth, (first, end) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
        if end > first:
            yield _day(city, nth, end - first, revision)


def _day(city: City, nth: int, count: int, revision: int) -> pa.Table:
    random = np.random.default_rng([SEED, nth])
    unit = random.choice(len(city.units), count, p=city.unit_shares)
    procedure = random.choice(len(city.procedures), count, p=city.procedure_shares)
    channel = random.choice(len(CHANNELS), count, p=CHANNEL_SHARES)
    accepted = city.working_days[nth] + _office_seconds(np.sort(random.random(count)))
    submitted = accepted - (random.exponential(4.0, count) * 3600).astype("timedelta64[s]")
    days = city.statutory_days[procedure]
    due = city.working_days[nth + days] + np.timedelta64(CLOSES_S, "s")
    finished = _finished(city, random, nth, accepted, days)
    status = _statuses(random, finished)
    changed = np.where(np.isnat(finished), accepted, finished) + np.timedelta64(REVISION_S * revision, "s")
    finished = np.where(status == STOPPED, NOTHING, finished + np.timedelta64(REVISION_S * revision, "s"))
    return pa.table(
        {
            "code": _codes(city, nth, unit),
            "procedure": pa.array(city.procedures).take(pa.array(procedure)),
            "unit": pa.array(city.units).take(pa.array(unit)),
            "channel": pa.array(CHANNELS).take(pa.array(channel)),
            "submitted_at": submitted,
            "accepted_at": accepted,
            "due_at": due,
            "finished_at": pa.array(finished, pa.timestamp("s")),
            "status": pa.array(status, pa.int8()),
            "changed_at": changed,
        }
    )


def _office_seconds(moment: np.ndarray) -> np.ndarray:
    """Return the office time (seconds since midnight) at each share 0..1 of a working day, lunch left out."""
    worked = (NOON_S - OPENS_S) + (CLOSES_S - AFTERNOON_S)
    seconds = OPENS_S + (moment * worked).astype(int)
    return np.where(seconds >= NOON_S, seconds + AFTERNOON_S - NOON_S, seconds).astype("timedelta64[s]")


def _finished(city: City, random: np.random.Generator, nth: int, accepted: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Return when each dossier was done, NaT where it is open as the year ends: recent, slow or stuck."""
    count = len(days)
    taken = np.floor(days * np.sqrt(random.random(count))).astype(int)
    late = random.random(count) < LATE
    taken = np.where(late, days + 1 + random.geometric(0.25, count), taken)
    day = nth + np.minimum(taken, AHEAD_DAYS)
    done = city.working_days[np.minimum(day, len(city.working_days) - 1)] + _office_seconds(random.random(count))
    at_once = accepted + (random.random(count) * AT_ONCE_S).astype("timedelta64[s]")
    closes = city.working_days[nth] + np.timedelta64(CLOSES_S, "s")
    done = np.where(taken == 0, np.minimum(at_once, closes), done)
    is_open = (day >= WORKING_DAYS) | (random.random(count) < STUCK)
    return np.where(is_open, NOTHING, done)


def _statuses(random: np.random.Generator, finished: np.ndarray) -> np.ndarray:
    draw = random.random(len(finished))
    done = np.where(draw < REFUSED, STOPPED, np.where(draw < 0.7, HANDED_OUT, DONE))
    return np.where(np.isnat(finished), WORKED_ON, done)


def _codes(city: City, nth: int, unit: np.ndarray) -> pa.Array:
    """Return codes as the portal makes them: office, day, running number."""
    heads = pa.array([f"H29.{code}-{city.working_days[nth].astype(date):%y%m%d}-" for code in city.units])
    numbers = pc.utf8_lpad(pc.cast(pa.array(np.arange(1, len(unit) + 1)), pa.string()), 6, "0")
    return pc.binary_join_element_wise(heads.take(pa.array(unit)), numbers, "")
