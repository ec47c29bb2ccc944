"""Thư xin lỗi: what each unit owes, sent in time, sent late, and has to review; the files without a letter."""

from dash import dcc, html
from dash.development.base_component import Component

from layouts import filters, ids, text
from layouts.panels import headed
from layouts.sums import sums

CHOICES = (filters.WINDOW, filters.GEOGRAPHY, filters.UNIT)

SUMS = (
    ("owed", "letters.owed", "letters_owed"),
    ("overdue", "letters.overdue", "letters_overdue"),
    ("in_time", "letters.in_time_rate", "letters_judged"),
)


def body(language: str) -> list[Component]:
    """Return the parts of the page, without any number in them."""
    return [
        dcc.Store(id=ids.LETTERS),
        filters.bar(language, *CHOICES),
        sums(language, ids.LETTERS_SUMS, *SUMS),
        _panel(language, "units", ids.LETTERS_UNITS, "letters_owed"),
        _panel(language, "cases", ids.LETTERS_CASES, "letters_overdue"),
        _panel(language, "rules", ids.LETTERS_RULES, "letters_judged"),
    ]


def _panel(language: str, name: str, id_: str, definition: str) -> Component:
    part = html.Div(id=id_, className="ledger")
    table = "letters" if name == "units" else ""
    title = text.say(language, f"letters.{name}")
    return headed(language, "letters", title, definition, f"letters-{name}", table, part)
