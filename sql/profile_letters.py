"""Read the rules of letters of apology of a profile (letters.toml): data with scope, dates and sources."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from indicators.letters import CONTENTS, NUMBERS, TEXTS
from sql.profile_parts import Problem
from sql.profile_settings import Table

FILE = "letters.toml"
KEYS = {"id", "title_vi", "title_en", "source", "verified", "from", "to", "units", "contents", *NUMBERS, *TEXTS}


def rules(folder: Path, codes: set[str], problems: list[Problem]) -> list[dict[str, Any]]:
    """Return the [[rule]] tables in their order, days as ISO texts; none without the file. `codes` are the units'."""
    if not (folder / FILE).exists():
        return []
    table = Table(folder / FILE, FILE, problems)
    given = table.data.get("rule", [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        table.refuse("rule", "rule is no list of [[rule]] tables")
        return []
    ids = [one.get("id") for one in given]
    for nth, one in enumerate(given):
        for reason in _wrong(one, ids, codes):
            table.refuse("rule", reason, nth)
    return [{key: str(value) if isinstance(value, date) else value for key, value in one.items()} for one in given]


def _wrong(rule: dict, ids: list, codes: set[str]) -> list[str]:
    """Return what cannot be used of a rule."""
    name = rule.get("id")
    wrong = [f"rule {name}: {key} is unknown" for key in rule if key not in KEYS]
    if not isinstance(name, str) or not name or ids.count(name) > 1:
        wrong.append(f"rule {name}: id is missing or stands there twice")
    if not isinstance(rule.get("source"), str) or not isinstance(rule.get("verified"), bool):
        wrong.append(f"rule {name}: source and verified (true or false) must be said")
    for key in ("from", "to"):
        if key in rule and (not isinstance(rule[key], date) or isinstance(rule[key], datetime)):
            wrong.append(f'rule {name}: {key} = "{rule[key]}" is no date')
    for key in NUMBERS:
        value = rule.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            wrong.append(f"rule {name}: {key} is no number from 0")
    wrong += [f"rule {name}: unit {code} is not in units.csv" for code in rule.get("units", []) if code not in codes]
    strange = [word for word in rule.get("contents", []) if word not in CONTENTS]
    return wrong + [f'rule {name}: contents "{word}" is none of {", ".join(CONTENTS)}' for word in strange]
