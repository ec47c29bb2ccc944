"""GeoReport v2 questions about calls: what is asked, which calls answer it, and their records."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from simulator import faults, instants
from simulator.hotline import CHANNELS, Calls, Hotline
from simulator.instants import DAY_S, NEVER

LONGEST_SPAN_S = 90 * DAY_S
DEFAULT_SIZE, MOST_SIZE = 1000, 5000
AS_IS, DUPLICATE, RUBBISH = 0, 1, 2
RUBBISH_KINDS = ("no id", "date that is no date", "unknown unit", "closed before requested")
TEXT = "Nội dung mô phỏng, không phải phản ánh thật"


class NotFound(Exception):
    """Name what does not exist; GeoReport answers 404."""


class Invalid(Exception):
    """Say why a question cannot be answered; GeoReport answers 400."""


@dataclass(frozen=True)
class Question:
    """Hold what is asked: two half-open spans of seconds, filters, the page."""

    requested: tuple[int, int] | None
    updated: tuple[int, int] | None
    statuses: frozenset[str]
    services: frozenset[str]
    codes: tuple[str, ...]
    page: int
    size: int
    is_extended: bool

    @property
    def key(self) -> tuple[object, ...]:
        """Return what pages of one question have in common, but for its end when none was given."""
        return (self.requested, self.updated, self.statuses, self.services, self.codes)


def read(params: Mapping[str, str], services: set[str], now: int) -> Question:
    """Read the parameters of GET requests; raise Invalid or NotFound as the standard says."""
    updated = _span(params, "updated_after", "updated_before", now)
    requested = _span(params, "start_date", "end_date", now)
    codes = tuple(code for code in params.get("service_request_id", "").split(",") if code)
    if requested is None and updated is None and not codes:
        requested = (now - LONGEST_SPAN_S, now + 1)
    asked = frozenset(code for code in params.get("service_code", "").split(",") if code)
    if asked - services:
        raise NotFound(f"service_code {', '.join(sorted(asked - services))} was not found")
    statuses = frozenset(word for word in params.get("status", "open,closed").split(",") if word)
    if statuses - {"open", "closed"}:
        raise Invalid("status must be open or closed")
    return Question(
        requested, updated, statuses, asked, codes, _whole(params, "page", 1, 10**9),
        _whole(params, "page_size", DEFAULT_SIZE, MOST_SIZE), params.get("extensions", "").lower() in ("true", "1"),
    )  # fmt: skip


def _span(params: Mapping[str, str], first: str, last: str, now: int) -> tuple[int, int] | None:
    """Read a span of at most ninety days; the side that is not given is ninety days from the other."""
    given = {}
    for name in (first, last):
        if params.get(name):
            try:
                given[name] = instants.parse_iso(params[name])
            except ValueError as error:
                raise Invalid(f"{name} is not a W3C date and time: {params[name]!r}") from error
    if not given:
        return None
    if last not in given:
        return (given[first], min(given[first] + LONGEST_SPAN_S, now + 1))
    if first not in given:
        return (given[last] - LONGEST_SPAN_S, given[last])
    if given[last] < given[first]:
        raise Invalid(f"{last} is before {first}")
    if given[last] - given[first] > LONGEST_SPAN_S:
        raise Invalid(f"the span from {first} to {last} is longer than 90 days")
    return (given[first], given[last])


def _whole(params: Mapping[str, str], name: str, default: int, most: int) -> int:
    value = params.get(name) or str(default)
    if not value.isdigit() or int(value) < 1:
        raise Invalid(f"{name} must be a whole number from 1")
    return min(int(value), most)


@dataclass(frozen=True)
class Found:
    """Hold the calls that answer a question, in order, as known at one instant."""

    seen_at: int
    day: np.ndarray
    row: np.ndarray
    variant: np.ndarray

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.day)


def find(hotline: Hotline, question: Question, history_from: int, seen_at: int) -> Found:
    """Find the calls, by the time asked for (requested, else updated)."""
    if question.codes:
        return _by_code(hotline, question.codes, history_from, seen_at)
    if question.requested:
        days = hotline.days(max(question.requested[0], history_from), min(question.requested[1], seen_at + 1))
    else:
        assert question.updated is not None
        days = hotline.changing(max(question.updated[0], history_from), min(question.updated[1], seen_at + 1))
    parts = [_of_day(hotline, calls, question, history_from, seen_at) for calls in days]
    nothing = (np.zeros(0, dtype=np.int64),) * 4
    at, day, row, variant = (np.concatenate(column).astype(np.int64) for column in zip(nothing, *parts, strict=True))
    order = np.lexsort((variant, row, day, at))
    return Found(seen_at, day[order], row[order], variant[order])


def _of_day(
    hotline: Hotline, calls: Calls, question: Question, history_from: int, seen_at: int
) -> tuple[np.ndarray, ...]:
    """Return time, day, row and variant of the calls of a day that answer."""
    known, updated = known_at(calls, seen_at)
    wanted = known[:, 0] & (calls.opened >= history_from)
    for span, at in ((question.requested, calls.opened), (question.updated, updated)):
        if span:
            wanted &= (at >= span[0]) & (at < span[1])
    if len(question.statuses) == 1:
        wanted &= is_open(known) == ("open" in question.statuses)
    if question.services:
        asked = [category.code in question.services for category in hotline.city.categories]
        wanted &= np.array(asked)[calls.category]
    row = np.flatnonzero(wanted)
    twice = row[calls.quirk[row] < 65_536 * faults.DUPLICATE * hotline.dirt]
    bad = row[calls.quirk[row] > 65_536 * (1 - faults.RUBBISH * hotline.dirt)]
    rows = np.concatenate([row, twice, bad])
    variant = np.repeat([AS_IS, DUPLICATE, RUBBISH], [len(row), len(twice), len(bad)])
    at = calls.opened if question.requested else updated
    return at[rows], np.full(len(rows), calls.day), rows, variant


def _by_code(hotline: Hotline, codes: tuple[str, ...], history_from: int, seen_at: int) -> Found:
    """Find calls by number; those that do not exist are left out."""
    found = []
    for code in codes:
        prefix, _, rest = code.partition("-")
        stamp, _, number = rest.partition("-")
        if prefix != "1022" or not (stamp + number).isdigit() or len(stamp) != 6:
            continue
        try:
            day = instants.parse_compact(f"20{stamp}000000") // DAY_S
        except ValueError:
            continue
        if 0 <= day <= seen_at // DAY_S and (calls := hotline.day(day)) and 1 <= int(number) <= len(calls):
            opened = int(calls.opened[int(number) - 1])
            if history_from <= opened <= seen_at:
                found.append((day, int(number) - 1))
    columns = np.array(found, dtype=np.int64).reshape(-1, 2)
    return Found(seen_at, columns[:, 0], columns[:, 1], np.zeros(len(columns), dtype=np.int64))


def known_at(calls: Calls, seen_at: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which moments are known, (n, 5), and the last of them, (n,)."""
    moments = calls.moments()
    known = moments <= (seen_at - calls.lag.astype(np.int32))[:, None]
    return known, np.where(known, moments, -1).max(axis=1, initial=-1)


