"""Read a profile folder: everything that makes a city a city, as data."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sql import profile_check, profile_letters, profile_settings, profile_tables
from sql.profile_files import line_of
from sql.profile_parts import (
    Category,
    FeedHead,
    Field,
    Geography,
    Indicator,
    Problem,
    Procedure,
    Profile,
    ProfileError,
    Successor,
    Unit,
)

__all__ = [
    "Category", "FeedHead", "Field", "Geography", "Indicator", "Problem", "Procedure", "Profile", "ProfileError",
    "Successor", "Unit", "folder_hash", "read",
]  # fmt: skip


def read(folder: Path) -> Profile:
    """Return the profile in a folder; raise ProfileError naming every problem of every file."""
    folder = Path(folder)
    problems: list[Problem] = []
    for name in ("profile.toml", "units.csv"):
        if not (folder / name).is_file():
            problems.append(Problem(name, None, f"is missing in {folder}"))
    if problems:
        raise ProfileError(problems)
    table = profile_settings.Table(folder / "profile.toml", "profile.toml", problems)
    said = _tables(folder, problems)
    said |= _settings(table, [unit for _, unit in said["unit_rows"]], problems)
    said["calendar"] = profile_settings.calendar(folder, problems)
    if "rules" in said:
        codes = {code for code, _ in said["unit_keys"]}
        said["rules"]["letters"] = {"rules": profile_letters.rules(folder, codes, problems)}
    said["feed_heads"] = profile_settings.feed_heads(folder, problems)
    _check(said, table, problems)
    if problems:
        raise ProfileError(sorted(problems, key=lambda one: (one.file, one.line or 0)))
    return _profile(folder, said)


def _tables(folder: Path, problems: list[Problem]) -> dict:
    unit_rows, said = profile_tables.units(folder, problems)
    procedures, fields = profile_tables.procedures(folder, profile_tables.fields(folder, problems), problems)
    if not said and not problems:
        problems.append(Problem("units.csv", None, "holds no unit"))
    return {
        "unit_rows": unit_rows,
        "unit_keys": said,
        "successor_rows": profile_tables.successors(folder, problems),
        "alias_rows": profile_tables.aliases(folder, problems),
        "fields": fields,
        "procedures": procedures,
        "categories": profile_tables.categories(folder, problems),
        "indicators": profile_tables.indicators(folder, problems),
    }


def _settings(table: profile_settings.Table, units: list[Unit], problems: list[Problem]) -> dict:
    if not table.is_read:
        return {"geographies": []}
    said = profile_settings.head(table) | {
        "rules": profile_settings.rules(table),
        "thresholds": profile_settings.thresholds(table),
        "geographies": profile_settings.geographies(table),
    }
    if "geography" not in table.data and units:
        said["geographies"] = [_whole(units)]
    return said


def _whole(units: list[Unit]) -> Geography:
    """Return the one geography of a profile that names none: every unit below the city, as of the last change."""
    levels = dict.fromkeys(unit.level for unit in units if unit.parent_code)
    return Geography("units", "Đơn vị", "Units", profile_check.last_change(units), tuple(levels), True)


def _check(said: dict, table: profile_settings.Table, problems: list[Problem]) -> None:
    codes = {code for code, _ in said["unit_keys"]}
    profile_check.check_units(said["unit_rows"], codes)
    if "geography" in table.data:
        profile_check.check_geographies(
            said["geographies"], said["unit_rows"], problems, lambda nth: line_of(table.text, "geography", nth)
        )
    profile_check.check_successors(said["successor_rows"], said["unit_rows"], said["unit_keys"])
    profile_check.check_aliases(said["alias_rows"], codes)


def _profile(folder: Path, said: dict) -> Profile:
    same = ("name", "title", "timezone", "locale", "simulated", "thresholds", "geographies", "fields",
            "procedures", "categories", "calendar", "indicators", "feed_heads")  # fmt: skip
    return Profile(
        folder=folder,
        units=[unit for _, unit in said["unit_rows"]],
        successors=[one for _, one in said["successor_rows"]],
        aliases={alias: code for _, alias, code in said["alias_rows"]},
        feeds=[head.path for head in said["feed_heads"]],
        hash=folder_hash(folder),
        rules=said["rules"] | _feed_titles(said["feed_heads"]),
        **{key: said[key] for key in same},
    )


def _feed_titles(heads: list[FeedHead]) -> dict:
    """Return what feeds are called in English, where their files say it."""
    titles = {head.id: {"en": head.title_en} for head in heads if head.title_en}
    return {"feed_titles": titles} if titles else {}


def folder_hash(folder: Path) -> str:
    """Return the SHA-256 over the names and bytes of every TOML and CSV file in a folder."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".toml", ".csv") and path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
