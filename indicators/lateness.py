"""What open, late and on time mean for one dossier or call: the reference that counting in SQL is held to.

Instants are aware datetimes, None where there is none. `due_at` None is never late and outside every on-time rate.
"""

from datetime import datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

SOON = timedelta(hours=24)
AGES = ((3, "1-3"), (7, "4-7"), (30, "8-30"))
OLDEST = ">30"


def is_open(begun_at: datetime | None, ended_at: datetime | None, at: datetime) -> bool:
    """Tell whether work on it was under way: begun (accepted, opened) by `at` and not ended by then."""
    return begun_at is not None and begun_at <= at and (ended_at is None or ended_at > at)


def is_late(begun_at: datetime | None, ended_at: datetime | None, due_at: datetime | None, at: datetime) -> bool:
    """Tell whether it was open and past its due time; at the due time itself it is not late."""
    return is_open(begun_at, ended_at, at) and due_at is not None and due_at < at


def is_due_soon(begun_at: datetime | None, ended_at: datetime | None, due_at: datetime | None, at: datetime) -> bool:
    """Tell whether it was open, not late, and due within the next 24 hours of the clock."""
    return is_open(begun_at, ended_at, at) and due_at is not None and at <= due_at < at + SOON


def is_on_time(finished_at: datetime | None, due_at: datetime | None) -> bool | None:
    """Tell whether it was finished by its due time; None when that cannot be asked.

    Source: the national portal's rule, NgayKetThucXuLy <= NgayHenTra (Decision 766/QĐ-TTg, group 2).
    """
    return None if finished_at is None or due_at is None else finished_at <= due_at


def is_early(finished_at: datetime | None, due_at: datetime | None, zone: ZoneInfo) -> bool | None:
    """Tell whether it was finished before the local day on which it was due; None when that cannot be asked."""
    if finished_at is None or due_at is None:
        return None
    return finished_at.astimezone(zone).date() < due_at.astimezone(zone).date()


def age_of_lateness(due_at: datetime, at: datetime) -> str | None:
    """Return for how many days it has been late, as one of four ranges; None when it is not.

    A day that has begun counts.

    >>> from datetime import UTC
    >>> due = datetime(2026, 11, 1, tzinfo=UTC)
    >>> [age_of_lateness(due, due + timedelta(days=days, seconds=1)) for days in (0, 2, 3, 6, 7, 29, 30)]
    ['1-3', '1-3', '4-7', '4-7', '8-30', '8-30', '>30']
    """
    if at <= due_at:
        return None
    days = ceil((at - due_at) / timedelta(days=1))
    return next((name for most, name in AGES if days <= most), OLDEST)


def window(at: datetime, zone: ZoneInfo, days: int = 1) -> tuple[datetime, datetime]:
    """Return the begin of a window of local days and `at`: the day of `at` and the `days` - 1 days before it.

    >>> begin, _ = window(datetime(2026, 11, 22, 3, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")), ZoneInfo("Asia/Ho_Chi_Minh"))
    >>> str(begin)
    '2026-11-22 00:00:00+07:00'
    """
    first = at.astimezone(zone).date() - timedelta(days=days - 1)
    return datetime.combine(first, time(), zone), at