def is_open(known: np.ndarray) -> np.ndarray:
    """Return which calls are open: not closed yet, or reopened and not closed again."""
    return ~known[:, 2] | (known[:, 3] & ~known[:, 4])


class CallRecords:
    """Spell calls as GeoReport records."""

    def __init__(self, hotline: Hotline):
        """Keep the source of the calls."""
        self.hotline = hotline

    def spell(self, found: Found, page: slice, is_extended: bool) -> list[dict[str, Any]]:
        """Return the records of a page."""
        records: list[dict[str, Any]] = []
        days, rows, variants = found.day[page], found.row[page], found.variant[page]
        edges = np.flatnonzero(np.diff(days)) + 1
        for group in np.split(np.arange(len(days)), edges):
            if group.size:
                calls = _taken(self.hotline.day(int(days[group[0]])), rows[group])
                records += self._of_day(calls, rows[group], variants[group], found.seen_at, is_extended)
        return records

    def _of_day(
        self, calls: Calls, rows: np.ndarray, variants: np.ndarray, seen_at: int, is_extended: bool
    ) -> list[dict[str, Any]]:
        known, updated = known_at(calls, seen_at)
        moments = np.where(known, calls.moments(), NEVER)
        closed = np.where(known[:, 4], moments[:, 4], moments[:, 2])
        told = (calls.opened, updated.astype(np.int32), calls.due, moments[:, 1], closed, moments[:, 3])
        stamp = instants.date_of(calls.day).strftime("%y%m%d")
        columns = zip(
            rows.tolist(), calls.unit.tolist(), calls.category.tolist(), calls.channel.tolist(),
            is_open(known).tolist(), *(instants.iso(at) for at in told), variants.tolist(), strict=True,
        )  # fmt: skip
        return [self._record(stamp, is_extended, *values) for values in columns]

    def _record(
        self, stamp: str, is_extended: bool, row: int, unit: int, category: int, channel: int, is_open: bool,
        opened: str, updated: str, due: str, answered: str | None, closed: str | None, reopened: str | None,
        variant: int,
    ) -> dict[str, Any]:  # fmt: skip
        city = self.hotline.city
        service = city.categories[category]
        record: dict[str, Any] = {
            "service_request_id": f"1022-{stamp}-{row + 1:05d}", "status": "open" if is_open else "closed",
            "status_notes": None, "service_name": service.name, "service_code": service.code, "description": TEXT,
            "agency_responsible": city.names[unit], "service_notice": None, "requested_datetime": opened,
            "updated_datetime": updated, "expected_datetime": due, "address": "Số 1, Đường Mô Phỏng",
            "address_id": None, "zipcode": None, "lat": None, "long": None, "media_url": None,
        }  # fmt: skip
        if is_extended:
            record["extended_attributes"] = {
                "unit": city.codes[unit], "channel": CHANNELS[channel], "first_answer_at": answered,
                "closed_at": closed, "reopened_at": reopened,
            }  # fmt: skip
            record["notes"] = _notes(opened=opened, answered=answered, closed=closed, reopened=reopened)
        return spoil(record, row) if variant == RUBBISH else record


