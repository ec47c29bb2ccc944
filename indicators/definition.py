"""What is said of one number on the screens: its name, its meaning, its formula, its source."""

from dataclasses import dataclass
from typing import Literal

Standing = Literal["verified", "provisional", "design"]


@dataclass(frozen=True)
class Definition:
    """One number, in Vietnamese and English.

    `title` is short enough for a tile, `words` one or two plain sentences. `standing` says how sure the source is:
    verified in the text cited, provisional (known from press or practice), or this program's own design.
    `queries` names the SQL that counts it as (file, name), none where no feed brings it yet.
    """

    name: str
    title_vi: str
    title_en: str
    words_vi: str
    words_en: str
    formula_vi: str
    formula_en: str
    source_vi: str
    source_en: str
    standing: Standing
    unit: Literal["count", "rate", "interval", "list", "duration"]
    direction: Literal["higher_better", "lower_better", "neutral"]
    dataset: Literal["dossiers", "ratings", "tickets", "observations", "letters", "all"]
    queries: tuple[tuple[str, str], ...] = ()
