"""What the door takes of a record: the mapped columns alone, as the profile's own portal and hotline feeds map them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from etl import feeds
from etl.connectors.datasets import CANONICAL
from etl.connectors.errors import FeedError
from etl.connectors.feed import Connector, Feed, Times
from etl.connectors.geo_report import shaped
from etl.connectors.records import pick
from etl.connectors.standards import STANDARDS
from etl.door.senders import Sender

log = structlog.get_logger("door")
STANDARD_KINDS = {"dossiers": "portal", "steps": "portal", "tickets": "open311"}
UNKNOWN = {"dossiers": {"procedure": "keep"}, "steps": {}, "tickets": {"unit": "refuse", "category": "refuse"}}
LATE_AFTER_S = 3600


@dataclass
class Row:
    """Hold one record on its way: `record` has its mapped columns, None for what is no record at all.

    `fallback` is the unit for a record that names none that is known. `told_at` is when it was told, None = now.
    `is_dated` False marks a call of the hotline whose opening time is only that of its arrival, `is_bare` one that
    says nothing either of what became of it since.
    The writer sets `outcome` (merged, unchanged or refused) and, for the last, `reason` and `detail`.
    """

    sender: Sender
    dataset: str
    number: int
    record: dict[str, Any] | None
    fallback: str | None = None
    told_at: datetime | None = None
    is_dated: bool = True
    is_bare: bool = False
    outcome: str = ""
    reason: str = ""
    detail: str = ""
    text: dict[str, str | None] | None = None
    load_id: int | None = None

    def refuse(self, reason: str, detail: str, text: dict[str, str | None] | None = None) -> None:
        """Refuse the record; `text` is what of it is held."""
        self.outcome, self.reason, self.detail, self.text = "refused", reason, detail, text or {}


def templates(profile: Path) -> dict[str, Feed]:
    """Return how records of each dataset are mapped: as the profile's feed of the same standard does, else by it."""
    found = {dataset: _standard(dataset) for dataset in STANDARD_KINDS}
    for path in sorted((profile / "feeds").glob("*.toml")):
        try:
            feed = feeds.read(path)
        except FeedError as error:
            log.error("feed_file_broken", error=str(error))
            continue
        if feed.connector.kind == STANDARD_KINDS.get(feed.dataset):
            found[feed.dataset] = _like(feed)
    return found


def _standard(dataset: str) -> Feed:
    standard = STANDARDS[STANDARD_KINDS[dataset], dataset]
    columns = {name: standard.columns[name] for name in CANONICAL[dataset] if name in standard.columns}
    if dataset == "tickets":
        columns["category"] = "service_code"
    values = {name: dict(table) for name, table in standard.values.items()}
    return Feed(
        "push", dataset, "push", LATE_AFTER_S, None, Connector("push", "utf-8", "", {}), columns,
        Times(standard.times, None), values, UNKNOWN[dataset], frozenset(), Path("push"), "",
    )  # fmt: skip


def _like(feed: Feed) -> Feed:
    """Return how the door maps what a pulled feed maps; it never makes units or categories."""
    unknown = feed.unknown if feed.dataset != "tickets" else UNKNOWN["tickets"]
    unknown = {name: "keep" if what == "create" else what for name, what in unknown.items()}
    columns = feed.columns | ({"category": "service_code"} if feed.dataset == "tickets" else {})
    return replace(feed, id="push", columns=columns, unknown=unknown, optional=frozenset())


def taken(template: Feed, record: Any) -> dict[str, Any] | None:
    """Return the mapped columns of a record, None for what is none; everything else is left behind here."""
    if not isinstance(record, Mapping):
        return None
    shape = {"steps": _step, "tickets": shaped}.get(template.dataset)
    told = shape(record) if shape else record
    return {name: pick(told, name) for name in template.source_columns}


def _step(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a progress record with a key: clients that send only when something was done send neither code nor start.

    Then each moment of work is a step of its own, that began at that moment.
    """
    if record.get("MaBuoc") or record.get("NgayBatDau") or not isinstance(record.get("ThoiDiemXuLy"), str):
        return dict(record)
    at = record["ThoiDiemXuLy"]
    department = record.get("PhongBanXuLy")
    code = f"{department if isinstance(department, str) else ''}|{at}"
    return {**record, "MaBuoc": code, "NgayBatDau": at}
