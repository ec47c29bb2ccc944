"""Any order, any duplicates and any batching of the same records end in the same facts."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sql import database
from tests.conftest import fresh_database
from tests.db.deliveries import (
    Row,
    batches_of,
    deliver,
    differences,
    emptied,
    feed_of,
    framer_of,
    local,
    state,
)
from tests.db.deliveries import (
    rows as query,
)

DOSSIER = (
    "code",
    "procedure",
    "unit",
    "channel",
    "submitted_at",
    "accepted_at",
    "due_at",
    "finished_at",
    "status",
    "changed_at",
)
DESK = ("code", "unit", "submitted_at", "due_at", "returned_at", "changed_at")
STEP = ("code", "dossier", "agency", "department", "started_at", "due_at", "finished_at", "status", "changed_at")
STEP_DESK = ("code", "dossier", "started_at", "finished_at", "changed_at")
TICKET = (
    "code",
    "opened_at",
    "due_at",
    "first_answer_at",
    "closed_at",
    "reopened_at",
    "unit",
    "category",
    "channel",
    "changed_at",
)
TICKET_DESK = ("code", "opened_at", "unit", "closed_at", "status", "changed_at")
RATING = ("dossier", "stage", "score", "rated_at")

VERSIONS = [local(1, 8) + timedelta(hours=7 * step) for step in range(6)]
OPENED = [local(2, 0), local(2, 6, 59), local(9, 16), local(19, 23, 59), local(20, 10)]
LATER = [local(2, 7), local(9, 16), local(20, 0, 30), local(20, 10, 30), local(20, 17), local(25, 9)]
MODEST = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


class Event(NamedTuple):
    """One record of a feed."""

    feed: str
    row: Row


def times(pool: list[datetime], may_miss: bool = True) -> st.SearchStrategy[str | None]:
    told = st.sampled_from([moment.isoformat() for moment in pool])
    return st.one_of(st.none(), told, told) if may_miss else told


def records(feed: str, columns: tuple[str, ...], values: dict[str, st.SearchStrategy]) -> st.SearchStrategy[Event]:
    return st.fixed_dictionaries({name: values[name] for name in columns}).map(lambda row: Event(feed, row))


STORED = """
    select d.code, p.code, u.key, d.channel::text, d.submitted_at, d.accepted_at, d.due_given_at, d.finished_at,
        d.returned_at, d.status::text, d.changed_at, d.due_since
    from dossier as d join unit as u on u.id = d.unit_id left join procedure as p on p.id = d.procedure_id
    order by d.code
