"""Which page hands out which tables, and the stamp on them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from dashboard.exports import overview, sources
from dashboard.exports.reading import Reading
from dashboard.tables import Note, Stamp, Table

OWN: dict[str, Callable[[Reading], list[Table]]] = {
    "overview": overview.tables,
    "sources": sources.tables,
    "definitions": sources.definitions,
}
# Pages whose questions bear another name in the store.
QUESTIONS = {"sameday": "same_day", "attribution": "steps"}
# What the address says of looks, not of data.
LOOKS = frozenset({"lang", "theme", "wall", "pages", "every", "page", "sort", "frame", "table"})


def tables_of(page: str, reading: Reading, who: Callable[[], Any] = lambda: None) -> list[Table] | None:
    """Return the tables of a page as its address filters them, or None when there is no such page.

    Pages other than these hand out what the questions of their name in the store say (`dashboard.tables.Tabled`);
    those whose rows are not for everybody have `tables_for`, which is told the account that asks (`who`).
    """
    if page in OWN:
        return OWN[page](reading)
    questions = questions_of(page, reading)
    if f"page.{page}" not in reading.words:
        return None
    if hasattr(questions, "tables_for"):
        return questions.tables_for(who(), reading.state, reading.language)
    if not hasattr(questions, "tables"):
        return None
    return questions.tables(reading.state, reading.language)


def questions_of(page: str, reading: Reading) -> Any:
    """Return the questions of a page in the store, or None."""
    return getattr(reading.store, QUESTIONS.get(page, page), None)


def stamp_of(page: str, reading: Reading, now: datetime, notes: tuple[Note, ...] = ()) -> Stamp:
    """Return the stamp of what a page hands out."""
    frame = reading.frame
    return Stamp(
        title=reading.profile.get("title") or str(frame.get("title", "")),
        page=reading.words[f"page.{page}"],
        version=frame.get("version"),
        as_of=datetime.fromisoformat(frame["as_of"]) if "as_of" in frame else None,
        made_at=now,
        filters=tuple(_filters(page, reading)),
        notes=notes,
        simulated=bool(frame.get("simulated", reading.profile.get("simulated", False))),
    )


def _filters(page: str, reading: Reading) -> list[tuple[str, str]]:
    """Return what is chosen, in words; a page whose choices have words of their own says them (`filters`)."""
    own = getattr(questions_of(page, reading), "filters", None)
    if own is not None:
        return list(own(reading.state, reading.language))
    said = [(reading.say("filter.geo"), reading.geography_name())]
    for key, chosen in reading.state.items():
        if key in LOOKS or key == "geo" or not chosen:
            continue
        said.append((reading.words.get(f"export.filter.{key}", key), _value(page, reading, key, chosen)))
    return said


def _value(page: str, reading: Reading, key: str, chosen: str) -> str:
    if key == "unit":
        return reading.unit_name(chosen)
    if key == "field":
        return reading.field_name(chosen)
    if key == "ind":
        return reading.words.get(f"indicator.{chosen}", chosen)
    return reading.words.get(f"{page}.{key}_{chosen}", chosen)
