"""Instants as whole local seconds since 1 January 2024, and their spellings."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np

ZONE = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")  # no daylight saving since 1975
EPOCH = datetime(2024, 1, 1, tzinfo=ZONE)
FIRST_DAY = EPOCH.date()
DAYS = 17 * 366  # the calendar ends in 2040
DAY_S = 86_400
NEVER = np.int32(2**31 - 1)


def _day_numbers() -> np.ndarray:
    """Return yyyymmdd of every day from the epoch on, (DAYS,) int64."""
    days = np.datetime64(FIRST_DAY, "D") + np.arange(DAYS)
    months = days.astype("M8[M]")
    year = days.astype("M8[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    return year * 10_000 + month * 100 + (days - months).astype(np.int64) + 1


DAY_NUMBERS = _day_numbers()


def day_of(on: date) -> int:
    """Return the number of a day: 0 is the epoch.

    >>> day_of(date(2024, 1, 3))
    2
    """
    return (on - FIRST_DAY).days


def date_of(day: int) -> date:
    """Return the date of a day number."""
    return FIRST_DAY + timedelta(days=int(day))


def second_of(at: datetime) -> int:
    """Return an aware instant as whole seconds since the epoch."""
    return int((at - EPOCH).total_seconds() // 1)


def instant_of(second: int) -> datetime:
    """Return the aware local instant of a second."""
    return EPOCH + timedelta(seconds=int(second))


def compact(seconds: np.ndarray) -> list[str]:
    """Spell seconds as yyyyMMddHHmmss; NEVER becomes the empty string."""
    missing = seconds == NEVER
    day, tod = np.divmod(np.where(missing, 0, seconds).astype(np.int64), DAY_S)
    clock = tod // 3600 * 10_000 + tod // 60 % 60 * 100 + tod % 60
    numbers = np.where(missing, 0, DAY_NUMBERS[day] * 1_000_000 + clock)
    return [str(number) if number else "" for number in numbers.tolist()]


def iso(seconds: np.ndarray) -> list[str | None]:
    """Spell seconds as ISO 8601 with the offset; NEVER becomes None."""
    return [f"{s[:4]}-{s[4:6]}-{s[6:8]}T{s[8:10]}:{s[10:12]}:{s[12:]}+07:00" if s else None for s in compact(seconds)]


def parse_compact(text: str) -> int:
    """Read yyyyMMddHHmmss as a second; raise ValueError when it is none."""
    if len(text) != 14 or not text.isdigit():
        raise ValueError(f"{text!r} is not yyyyMMddHHmmss")
    return second_of(datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=ZONE))


def parse_iso(text: str) -> int:
    """Read an ISO 8601 instant (local when it has no offset) as a second, rounded up.

    A space stands for the plus sign of an offset that was not escaped in a URL.

    >>> parse_iso("2024-01-01T00:00:01Z") - parse_iso("2024-01-01T07:00:00+07:00")
    1
    """
    at = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    at = at.replace(tzinfo=ZONE) if at.tzinfo is None else at
    return -int(-(at - EPOCH).total_seconds() // 1)


def now_utc() -> datetime:
    """Return the real time."""
    return datetime.now(UTC)
