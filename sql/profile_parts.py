"""What a profile consists of, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """Name one thing that is wrong in a profile folder; line is None when the whole file is meant."""

    file: str
    line: int | None
    reason: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.reason}"


class ProfileError(Exception):
    """Say everything that is wrong with a profile folder."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True)
class Unit:
    """Describe one unit of one era; valid_to is its last day, inclusive, or None."""

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

    def stands_on(self, day: date) -> bool:
        """Tell whether the unit exists on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Geography:
    """Describe one way to cut the city into tiles: the units of some levels that stand on a day."""

    id: str
    name_vi: str
    name_en: str
    on: date
    levels: tuple[str, ...]
    default: bool = False

    def has(self, unit: Unit) -> bool:
        """Tell whether a unit is a tile of this geography."""
        return unit.level in self.levels and unit.stands_on(self.on)


@dataclass(frozen=True)
class Successor:
    """Say which share (0..1) of an ended unit went to another one."""

    from_code: str
    from_valid_from: date
    to_code: str
    to_valid_from: date
    share: float


@dataclass(frozen=True)
class Field:
    """Name a field of procedures."""

    code: str
    name_vi: str
    name_en: str


@dataclass(frozen=True)
class Procedure:
    """Describe a procedure; statutory_days are working days, None when unknown; field is a field's code."""

    code: str
    name_vi: str
    name_en: str
    field: str
    level: str
    statutory_days: float | None


@dataclass(frozen=True)
class Category:
    """Describe a kind of hotline ticket; a time limit that is None is none, `about_dossiers` = about slow files."""

    code: str
    name_vi: str
    name_en: str
    sla_hours: float | None
    first_answer_hours: float | None = None
    forward_minutes: float | None = None
    about_dossiers: bool = False


@dataclass(frozen=True)
class Indicator:
    """Describe an indicator of a catalogue (the catalogue is the name of its file)."""

    code: str
    catalogue: str
    position: int
    group_vi: str
    group_en: str
    name_vi: str
    name_en: str
    unit: str
    frequency: str
    agency: str
    direction: str
    provisional: bool


@dataclass(frozen=True)
class FeedHead:
    """Say what the registry keeps of a feed file."""

    id: str
    dataset: str
    title: str
    kind: str
    late_after_s: int
    every_s: float | None
    path: Path
    title_en: str | None = None


@dataclass(frozen=True)
class Profile:
    """Hold a city as data, checked.

    `rules` and `calendar` are complete (defaults filled in); `thresholds` only what the folder gives.
    `feeds` are paths of feed files, `feed_heads` what the registry keeps of them. `hash` covers every file.
    """

    folder: Path
    name: str
    title: str
    timezone: str
    locale: str
    simulated: bool
    rules: dict
    thresholds: dict
    geographies: list[Geography]
    units: list[Unit]
    successors: list[Successor]
    aliases: dict[str, str]
    fields: list[Field]
    procedures: list[Procedure]
    categories: list[Category]
    calendar: dict
    indicators: list[Indicator]
    feeds: list[Path]
    feed_heads: list[FeedHead] = field(default_factory=list)
    hash: str = ""
