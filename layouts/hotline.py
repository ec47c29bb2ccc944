"""Đường dây nóng: what do people call about, who answers late?"""

from dash import dcc, html
from dash.development.base_component import Component

from layouts import filters, ids, text
from layouts.cards import Tile, tile
from layouts.panels import panel

CHOICES = (filters.GEOGRAPHY, filters.UNIT, filters.WINDOW)
TILES = (
    Tile("tickets_open", "tickets", "tickets_open"),
    Tile("calls_late", "tickets", "tickets_late", "tickets_late_share"),
    Tile("calls_today", "tickets", "tickets_opened_today"),
    Tile("calls_on_time", "tickets", "ticket_on_time_rate_30d", "ticket_on_time_rate_30d"),
    Tile("calls_answer", "tickets", "ticket_first_answer"),
    Tile("calls_close", "tickets", "ticket_closing"),
)


def body(language: str) -> list[Component]:
    """Return the parts of the page, without any number in them."""
    return [
        dcc.Store(id=ids.CALLS_NOW),
        dcc.Store(id=ids.CALLS_PAST),
        dcc.Store(id=ids.CALLS_LISTED),
        filters.bar(language, *CHOICES),
        html.Div(id=ids.CALLS_SCOPE, className="chosen-category"),
        html.Section(id=ids.TILES, className="tiles", children=[tile(language, shown) for shown in TILES]),
        html.Div(
            id=ids.CALLS,
            className="calls",
            children=[
                panel(language, "hotline", "calls_categories", "tickets_late_share"),
                panel(language, "hotline", "calls_units", "tickets_late"),
                panel(language, "hotline", "calls_hours", "tickets_by_hour"),
                panel(language, "hotline", "calls_waits", "ticket_closing"),
                panel(language, "hotline", "calls_matrix", "tickets_late"),
                panel(language, "hotline", "calls_bursts", "ticket_bursts"),
                panel(language, "hotline", "calls_dossiers", "tickets_about_dossiers"),
            ],
        ),
        html.Section(
            id=ids.CALLS_LIST,
            className="card panel calls-list",
            hidden=True,
            **{"aria-label": text.say(language, "calls_list.title")},
        ),
    ]