"""
STORED_COLUMNS = (
    "code", "procedure", "unit", "channel", "submitted_at", "accepted_at", "due_at", "finished_at", "returned_at",
    "status", "changed_at",
)  # fmt: skip
RANK = {"unassigned": "", "1": "01", "4": "04", "7": "07"}  # ids and numbers, not texts, are compared
CODES = st.sampled_from(["D1", "D2", "D3"])
STATUS = st.sampled_from([None, "1", "4", "7", "10"])
DOSSIER_VALUES = {
    "code": CODES, "procedure": st.sampled_from([None, "P1", "P2", "P4"]), "unit": st.sampled_from(["10", "20", "40"]),
    "channel": st.sampled_from([None, "online_full", "counter"]), "submitted_at": times(OPENED, may_miss=False),
    "accepted_at": times(OPENED), "due_at": times(LATER), "finished_at": times(LATER), "returned_at": times(LATER),
    "status": STATUS, "changed_at": times(VERSIONS, may_miss=False),
}  # fmt: skip
STEP_VALUES = {
    "code": st.sampled_from(["S1", "S2"]), "dossier": CODES, "agency": st.sampled_from([None, "An", "Đông"]),
    "department": st.sampled_from([None, "Một cửa"]), "started_at": times(OPENED), "due_at": times(LATER),
    "finished_at": times(LATER), "status": STATUS, "changed_at": times(VERSIONS, may_miss=False),
}  # fmt: skip
RATING_VALUES = {
    "dossier": CODES, "stage": st.sampled_from([None, "reception", "return"]),
    "score": st.sampled_from(["0", "1", "2"]),
    "rated_at": times(VERSIONS, may_miss=False),
}  # fmt: skip
TICKET_VALUES = {
    "code": st.sampled_from(["T1", "T2", "T3"]), "opened_at": times(OPENED, may_miss=False), "due_at": times(LATER),
    "first_answer_at": times(LATER), "closed_at": times(LATER), "reopened_at": times(LATER),
    "unit": st.sampled_from(["10", "TP Đông", "40"]), "category": st.sampled_from([None, "noise", "lighting", "other"]),
    "channel": st.sampled_from([None, "phone", "app"]), "status": st.sampled_from([None, "open", "closed"]),
    "changed_at": times(VERSIONS, may_miss=False),
}  # fmt: skip

DOSSIER_EVENTS = st.lists(
    st.one_of(
        records("portal", DOSSIER, DOSSIER_VALUES),
        records("portal", DOSSIER, DOSSIER_VALUES),
        records("desk", DESK, DOSSIER_VALUES),
        records("steps", STEP, STEP_VALUES),
        records("steps-desk", STEP_DESK, STEP_VALUES),
        records("ratings", RATING, RATING_VALUES),
    ),
    min_size=1,
    max_size=14,
)
TICKET_EVENTS = st.lists(
    st.one_of(records("calls", TICKET, TICKET_VALUES), records("calls-desk", TICKET_DESK, TICKET_VALUES)),
    min_size=1,
    max_size=12,
)


@st.composite
def arrangements(draw, events: list[Event]) -> list[tuple[str, list[Row], int]]:
    """Draw an order of arrival, with records that come again: deliveries of (feed, rows, rows a batch)."""
    order = draw(st.permutations(events)) + draw(st.lists(st.sampled_from(events), max_size=4))
    deliveries: list[tuple[str, list[Row], int]] = []
    longest = draw(st.integers(1, len(order)))
    for event in order:
        if deliveries and deliveries[-1][0] == event.feed and len(deliveries[-1][1]) < longest:
            deliveries[-1][1].append(event.row)
        else:
            deliveries.append((event.feed, [event.row], draw(st.integers(1, 5))))
    return deliveries


class City:
    """A database with its feeds, to be filled and emptied."""

    def __init__(self, url, folder) -> None:
        self.conn = database.connect(url)
        self.framer = framer_of(url)
        told = {
            "portal": ("dossiers", DOSSIER), "desk": ("dossiers", DESK), "steps": ("steps", STEP),
            "steps-desk": ("steps", STEP_DESK), "ratings": ("ratings", RATING), "calls": ("tickets", TICKET),
            "calls-desk": ("tickets", TICKET_DESK),
        }  # fmt: skip
        self.feeds = {name: feed_of(folder, name, dataset, columns) for name, (dataset, columns) in told.items()}

    def take(self, deliveries):
        """Load deliveries one after the other; return how many rows changed something."""
        merged = 0
        for feed, rows, size in deliveries:
            counts = deliver(self.conn, self.feeds[feed], batches_of(self.feeds[feed], rows, size))
            assert counts.read == len(rows) == counts.merged + counts.unchanged + counts.refused
            merged += counts.merged
        return merged

    def after(self, deliveries):
        """Return what stands after deliveries into an empty database, and prove it sound."""
        emptied(self.conn)
        self.take(deliveries)
        assert differences(self.conn, self.framer) == []
        stands = state(self.conn)
        assert self.take(deliveries) == 0, "what is loaded again changes nothing"
        assert state(self.conn) == stands
        return stands


@pytest.fixture(scope="module")
def town(postgres, city_template, tmp_path_factory):
    urls = fresh_database(postgres, city_template)
    town = City(next(urls), tmp_path_factory.mktemp("feeds"))
    yield town
    town.conn.close()
    next(urls, None)


@given(st.data())
@MODEST
def test_any_arrival_of_dossiers_steps_and_ratings_ends_in_the_same_state(town, data):
    events = data.draw(DOSSIER_EVENTS)
    one_way = town.after(data.draw(arrangements(events)))
    assert town.after(data.draw(arrangements(events))) == one_way
    told = [event for event in events if event.feed in ("portal", "desk") and is_possible(event.row)]
    assert query(town.conn, STORED) == newest(told)
    assert one_way.due_changes == appointments(told)


@given(st.data())
@MODEST
def test_any_arrival_of_tickets_ends_in_the_same_state(town, data):
    events = data.draw(TICKET_EVENTS)
    assert town.after(data.draw(arrangements(events))) == town.after(data.draw(arrangements(events)))


def is_possible(row: Row) -> bool:
    """Tell whether a record may be a fact: it does not end before it began."""
    ends = [row[name] for name in ("finished_at", "returned_at") if row.get(name)]
    return not any(row.get("accepted_at") and instant(end) < instant(row["accepted_at"]) for end in ends)


def newest(told: list[Event]) -> list[tuple]:
    """Return each dossier by the plainest reading of the rule: column by column the newest word counts."""
    stored = []
    for code in sorted({event.row["code"] for event in told}):
        mine = [event.row for event in told if event.row["code"] == code]
        values = {name: newest_value(name, [row for row in mine if name in row]) for name in DOSSIER_VALUES}
        due = values["due_at"]
        since = min((version(row) for row in mine if due and row.get("due_at") == due.isoformat()), default=None)
        stored.append((*(values[name] for name in STORED_COLUMNS), since))
    return stored


def newest_value(name: str, mine: list[Row]):
    """Return the value of the newest version; of several of one version the greatest."""
    if not mine:
        return typed(name, None)
    said = [typed(name, row[name]) for row in mine if version(row) == max(version(row) for row in mine)]
    return max((one for one in said if one is not None), default=None, key=lambda one: RANK.get(one, one))


def typed(name: str, text: str | None):
    if text is None:
        return {"procedure": "unassigned"}.get(name)
    if name == "channel":
        return {"online_full": "1", "counter": "3"}[text]
    return instant(text) if name.endswith("_at") else text


def appointments(told: list[Event]) -> list[tuple]:
    """Return every due time of the dossiers that were told of more than one, with the first version that told of it."""
    since: dict[str, dict[datetime, datetime]] = defaultdict(dict)
    for event in told:
        if event.row["due_at"]:
            due = instant(event.row["due_at"])
            mine = since[event.row["code"]]
            mine[due] = min(mine.get(due, version(event.row)), version(event.row))
    return sorted((code, due, first) for code, mine in since.items() if len(mine) > 1 for due, first in mine.items())


def version(row: Row) -> datetime:
    return instant(row["changed_at"])


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