def _notes(**moments: str | None) -> list[dict[str, str]]:
    """Return what happened as the notes of the standard's extension, in order of time."""
    happened = sorted((at, kind) for kind, at in moments.items() if at)
    return [{"datetime": at, "description": TEXT, "type": kind} for at, kind in happened]


def _taken(calls: Calls, rows: np.ndarray) -> Calls:
    """Return some calls of a day."""
    columns = [part.name for part in fields(Calls) if part.name != "day"]
    return replace(calls, **{name: getattr(calls, name)[rows] for name in columns})


def spoil(record: dict[str, Any], row: int) -> dict[str, Any]:
    """Make a record one that no check may pass, under a number of its own."""
    kind = RUBBISH_KINDS[row % len(RUBBISH_KINDS)]
    record["service_request_id"] = record["service_request_id"].replace("1022-", "1022-X")
    if kind == "no id":
        record["service_request_id"] = ""
    elif kind == "date that is no date":
        record["requested_datetime"] = "hôm qua"
    elif kind == "unknown unit":
        record["agency_responsible"] = "Phường Không Có Thật"
    else:
        before = f"2023-{record['requested_datetime'][5:]}".replace("-02-29", "-02-28")
        record |= {"status": "closed", "updated_datetime": before}
        if "extended_attributes" in record:
            record["extended_attributes"] |= {"closed_at": before, "first_answer_at": None, "reopened_at": None}
            record["notes"] = _notes(closed=before)
    return record
