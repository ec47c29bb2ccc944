"""Counts by unit for one instant: from the rollups and the open files (quick), or from the facts alone (true)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from psycopg2.extensions import cursor as Cursor

from indicators.live import COUNTS
from sql import queries

PLACE = {name: place for place, name in enumerate(COUNTS)}
OPEN, LATE = 0, 1
Bounds = Sequence[dict[str, Any]]
WINDOW_DAYS = 30


@dataclass(frozen=True)
class Moment:
    """An instant with the bounds of its day and of its 30 days, in the city's zone."""

    at: datetime
    zone: str

    @property
    def local(self) -> datetime:
        """Return the instant on the city's clock."""
        return self.at.astimezone(ZoneInfo(self.zone))

    @property
    def day(self) -> datetime:
        """Return the midnight that began today (the first one where clocks are put back at midnight)."""
        return self.local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)

    @property
    def month(self) -> datetime:
        """Return the midnight 29 local days before today."""
        return datetime.combine(self.day.date() - timedelta(days=WINDOW_DAYS - 1), self.day.timetz().replace(fold=0))


@dataclass(frozen=True)
class Counted:
    """Counts by unit id: `units` is (ids, COUNTS); `cells` (ids, fields, [open, late]) of dossiers."""

    units: np.ndarray
    cells: np.ndarray
    fed: dict[str, bool]
    targets_fed: dict[int | None, int]
    targets_total: int


def from_facts(cursor: Cursor, moment: Moment, unit_ids: int, content_from: int, bounds: Bounds = ()) -> Counted:
    """Count straight from the facts as they stand now, for the instant; `cells` stays empty.

    `bounds` are the rows that letters are counted by (etl/letters.py); without any, no letter is owed to anybody.
    """
    units = np.zeros((unit_ids, len(COUNTS)), np.int64)
    window = {
        "at": moment.at,
        "day": moment.day,
        "month": moment.month,
        "zone": moment.zone,
        "content_from": content_from,
    }
    for name in ("dossiers", "tickets"):
        _fill(units, cursor, queries.run(cursor, "recount", name, **window))
    return Counted(
        units, np.zeros((unit_ids, 0, 2), np.int64), *_letters(cursor, moment, units, bounds, "owed_recounted")
    )


def from_rollups(cursor: Cursor, moment: Moment, unit_ids: int, field_ids: int, bounds: Bounds = ()) -> Counted:
    """Count from the rollups and the open files; the session's time zone must be the city's."""
    units = np.zeros((unit_ids, len(COUNTS)), np.int64)
    cells = np.zeros((unit_ids, field_ids, 2), np.int64)
    late = np.zeros((unit_ids, field_ids, 2), np.int64)
    today = moment.local.date()
    days = {"today": today, "first": today - timedelta(days=WINDOW_DAYS - 1)}
    for unit, field, open_, open_due in queries.run(cursor, "frame", "stock"):
        cells[unit, field, OPEN] += open_
        units[unit, PLACE["open_due"]] += open_due
    for unit, field, late_, due_24h in queries.run(cursor, "frame", "late", at=moment.at):
        late[unit, field] = late_, due_24h
    cells[:, :, LATE] = late[:, :, 0]
    units[:, PLACE["due_24h"]] = late[:, :, 1].sum(axis=1)
    _fill(units, cursor, queries.run(cursor, "frame", "month", **days))
    for unit, _, open_ in queries.run(cursor, "frame", "ticket_stock"):
        units[unit, PLACE["tickets_open"]] += open_
    _fill(units, cursor, queries.run(cursor, "frame", "ticket_late", at=moment.at))
    _fill(units, cursor, queries.run(cursor, "frame", "ticket_month", **days))
    for row in _named(cursor, queries.run(cursor, "frame", "ahead", at=moment.at)):
        take_back_dossier(units, cells, row, moment.at, days)
    for row in _named(cursor, queries.run(cursor, "frame", "ticket_ahead", at=moment.at)):
        take_back_ticket(units, row, moment.at, days)
    units[:, PLACE["open"]] = cells[:, :, OPEN].sum(axis=1)
    units[:, PLACE["late"]] = cells[:, :, LATE].sum(axis=1)
    return Counted(units, cells, *_letters(cursor, moment, units, bounds, "owed"))


