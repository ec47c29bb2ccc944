"""What the national portal lists: dossiers by their last change, steps by their end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from simulator import faults, routes
from simulator.archive import SLACK_S, Archive, Day
from simulator.instants import DAY_S, NEVER
from simulator.lives import ACCEPTED, ENDED, FINISHED, HANDED

STEP_HISTORY_S = 90 * DAY_S
SPELLED = 5000
AS_IS, DUPLICATE, OLDER, RUBBISH = 0, 1, 2, 3


@dataclass(frozen=True)
class Listing:
    """Hold what a question found, in order: the day, row and variant of each record, seen at one instant.

    For dossiers `part` says how the record is bent (AS_IS, DUPLICATE, OLDER, RUBBISH); for steps it is
    the number of the stop, negative for a duplicate (-1 - stop).
    """

    seen_at: int
    changed: np.ndarray
    day: np.ndarray
    row: np.ndarray
    part: np.ndarray

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.changed)


@dataclass
class Reading:
    """Turn the pages of a listing; records are spelled some thousands at a time, as days are costly to open."""

    listing: Listing
    spell: Callable[[Listing, slice], list[str]]
    chunk: tuple[int, list[str]] = (0, [])

    def page(self, number: int, size: int) -> list[str]:
        """Return the records of a page, the first being number 1."""
        start = (number - 1) * size
        first, texts = self.chunk
        if not first <= start or start + min(size, len(self.listing) - start) > first + len(texts):
            first, texts = start, self.spell(self.listing, slice(start, start + max(size, SPELLED)))
            self.chunk = first, texts
        if not self.has_more(number, size):
            self.chunk = (0, [])
        return texts[start - first : start - first + size]

    def has_more(self, number: int, size: int) -> bool:
        """Tell whether another page follows."""
        return number * size < len(self.listing)


def dossiers(archive: Archive, first: int, until: int, seen_at: int) -> Listing:
    """List the dossiers whose last change known at `seen_at` lies in [first, until)."""
    parts = [_dossiers_of(archive, day, first, until, seen_at) for day in archive.days(first, min(until, seen_at + 1))]
    return _sorted(seen_at, parts)


def _dossiers_of(archive: Archive, day: Day, first: int, until: int, seen_at: int) -> tuple[np.ndarray, ...]:
    rows = day.alive(first)
    last = last_changes(day, rows, seen_at)
    found = (last >= first) & (last < until)
    rows, changed = rows[found], last[found]
    quirk = day.lives.quirk[rows]
    twice = quirk < 65_536 * faults.DUPLICATE * archive.dirt
    again = ~twice & (quirk < 65_536 * (faults.DUPLICATE + faults.OLDER) * archive.dirt)
    bad = np.flatnonzero((day.rubbish.at >= first) & (day.rubbish.at < min(until, seen_at + 1)))
    return (
        np.concatenate([changed, changed[twice], changed[again], day.rubbish.at[bad]]),
        np.full(len(rows) + int(twice.sum()) + int(again.sum()) + len(bad), day.day),
        np.concatenate([rows, rows[twice], rows[again], bad]),
        np.repeat([AS_IS, DUPLICATE, OLDER, RUBBISH], [len(rows), int(twice.sum()), int(again.sum()), len(bad)]),
    )


def last_changes(day: Day, rows: np.ndarray, seen_at: int) -> np.ndarray:
    """Return the last change of rows visible at an instant, -1 when they are not known yet."""
    changed = day.changed(rows)
    visible = changed <= (seen_at - day.lives.lag[rows].astype(np.int32))[:, None]
    return np.where(visible, changed, -1).max(axis=1, initial=-1)


def steps(archive: Archive, first: int, until: int, seen_at: int) -> Listing:
    """List the steps whose last change known at `seen_at` lies in [first, until), of the last ninety days.

    A step changes twice: when an office takes the file, and when it passes it on.
    """
    first = max(first, seen_at - STEP_HISTORY_S)
    parts = [_steps_of(archive, day, first, until, seen_at) for day in archive.days(first, min(until, seen_at + 1))]
    return _sorted(seen_at, parts)


def _steps_of(archive: Archive, day: Day, first: int, until: int, seen_at: int) -> tuple[np.ndarray, ...]:
    rows = day.alive(first)
    begun, ended = stops(archive, day, rows, told=True)
    visible = (seen_at - day.lives.lag[rows].astype(np.int32))[:, None]
    changed = np.where(ended <= visible, ended, np.where(begun <= visible, begun, -1))
    place, stop = np.nonzero((changed >= first) & (changed < until))
    at, row = changed[place, stop], rows[place]
    twice = day.lives.quirk[row] < 65_536 * faults.DUPLICATE * archive.dirt
    return (
        np.concatenate([at, at[twice]]),
        np.full(len(row) + int(twice.sum()), day.day),
        np.concatenate([row, row[twice]]),
        np.concatenate([stop, -1 - stop[twice]]),
    )


def stops(archive: Archive, day: Day, rows: np.ndarray, told: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return when each stop of some dossiers began and ended, (n, 5) each; `told` as the portal learns of it."""
    times = day.changed(rows) if told else day.lives.times[rows]
    last = routes.STEPS[archive.city.family[day.lives.arrivals.procedure[rows]]] - 1
    handed = times[:, HANDED + 3 : HANDED - 1 : -1]
    begun = np.column_stack([times[:, ACCEPTED], handed])
    ended = np.column_stack([handed, np.full(len(times), NEVER, dtype=np.int32)])
    ended[np.arange(len(times)), last] = times[:, FINISHED]
    dropped = (ended == NEVER) & (begun != NEVER)
    return begun, np.where(dropped, times[:, [ENDED]], ended)


def ratings(archive: Archive, first: int, until: int, seen_at: int) -> Listing:
    """List the ratings recorded in [first, until); `part` is the stage, 0 reception to 2 return."""
    parts = []
    for day in archive.days(first, min(until, seen_at + 1)):
        at = day.lives.rated_at
        row, stage = np.nonzero((at >= first - SLACK_S) & (at < min(until, seen_at + 1)))
        told = archive.rating_silences.release(at[row, stage])
        found = (told >= first) & (told < until) & (told <= seen_at)
        row, stage = row[found], stage[found]
        parts.append((told[found], np.full(len(row), day.day), row, stage))
    return _sorted(seen_at, parts)


def _sorted(seen_at: int, parts: Sequence[tuple[np.ndarray, ...]]) -> Listing:
    """Join what the days hold, by changed time, then day, row and part."""
    if not parts:
        return Listing(seen_at, *(np.zeros(0, dtype=np.int32) for _ in range(4)))
    changed, day, row, part = (np.concatenate(column).astype(np.int32) for column in zip(*parts, strict=True))
    order = np.lexsort((part, row, day, changed))
    return Listing(seen_at, changed[order], day[order], row[order], part[order])


def by_day(archive: Archive, listing: Listing, page: slice, spell: Callable[..., list[str]]) -> list[str]:
    """Spell the records of a page day by day, and return them in the order of the listing.

    `spell` receives the day, and the rows, parts and changed times of its records, and the instant.
    """
    columns = [column[page] for column in (listing.day, listing.row, listing.part, listing.changed)]
    days, rows, parts, changed = columns
    order = np.argsort(days, kind="stable")
    texts = [""] * len(days)
    for group in np.split(order, np.flatnonzero(np.diff(days[order])) + 1):
        if group.size:
            day = archive.day(int(days[group[0]]))
            found = spell(day, rows[group], parts[group], changed[group], listing.seen_at)
            for place, text in zip(group.tolist(), found, strict=True):
                texts[place] = text
    return texts
