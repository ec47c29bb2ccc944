"""Letters of apology for late dossiers: some units send them in time, some late, some never."""

from dataclasses import dataclass

import numpy as np

from simulator import instants
from simulator.archive import Archive, Day
from simulator.dossier_records import codes
from simulator.instants import NEVER
from simulator.listings import Listing
from simulator.lives import ENDED, FINISHED

IN_TIME, LATE, NEVER_SENT = 0, 1, 2
HABITS = (0.6, 0.28, 0.12)  # shares of the units
SILENT = ("784",)  # the communes of former Hóc Môn send none
REVIEWING = ("777",)  # those of former Bình Tân review who was responsible, half the time
SIGNER = "Chủ tịch"
_RECORD = (
    '{"maHoSo":"%s","soVanBan":"%d/XL","ngayGui":"%s","ngayHenLai":"%s","chucVuNguoiKy":"' + SIGNER + '",'
    '"ngayKiemDiem":"%s","ngayCapNhat":"%s"}'
)


@dataclass(frozen=True)
class Letters:
    """Hold the letters of the dossiers of one day, (n, 2): a first one and, rarely, a second; NEVER = none."""

    sent: np.ndarray
    new_due: np.ndarray
    reviewed: np.ndarray


def habits(archive: Archive) -> np.ndarray:
    """Return how each unit goes about letters, (U,)."""
    drawn = np.random.default_rng([archive.seed, 9]).choice(3, len(archive.city.codes), p=HABITS)
    return np.where(np.isin(archive.city.former, SILENT), NEVER_SENT, drawn)


def letters(archive: Archive, day: Day) -> Letters:
    """Return the letters for the dossiers of a day; nobody writes once the result is there."""
    lives, after = day.lives, archive.workdays.days_after
    end = np.minimum(lives.times[:, FINISHED], lives.times[:, ENDED])
    due = np.where(lives.due_later == NEVER, lives.due, lives.due_later)
    habit, quirk = habits(archive)[lives.arrivals.unit], lives.quirk.astype(np.int64)
    owes = (due != NEVER) & (end > due) & (habit != NEVER_SENT) & (quirk % 20 != 3)
    safe = np.where(owes, due, 0).astype(np.int64)
    late = after(safe, 1 + quirk % 3)
    first = np.where(habit == LATE, late, safe - 1800 - quirk % 5400)
    new_due = after(
        np.where(habit == LATE, late, safe), np.where((habit == LATE) & (quirk % 7 == 0), 12, 1 + quirk % 4)
    )
    has_first = owes & (first < end)
    has_second = has_first & (habit == LATE) & (quirk % 4 == 0) & (new_due < end)
    sent = np.column_stack([np.where(has_first, first, NEVER), np.where(has_second, new_due, NEVER)])
    again = np.column_stack([new_due, after(new_due, np.full(len(due), 3))])
    reviews = np.isin(archive.city.former, REVIEWING)[lives.arrivals.unit] & (quirk % 2 == 0)
    written = np.where(sent == NEVER, 0, sent)
    reviewed = np.where(reviews[:, None] & (sent != NEVER), after(written, 3 + (quirk % 9)[:, None]), NEVER)
    return Letters(sent, again, reviewed)


def listing(archive: Archive, first: int, until: int, seen_at: int) -> Listing:
    """List the letters whose last change known at `seen_at` lies in [first, until); `part` is 0 or 1, its number."""
    parts = []
    for day in archive.days(first, min(until, seen_at + 1)):
        changed = _changed(letters(archive, day), seen_at)
        row, part = np.nonzero((changed >= first) & (changed < until))
        parts.append((changed[row, part], np.full(len(row), day.day), row, part))
    if not parts:
        return Listing(seen_at, *(np.zeros(0, dtype=np.int32) for _ in range(4)))
    at, days, rows, numbers = (np.concatenate(column).astype(np.int32) for column in zip(*parts, strict=True))
    order = np.lexsort((numbers, rows, days, at))
    return Listing(seen_at, at[order], days[order], rows[order], numbers[order])


def _changed(found: Letters, seen_at: int) -> np.ndarray:
    told = np.where(found.sent <= seen_at, found.sent, -1)
    return np.where(found.reviewed <= seen_at, found.reviewed, told)


def spell(archive: Archive, day: Day, rows: np.ndarray, parts: np.ndarray, changed: np.ndarray) -> list[str]:
    """Return the records of some letters of a day."""
    found = letters(archive, day)
    sent, new_due, reviewed = (column[rows, parts] for column in (found.sent, found.new_due, found.reviewed))
    is_reviewed = (reviewed != NEVER) & (reviewed <= changed)
    told = [at if known else "" for at, known in zip(instants.iso(reviewed), is_reviewed.tolist(), strict=True)]
    columns = (codes(day, rows), (parts + 1).tolist(), instants.iso(sent), instants.iso(new_due), told,
               instants.iso(changed))  # fmt: skip
    return [_RECORD % values for values in zip(*columns, strict=True)]
