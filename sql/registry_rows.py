"""The registry as the program works with it: values with the ids that facts bear, and rows for the database."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sql.profile_parts import Geography, Profile


@dataclass(frozen=True)
class City:
    """Hold the head of the loaded profile; rules are complete, the calendar's days are dates."""

    name: str
    title: str
    timezone: str
    locale: str
    simulated: bool
    rules: dict
    thresholds: dict
    geographies: list[Geography]
    calendar: dict
    profile_hash: str
    loaded_at: datetime


@dataclass(frozen=True)
class Unit:
    """Describe a unit of one era with the id that facts bear."""

    id: int
    key: str
    code: str
    name_vi: str
    name_en: str
    kind: str
    level: str
    parent_code: str | None
    valid_from: date
    valid_to: date | None
    map_col: int | None
    map_row: int | None
    lat: float | None
    lon: float | None
    position: int


@dataclass(frozen=True)
class Successor:
    """Say which share (0..1] of one unit went to another."""

    from_id: int
    to_id: int
    share: float


@dataclass(frozen=True)
class Field:
    """Name a field of procedures; id 0 is "unassigned"."""

    id: int
    code: str
    name_vi: str
    name_en: str


@dataclass(frozen=True)
class Procedure:
    """Describe a procedure; statutory_days are working days or None; id 0 is "unassigned"."""

    id: int
    code: str
    name_vi: str
    name_en: str
    field_id: int
    level: str | None
    statutory_days: float | None
    from_feed: bool


@dataclass(frozen=True)
class Category:
    """Describe a kind of ticket; a time limit that is None is none; id 0 is "unassigned"."""

    id: int
    code: str
    name_vi: str
    name_en: str
    sla_hours: float | None
    from_feed: bool
    first_answer_hours: float | None = None
    forward_minutes: float | None = None
    about_dossiers: bool = False


@dataclass(frozen=True)
class Registry:
    """Hold everything a loader must know of the city; aliases are alias → code. city is None before the first load."""

    city: City | None
    units: list[Unit]
    successors: list[Successor]
    aliases: dict[str, str]
    fields: list[Field]
    procedures: list[Procedure]
    categories: list[Category]


def city_of(registry: Registry) -> City:
    """Return the city of a registry; ValueError before the first profile was loaded."""
    if registry.city is None:
        raise ValueError("no profile is loaded: run `python -m dashboard registry load PROFILE_DIR`")
    return registry.city


def city(row: dict[str, Any]) -> City:
    """Return the city of a database row."""
    rules = dict(row["rules"])
    kept = rules.pop("calendar")
    calendar = kept | {key: [date.fromisoformat(day) for day in kept[key]] for key in ("closed", "working")}
    geographies = [
        Geography(**one | {"on": date.fromisoformat(one["on"]), "levels": tuple(one["levels"])})
        for one in row["geographies"]
    ]
    return City(**row | {"rules": rules, "calendar": calendar, "geographies": geographies})


def tables(profile: Profile, now: datetime) -> dict[str, str]:
    """Return the rows of every registry table as JSON arrays; the calendar is kept among the city's rules."""
    return {name: json.dumps(rows, default=str) for name, rows in {
        "city": [_city(profile, now)],
        "units": [asdict(one) for one in profile.units],
        "successors": [asdict(one) for one in profile.successors],
        "aliases": [{"alias": alias, "code": code} for alias, code in profile.aliases.items()],
        "fields": [asdict(one) for one in profile.fields],
        "procedures": [asdict(one) for one in profile.procedures],
        "categories": [asdict(one) for one in profile.categories],
        "indicators": [asdict(one) for one in profile.indicators],
        "feeds": [asdict(one) for one in profile.feed_heads],
    }.items()}  # fmt: skip


def _city(profile: Profile, now: datetime) -> dict:
    same = ("name", "title", "timezone", "locale", "simulated", "thresholds")
    return {key: getattr(profile, key) for key in same} | {
        "rules": profile.rules | {"calendar": profile.calendar},
        "geographies": [asdict(one) for one in profile.geographies],
        "profile_hash": profile.hash,
        "loaded_at": now.isoformat(),
    }
