"""Toàn cảnh: is the city on time right now, and what is red."""

from dash import dcc, html
from dash.development.base_component import Component

from layouts import export, figures, filters, ids, text
from layouts.cards import Tile, about, tile

TILES = (
    Tile("dossiers_open", "dossiers", "dossiers_open", leads="/ho-so?mode=open"),
    Tile("dossiers_late", "dossiers", "dossiers_late", "dossiers_late_share", "/tre-han"),
    Tile("dossiers_due_24h", "dossiers", "dossiers_due_24h", leads="/ho-so?mode=open"),
    Tile("on_time_rate_30d", "dossiers", "on_time_rate_30d", "on_time_rate_30d", "/tre-han?mode=finished"),
    Tile(
        "accepted_late_rate_30d",
        "dossiers",
        "accepted_late_rate_30d",
        "accepted_late_rate_30d",
        "/tre-han?mode=accepted",
    ),
    Tile("tickets_open", "tickets", "tickets_open", "tickets_late_share", "/1022"),
    Tile("online_rate_30d", "dossiers", "online_rate_30d", "online_rate_30d"),
    Tile("satisfaction", "ratings", "satisfaction_low_30d", leads="/hai-long"),
)

# Which table a panel hands out; the map its units, beside what it is coloured by.
TABLES = {"attention": "attention", "hours": "hours", "heatmap": "fields"}

# What the map can be coloured by; the first is shown unless the address names another.
INDICATORS = (
    "late_share",
    "dossiers_late",
    "dossiers_due_24h",
    "on_time_rate_30d",
    "accepted_late_rate_30d",
    "online_rate_30d",
    "tickets_late_share",
    "tickets_late",
    "tickets_open",
    "satisfaction_low_30d",
)


INDICATOR = filters.Choice("ind", "list", INDICATORS, INDICATORS[0], words="indicator")


def body(language: str) -> list[Component]:
    """Return the parts of the overview, without any number in them."""
    return [
        html.Div(id=ids.SCOPE, className="scope"),
        html.Section(
            id=ids.TILES,
            className="tiles",
            children=[tile(language, shown) for shown in TILES],
        ),
        _panel(language, "map", None, [_choosers(language), html.Div(id=ids.MAP, className="tilemap"), _legend()]),
        _panel(language, "attention", "attention", [html.Div(id=ids.ATTENTION, className="list")]),
        _panel(language, "hours", "hours", [_hours(language)]),
        _panel(language, "heatmap", "late_by_field", [_scrolled(language)]),
    ]


def _panel(language: str, name: str, definition: str | None, children: list[Component]) -> Component:
    """Return a panel with its title; one that has a definition has a note and the ⓘ beside it."""
    words = text.words(language)
    title = words[f"{name}.title"]
    head: list[Component] = [html.H2(title)]
    if definition is not None:
        head.append(html.P(words.get(f"{name}.note", ""), className="note", **{"data-part": "note"}))
        head.append(about(language, title, definition))
    if name in TABLES:
        head.append(export.menu(language, "overview", TABLES[name], title))
    return html.Section(
        className=f"card panel {name}-panel",
        **{"aria-label": title},
        children=[html.Div(head, className="panel-head"), *children],
    )


def _choosers(language: str) -> Component:
    words = text.words(language)
    return html.Div(
        className="choosers",
        children=[
            filters.bar(language, filters.GEOGRAPHY, INDICATOR, filters.UNIT, is_bare=True),
            export.menu(language, "overview", "units", words["map.title"]),
        ],
    )


def _legend() -> Component:
    return html.Div(id=ids.LEGEND, className="legend")


def _scrolled(language: str) -> Component:
    """Return the heatmap, which scrolls, and can therefore be reached by the keyboard."""
    label = text.say(language, "heatmap.title")
    return html.Div(id=ids.HEATMAP, className="heat", tabIndex=0, role="region", **{"aria-label": label})


def _hours(language: str) -> Component:
    graph = dcc.Graph(
        id=ids.HOURS,
        figure=figures.hours(language),
        config={"displayModeBar": False, "scrollZoom": False, "responsive": True, "showTips": False},
    )
    return html.Div(graph, className="hours")
