"""Read what a profile says in TOML: its head, geographies, rules, thresholds, calendar and the heads of its feeds."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from holidays import list_supported_countries

from sql.profile_files import duration_s, line_of, read_toml
from sql.profile_parts import FeedHead, Geography, Problem

DATASETS = ("dossiers", "steps", "ratings", "tickets", "observations", "targets", "letters")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE = [["08:00", "12:00"], ["13:00", "17:00"]]
DEFAULT_RULES: dict = {
    "acceptance": {"working_days": 1},
    "same_day": {"cutoff": "15:00"},
    "satisfaction": {"content_from": 2, "minimum_n": 30},
    "ranking": {"minimum_n": 30},
}


DEFAULT_WALL: dict = {"pages": [], "seconds": 20}


class Table:
    """Give the values of one TOML file and note, with their line, those that cannot be used."""

    def __init__(self, path: Path, name: str, problems: list[Problem]):
        self.name, self.problems = name, problems
        data, self.text = read_toml(path, name, problems)
        self.is_read, self.data = data is not None, data or {}

    def refuse(self, word: str, reason: str, nth: int = 0) -> None:
        """Note what is wrong with the nth entry or table called `word`."""
        self.problems.append(Problem(self.name, line_of(self.text, word, nth), reason))

    def string(self, key: str, default: str | None = None, table: dict | None = None) -> str:
        """Return a text of the file, or of one of its tables; a missing one without default is noted."""
        value = (self.data if table is None else table).get(key, default)
        if not isinstance(value, str) or not value:
            self.refuse(key, f"{key} is missing" if value is None else f"{key} is no text")
            return ""
        return value


def head(table: Table) -> dict:
    """Return name, title, timezone, locale and simulated."""
    found = {key: table.string(key) for key in ("name", "title", "timezone")}
    found["locale"] = table.string("locale", "vi")
    if found["timezone"] and found["timezone"] not in available_timezones():
        table.refuse("timezone", f'timezone "{found["timezone"]}" is unknown')
    found["simulated"] = table.data.get("simulated", False)
    if not isinstance(found["simulated"], bool):
        table.refuse("simulated", "simulated is neither true nor false")
    return found


def geographies(table: Table) -> list[Geography]:
    """Return the [[geography]] tables that can be read; exactly one of them is the default."""
    given = table.data.get("geography", [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        table.refuse("geography", "geography is no list of [[geography]] tables")
        return []
    found = [one for nth, said in enumerate(given) if (one := _geography(table, said, nth))]
    for word, values in (("id", [g.id for g in found]), ("default", [g.default for g in found if g.default])):
        if len(values) != len(set(values)):
            table.refuse("geography", f"two geographies have the same {word}")
    if found and not any(one.default for one in found):
        first = found[0]
        found[0] = Geography(first.id, first.name_vi, first.name_en, first.on, first.levels, True)
    return found


def _geography(table: Table, said: dict, nth: int) -> Geography | None:
    name = str(said.get("id", ""))
    vi, en = said.get("name_vi") or said.get("name_en") or name, said.get("name_en") or said.get("name_vi") or name
    on, levels = said.get("on"), said.get("levels", [])
    wrong = []
    if not name:
        wrong.append("a geography has no id")
    if not isinstance(on, date) or isinstance(on, datetime):
        wrong.append(f'geography {name}: on = "{on}" is no date' if on else f"geography {name}: on is missing")
    if not isinstance(levels, list) or not levels or not all(isinstance(level, str) for level in levels):
        wrong.append(f"geography {name}: levels is no list of levels")
    for reason in wrong:
        table.refuse("geography", reason, nth)
    if wrong or not isinstance(on, date):
        return None
    return Geography(name, str(vi), str(en), on, tuple(levels), bool(said.get("default", False)))


def rules(table: Table) -> dict:
    """Return the [rules] laid over the defaults."""
    given = table.data.get("rules", {})
    merged = {name: dict(values) for name, values in DEFAULT_RULES.items()}
    for name, values in given.items() if isinstance(given, dict) else []:
        if isinstance(values, dict):
            merged[name] = merged.get(name, {}) | values
        else:
            table.refuse(name, f"rules.{name} is no table")
    for name, key in (("acceptance", "working_days"), ("satisfaction", "content_from"), ("satisfaction", "minimum_n"),
                      ("ranking", "minimum_n")):  # fmt: skip
        if not _is_number(merged[name].get(key)) or merged[name][key] < 0:
            table.refuse(name, f"rules.{name}.{key} is no number from 0")
    _check_campaign(table, merged.get("same_day_campaign"))
    if not _is_time(merged["same_day"].get("cutoff")):
        table.refuse("same_day", "rules.same_day.cutoff is no time HH:MM")
    merged["wall"] = _wall(table)
    if "title_en" in table.data:
        merged["titles"] = {"en": table.string("title_en")}
    return merged


def _wall(table: Table) -> dict:
    """Return the [wall]: the pages that a wall screen turns through, and how many seconds each stays."""
    given = table.data.get("wall", {})
    if not isinstance(given, dict):
        table.refuse("wall", "wall is no table")
        return DEFAULT_WALL
    found = DEFAULT_WALL | given
    if not isinstance(found["pages"], list) or not all(isinstance(name, str) for name in found["pages"]):
        table.refuse("pages", "wall.pages is no list of names of pages")
    if not _is_number(found["seconds"]) or found["seconds"] < 2:
        table.refuse("seconds", "wall.seconds is no number from 2")
    return found


def _check_campaign(table: Table, said: dict | None) -> None:
    if said is None:
        return
    first, last = (_day(said.get(key)) for key in ("first", "last"))
    wrong = "first or last is no date" if first is None or last is None else "last is before first"
    if first is None or last is None or last < first:
        table.refuse("same_day_campaign", f"rules.same_day_campaign: {wrong}")
    for key, most in (("share", 1), ("dossiers", float("inf"))):
        value = said.get(key, 1)
        if not _is_number(value) or not 0 < value <= most:
            table.refuse(
                "same_day_campaign",
                f"rules.same_day_campaign.{key} is no number above 0" + (" and up to 1" if most == 1 else ""),
            )


def _day(value: object) -> date | None:
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def thresholds(table: Table) -> dict:
    """Return the [thresholds]: indicator → {watch, late}."""
    given = table.data.get("thresholds", {})
    if not isinstance(given, dict):
        table.refuse("thresholds", "thresholds is no table")
        return {}
    for name, values in given.items():
        if not isinstance(values, dict) or not all(_is_number(values.get(key)) for key in ("watch", "late")):
            table.refuse(name, f"thresholds.{name} lacks the numbers watch and late")
    return given


def calendar(folder: Path, problems: list[Problem]) -> dict:
    """Return country, closed and working days (dates), office hours by weekday; without a file Monday to Friday."""
    if not (folder / "calendar.toml").exists():
        return {"country": "", "closed": [], "working": [], "office": dict.fromkeys(WEEKDAYS[:5], OFFICE)}
    table = Table(folder / "calendar.toml", "calendar.toml", problems)
    data = table.data
    country = data.get("country", "")
    if country and country not in list_supported_countries():
        table.refuse("country", f'country "{country}" is unknown to the holidays library')
    days = {key: _days(table, key, data.get(key, [])) for key in ("closed", "working")}
    for day in sorted(set(days["closed"]) & set(days["working"])):
        table.refuse("working", f"{day} is both closed and working")
    office = data.get("office", dict.fromkeys(WEEKDAYS[:5], OFFICE))
    _check_office(table, office)
    return {"country": country, **days, "office": office}


def _days(table: Table, key: str, given: object) -> list[date]:
    found: list[date] = []
    for value in given if isinstance(given, list) else [given]:
        if isinstance(value, datetime) or not isinstance(value, date):
            table.refuse(key, f'{key}: "{value}" is no date')
        elif value in found:
            table.refuse(key, f"{key}: {value} stands there twice")
        else:
            found.append(value)
    return sorted(found)


def _check_office(table: Table, office: object) -> None:
    if not isinstance(office, dict) or not any(office.values()):
        table.refuse("office", "office has no working hours")
        return
    for day, spans in office.items():
        if day not in WEEKDAYS:
            table.refuse(day, f'office: "{day}" is none of {", ".join(WEEKDAYS)}')
        elif not _are_spans(spans):
            table.refuse(day, f'office: {day} is no list of ["HH:MM", "HH:MM"] in order')


def _are_spans(spans: object) -> bool:
    if not isinstance(spans, list) or not all(isinstance(span, list) and len(span) == 2 for span in spans):
        return False
    flat = [instant for span in spans for instant in span]
    return all(map(_is_time, flat)) and all(a < b for a, b in pairwise(flat))


def feed_heads(folder: Path, problems: list[Problem]) -> list[FeedHead]:
    """Return what the registry keeps of feeds/*.toml; the rest of a feed file is checked by the one who reads it."""
    found: dict[str, FeedHead] = {}
    for path in sorted((folder / "feeds").glob("*.toml")):
        table = Table(path, f"feeds/{path.name}", problems)
        one = _feed_head(table, path) if table.is_read else None
        if one and one.id in found:
            table.refuse("id", f"feed {one.id} stands already in feeds/{found[one.id].path.name}")
        elif one:
            found[one.id] = one
    return list(found.values())


def _feed_head(table: Table, path: Path) -> FeedHead | None:
    before = len(table.problems)
    feed, connector = table.data.get("feed"), table.data.get("connector")
    for name, value in (("feed", feed), ("connector", connector)):
        if not isinstance(value, dict):
            table.refuse(name, f"table [{name}] is missing")
    if not isinstance(feed, dict) or not isinstance(connector, dict):
        return None
    said = {key: table.string(key, table=feed) for key in ("id", "dataset", "late_after")}
    kind = table.string("kind", table=connector)
    if said["dataset"] and said["dataset"] not in DATASETS:
        table.refuse("dataset", f'dataset "{said["dataset"]}" is none of {", ".join(DATASETS)}')
    late_after, every = (_duration(table, key, feed.get(key)) for key in ("late_after", "every"))
    title_en = table.string("title_en", table=feed) if "title_en" in feed else None
    if len(table.problems) > before:
        return None
    return FeedHead(said["id"], said["dataset"], str(feed.get("title") or said["id"]), kind,
                    max(1, round(late_after or 0)), every, path, title_en)  # fmt: skip


def _duration(table: Table, key: str, value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        return duration_s(value)
    except ValueError as error:
        table.refuse(key, f"{key}: {error}")
        return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_time(value: object) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"\d\d:\d\d", value):
        return False
    try:
        return bool(time.fromisoformat(value)) or True
    except ValueError:
        return False
