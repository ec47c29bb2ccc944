"""Count how promptly each unit's software tells of what has happened; a job, every minute."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from psycopg2.extensions import connection as Connection

from indicators.silence import SLOW_AFTER
from sql import queries

DAYS = 7
SETTLED = timedelta(hours=6)  # after midnight, the day before is counted anew that long


def count(conn: Connection, now: datetime, zone: ZoneInfo) -> int:
    """Count the days that may still change, and those of the week that nobody has counted; return how many."""
    today = now.astimezone(zone).date()
    first = today - timedelta(days=DAYS - 1)
    with conn, conn.cursor() as cursor:
        queries.run(cursor, "senders", "forget_before", from_on=first)
        counted = {day for (day,) in queries.run(cursor, "senders", "days_counted", from_on=first)}
    wanted = [day for day in days(first, today) if day not in counted or is_open(day, now, zone)]
    for day in wanted:
        with conn, conn.cursor() as cursor:
            bounds = {"from_at": midnight(day, zone), "to_at": midnight(day + timedelta(days=1), zone)}
            queries.run(cursor, "senders", "forget_day", day=day)
            queries.run(cursor, "senders", "count_day", day=day, slow_after=SLOW_AFTER, **bounds)
    return len(wanted)


def days(first: date, last: date) -> list[date]:
    """Return the days from the first to the last, both included."""
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]


def is_open(day: date, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether events of a day may still be told of late."""
    return now < midnight(day + timedelta(days=1), zone) + SETTLED


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)
