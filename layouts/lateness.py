"""Hồ sơ trễ hẹn: where is lateness, in which field, since when, and who has the files."""

from dash import dcc, html
from dash.development.base_component import Component

from layouts import filters, ids, text
from layouts.panels import headed
from layouts.sums import sums

MODES = filters.modes("late", "finished", "accepted")
CHOICES = (
    MODES,
    filters.WINDOW,
    filters.GEOGRAPHY,
    filters.UNIT,
    filters.FIELD,
    filters.SHOW,
    filters.SORT,
    filters.TOP,
)

SUMS = (
    ("late", "lateness.sum_late", "dossiers_late"),
    ("finished", "lateness.sum_finished", "two_clocks"),
    ("accepted", "lateness.sum_accepted", "two_clocks"),
)


def body(language: str) -> list[Component]:
    """Return the parts of the page, without any number in them."""
    return [
        dcc.Store(id=ids.LATENESS),
        dcc.Store(id=ids.LATENESS_TOLD),
        filters.bar(language, *CHOICES),
        sums(language, ids.LATE_SUMS, *SUMS, can_choose=True),
        _panel(language, "fields", ids.LATE_FIELDS, "late_by_field", "matrix"),
        _panel(language, "weeks", ids.LATE_WEEKS, "late_by_week", "matrix"),
        _panel(language, "holders", ids.LATE_HOLDERS, "late_by_holder", "matrix"),
        _panel(language, "clocks", ids.LATE_CLOCKS, "two_clocks", "clocks"),
        _panel(language, "ages", ids.LATE_AGES, "late_ages", "bars"),
        _panel(language, "procedures", ids.LATE_PROCEDURES, "late_procedures", "bars"),
    ]


def _panel(language: str, name: str, id_: str, definition: str, kind: str) -> Component:
    """Return a panel; assets/lateness.js notes what is shown of what."""
    part = html.Div(id=id_, className=kind)
    title = text.say(language, f"lateness.{name}")
    return headed(language, "lateness", title, definition, f"{name}-part", name, part)
