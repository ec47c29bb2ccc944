"""Trong ngày: how many dossiers are finished the day they come, and is the campaign on course?"""

from dash import dcc, html
from dash.development.base_component import Component

from layouts import filters, ids
from layouts.panels import panel

CHOICES = (filters.GEOGRAPHY, filters.UNIT)


def body(language: str) -> list[Component]:
    """Return the parts of the page, without any number in them."""
    return [
        dcc.Store(id=ids.SAME_DAY_PAST),
        filters.bar(language, *CHOICES),
        html.Div(
            id=ids.SAME_DAY,
            className="same-day-parts",
            children=[
                panel(language, "sameday", "same_day_course", "same_day_campaign"),
                panel(language, "sameday", "same_day_units", "same_day_rate_30d"),
                panel(language, "sameday", "same_day_fields", "same_day_rate_30d"),
            ],
        ),
    ]
