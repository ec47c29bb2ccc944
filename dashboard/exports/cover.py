"""What stands on the first sheet and on each page of paper: of what, of when, filtered how, and what the words mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from dashboard.tables import Note, Stamp, Table
from indicators.definitions import BY_NAME
from layouts import text


@dataclass(frozen=True)
class Cover:
    """The words around the tables, in one language."""

    language: str
    title: str
    heading: str
    facts: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]
    meanings: tuple[tuple[str, str, str], ...]

    def say(self, key: str, **values: object) -> str:
        """Return a word of the exports."""
        return text.say(self.language, f"export.{key}", **values)


def cover(stamp: Stamp, tables: Sequence[Table], language: str, zone: tzinfo) -> Cover:
    """Return the words around some tables."""
    words = text.words(language)
    return Cover(
        language,
        f"{stamp.page} · {stamp.title}",
        words["export.cover"],
        tuple(facts(stamp, language, zone)),
        tuple((text.day(language, note.on), _note(note)) for note in stamp.notes),
        tuple(_meanings(tables, language)),
    )


def _note(note: Note) -> str:
    return " · ".join(filter(None, (note.unit, note.indicator, note.text, note.author)))


def facts(stamp: Stamp, language: str, zone: tzinfo) -> list[tuple[str, str]]:
    """Return what the stamp says as (name, value): frame, its time, the filters, when the file was made."""
    words = text.words(language)
    version = "–" if stamp.version is None else text.number(language, stamp.version)
    known = [
        (words["export.frame"], version),
        (words["export.as_of"], "–" if stamp.as_of is None else text.instant(language, stamp.as_of, zone)),
        *stamp.filters,
        (words["export.made"], text.instant(language, stamp.made_at, zone)),
    ]
    return [*known, *([(words["export.data"], words["app.simulated"])] if stamp.simulated else [])]


def line(stamp: Stamp, language: str, zone: tzinfo) -> str:
    """Return frame and time as one line, for the margin of every page and picture."""
    if stamp.version is None or stamp.as_of is None:
        return text.say(language, "export.no_frame")
    version = text.number(language, stamp.version)
    at = text.instant(language, stamp.as_of, zone)
    return text.say(language, "export.line", version=version, time=at)


def _meanings(tables: Sequence[Table], language: str) -> list[tuple[str, str, str]]:
    names = dict.fromkeys(name for table in tables for name in table.definitions if name in BY_NAME)
    return [
        tuple(getattr(BY_NAME[name], f"{part}_{language}") for part in ("title", "words", "formula")) for name in names
    ]
