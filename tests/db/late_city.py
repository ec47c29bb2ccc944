"""A handful of dossiers whose lateness can be counted by hand, on Sunday 22 November 2026, 10:30."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2.extensions
import psycopg2.extras

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 22, 10, 30, tzinfo=ZONE)
OFFICE, DESK = "Văn phòng Đăng ký đất đai", "Phòng Đăng ký"
# code, unit, procedure, accepted, due, ended, status, to be accepted by
DOSSIERS = (
    ("A1", "10", "P1", "11-02 08:00", "11-20 17:00", None, 4, None),  # 1 working day late at least
    ("A2", "10", "P3", "11-02 08:00", "11-17 17:00", None, 4, None),  # 18, 19, 20 November: 3
    ("A3", "10", "P3", "11-02 08:00", "11-16 17:00", None, 4, None),  # 4
    ("A4", "40", "P3", "09-02 08:00", "10-01 17:00", None, 4, None),  # 21 in October, 15 in November
    ("A5", "30", "P1", "11-02 08:00", "11-10 17:00", None, 4, None),  # 8; unit 30 went into the unit 20 of 2021
    ("A6", "10", "P1", "11-02 08:00", "11-30 17:00", None, 4, None),  # in time
    ("A7", "10", "P1", "11-02 08:00", "11-10 17:00", "11-12 09:00", 9, None),  # finished 2 working days late
    ("A8", "10", "P1", "11-02 08:00", "11-10 17:00", "11-10 16:00", 9, None),  # finished in time
    ("A9", "40", "P2", "11-05 09:00", "12-10 17:00", None, 4, "11-03 17:00"),  # accepted 2 working days late
    ("B1", "10", "P1", "11-02 08:00", "11-10 17:00", "11-12 09:00", 3, None),  # refused: no result
)
STEPS = (
    ("A2", "1", "11-05 08:00", None),
    ("A3", "1", "11-05 08:00", "11-15 08:00"),  # sent on, nobody has received it
)


def fill(db: psycopg2.extensions.connection) -> None:
    """Put the dossiers and their steps into the small city."""
    units, procedures = _ids(db, "unit", "key"), _ids(db, "procedure", "code")
    facts = [
        (code, units[unit], procedures[procedure], at(accepted), at(due), at(ended), status, at(by), NOW)
        for code, unit, procedure, accepted, due, ended, status, by in DOSSIERS
    ]
    with db.cursor() as cursor:
        psycopg2.extras.execute_values(
            cursor,
            "insert into dossier (code, unit_id, procedure_id, accepted_at, due_given_at, finished_at, status,"
            " accept_by, version_at, columns, load_id) values %s",
            [(*fact, 0, 1) for fact in facts],
        )
        psycopg2.extras.execute_values(
            cursor,
            "insert into dossier_step (dossier_code, code, agency, department, started_at, finished_at, version_at,"
            " columns, load_id) values %s",
            [(code, step, OFFICE, DESK, at(begun), at(done), NOW, 0, 1) for code, step, begun, done in STEPS],
        )
    db.commit()


def frame(**parts: Any) -> dict[str, Any]:
    """Return the little of a frame that the questions need."""
    empty: dict[str, Any] = {"fields": {"city": {}}, "units": {}}
    return empty | {"version": 7, "as_of": NOW.isoformat(), "timezone": str(ZONE)} | parts


def at(text: str | None) -> datetime | None:
    """Return the instant of "month-day hour:minute" in 2026."""
    return None if text is None else datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


def _ids(db: psycopg2.extensions.connection, table: str, name: str) -> dict[str, int]:
    with db.cursor() as cursor:
        cursor.execute(f"select {name}, id from {table}")
        return dict(cursor.fetchall())
