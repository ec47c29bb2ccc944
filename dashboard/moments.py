"""The instant of a frame, and its day in the city."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo


def local(frame: Mapping[str, Any]) -> datetime:
    """Return a frame's instant on the city's clock."""
    return datetime.fromisoformat(frame["as_of"]).astimezone(ZoneInfo(frame["timezone"]))


def local_day(frame: Mapping[str, Any]) -> date:
    """Return a frame's day in the city.

    >>> local_day({"as_of": "2026-11-21T18:00:00+00:00", "timezone": "Asia/Ho_Chi_Minh"}).isoformat()
    '2026-11-22'
    """
    return local(frame).date()
