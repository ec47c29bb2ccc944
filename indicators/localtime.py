"""Instants and the clock on the wall, for whole arrays at once.

An instant is datetime64[us] in UTC, a local time datetime64[us] as the clock of one zone shows it.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.datetime64]
Ticks = NDArray[np.int64]

SECOND = 1_000_000
DAY = 86_400 * SECOND
NOT_A_TIME = np.iinfo(np.int64).min


def ticks(at: Times) -> Ticks:
    """Return microseconds since 1970; a missing time is NOT_A_TIME."""
    return np.asarray(at).astype("datetime64[us]", copy=False).view(np.int64)


def times(at: Ticks) -> Times:
    """Return the times of microseconds since 1970."""
    return at.view("datetime64[us]")


class LocalTime:
    """The offsets of a zone during some years, ready for arrays; before and after them the nearest offset holds."""

    def __init__(self, zone: ZoneInfo, years: range) -> None:
        self.zone = zone
        switches, offsets = _transitions(zone, years)
        self._offsets = np.array(offsets, np.int64)
        self._switches = np.array(switches, np.int64)
        self._local_switches = self._switches + np.maximum(self._offsets[:-1], self._offsets[1:])

    def to_local(self, at: Times) -> Times:
        """Return what the clock shows at each instant; NaT stays NaT.

        >>> clock = LocalTime(ZoneInfo("Asia/Ho_Chi_Minh"), range(2026, 2027))
        >>> str(clock.to_local(np.array(["2026-01-01T17:00"], "datetime64[us]"))[0])
        '2026-01-02T00:00:00.000000'
        """
        utc = ticks(at)
        local = utc + self._offsets[np.searchsorted(self._switches, utc, "right")]
        return times(np.where(utc == NOT_A_TIME, NOT_A_TIME, local))

    def to_utc(self, local: Times) -> Times:
        """Return the instant of each local time; NaT stays NaT.

        A time the clock shows twice takes its first reading, one it skips shifts forward.

        >>> clock = LocalTime(ZoneInfo("America/New_York"), range(2026, 2027))
        >>> str(clock.to_utc(np.array(["2026-11-01T01:30"], "datetime64[us]"))[0])
        '2026-11-01T05:30:00.000000'
        """
        shown = ticks(local)
        utc = shown - self._offsets[np.searchsorted(self._local_switches, shown, "right")]
        return times(np.where(shown == NOT_A_TIME, NOT_A_TIME, utc))


def _transitions(zone: ZoneInfo, years: range) -> tuple[list[int], list[int]]:
    """Return the instants at which the offset changes, and the offsets before, between and after them."""
    at, end = datetime(years.start, 1, 1, tzinfo=UTC), datetime(years.stop, 1, 2, tzinfo=UTC)
    switches: list[int] = []
    offsets = [_offset(zone, at)]
    while at < end:
        following = at + timedelta(days=1)
        if (offset := _offset(zone, following)) != offsets[-1]:
            switches.append(_ticks_of(_switch(zone, at, following)))
            offsets.append(offset)
        at = following
    return switches, offsets


def _switch(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the first second at which the offset is the one of `after`."""
    old = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    if offset is None:
        raise ValueError(f"{zone} has no offset at {at}")
    return offset // timedelta(microseconds=1)


def _ticks_of(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
