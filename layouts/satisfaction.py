"""Hài lòng: how satisfied are people, honestly?"""

from dash import dcc, html
from dash.development.base_component import Component

from layouts import filters, ids, text
from layouts.panels import panel

CHOICES = (filters.GEOGRAPHY, filters.UNIT, filters.FIELD, filters.WINDOW)


def body(language: str) -> list[Component]:
    """Return the parts of the page, without any number in them."""
    words = text.words(language)
    return [
        dcc.Store(id=ids.CONTENT_PAST),
        filters.bar(language, *CHOICES),
        html.Section(
            className="card panel content-why",
            children=[html.H1(words["content.why"]), html.P(words["content.why_text"])],
        ),
        html.Div(
            id=ids.CONTENT,
            className="content-parts",
            children=[
                panel(language, "satisfaction", "content_whole", "satisfaction_low_30d"),
                panel(language, "satisfaction", "content_model", "satisfaction_modelled", "content_whole"),
                panel(language, "satisfaction", "content_units", "satisfaction_interval_30d"),
                panel(language, "satisfaction", "content_fields", "satisfaction_interval_30d"),
                panel(language, "satisfaction", "content_channels", "satisfaction_interval_30d"),
                panel(language, "satisfaction", "content_stages", "satisfaction_by_stage"),
            ],
        ),
    ]