def take_back_dossier(units: np.ndarray, cells: np.ndarray, row: dict[str, Any], at: datetime, days: dict) -> None:
    """Undo what the rollups counted of a dossier that is accepted, or ended, only after `at`."""
    unit, accepted, ended, due = row["unit_id"], row["accepted_at"], row["ended_at"], row["due_at"]

    def add(name: str, amount: bool | int) -> None:
        units[unit, PLACE[name]] += int(amount)

    if ended is None:
        cells[unit, row["field_id"], OPEN] -= 1
        add("open_due", -(due is not None))
    elif accepted <= at:
        cells[unit, row["field_id"], OPEN] += 1
        add("open_due", due is not None)
        cells[unit, row["field_id"], LATE] += int(due is not None and due < at)
        add("due_24h", due is not None and at <= due < at + timedelta(hours=24))
    is_same_day = row["is_result"] and row["accepted_on"] == row["ended_on"]
    if days["first"] <= row["accepted_on"] <= days["today"]:
        if accepted > at:
            _take_back_acceptance(add, row, days)
        add("same_day", -is_same_day)
    if ended is not None and ended > at and row["is_result"] and row["ended_on"] <= days["today"]:
        add("resolved_today", -1)
        add("finished", -1)
        add("judged", -(due is not None))
        add("on_time", -(due is not None and ended <= due))
        add("rated", -(row["rating_min"] is not None))
        add("content", -(row["rating_min"] is not None and row["is_content"]))


def _take_back_acceptance(add, row: dict[str, Any], days: dict) -> None:
    add("received_today", -(row["accepted_on"] == days["today"]))
    add("received", -1)
    add("channel_known", -(row["channel"] is not None))
    add("online", -(row["channel"] in (1, 2)))
    add("accept_judged", -(row["accept_by"] is not None))
    add("accepted_late", -(row["accept_by"] is not None and row["accepted_at"] > row["accept_by"]))


def take_back_ticket(units: np.ndarray, row: dict[str, Any], at: datetime, days: dict) -> None:
    """Undo what the rollups counted of a call that is opened, or closed, only after `at`."""
    unit, opened, ended, due = row["unit_id"], row["opened_at"], row["ended_at"], row["due_at"]

    def add(name: str, amount: bool | int) -> None:
        units[unit, PLACE[name]] += int(amount)

    if ended is None:
        add("tickets_open", -1)
    elif opened <= at:
        add("tickets_open", 1)
        add("tickets_late", due is not None and due < at)
    add("tickets_opened_today", -(opened > at and row["opened_on"] == days["today"]))
    if ended is not None and ended > at and row["ended_on"] <= days["today"]:
        add("tickets_closed_today", -(row["ended_on"] == days["today"]))
        add("tickets_judged", -(due is not None))
        add("tickets_on_time", -(due is not None and ended <= due))


def _letters(
    cursor: Cursor, moment: Moment, units: np.ndarray, bounds: Bounds, name: str
) -> tuple[dict[str, bool], dict[int | None, int], int]:
    """Count the letters owed, and return what is fed: letters are where a rule binds and a feed tells of any."""
    fed, targets, total = _catalogue(cursor, moment)
    fed["letters"] = fed["letters"] and bool(bounds)
    if fed["letters"]:
        _fill(units, cursor, queries.run(cursor, "letters", name, at=moment.at, bounds=json.dumps(bounds)))
    return fed, targets, total


def _fill(units: np.ndarray, cursor: Cursor, rows: list[tuple]) -> None:
    names = [column.name for column in cursor.description]
    places = [PLACE[name] for name in names[1:]]
    for unit, *values in rows:
        units[unit, places] += [value or 0 for value in values]


def _named(cursor: Cursor, rows: list[tuple]) -> list[dict[str, Any]]:
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _catalogue(cursor: Cursor, moment: Moment) -> tuple[dict[str, bool], dict[int | None, int], int]:
    fed = _named(cursor, queries.run(cursor, "recount", "fed"))[0]
    targets = dict(queries.run(cursor, "recount", "targets", at=moment.at))
    return fed, targets, queries.run(cursor, "recount", "catalogue")[0][0]
