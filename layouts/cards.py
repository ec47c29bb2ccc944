"""A tile: one number of the city with its unit, comparison, trend, n, age and definition."""

from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from indicators.definitions import BY_NAME
from layouts import text


@dataclass(frozen=True)
class Tile:
    """What a tile shows: its name (words under tile.<name>), whose age it bears, and the page that it leads to."""

    name: str
    dataset: str
    definition: str
    judged: str | None = None
    leads: str = ""


def tile(language: str, shown: Tile) -> Component:
    """Return an empty tile; assets/tiles.js writes the numbers into its parts."""
    title = text.say(language, f"tile.{shown.name}")
    name = html.A(title, href=shown.leads, className="leads", **{"data-lead": shown.leads}) if shown.leads else title
    return html.Article(
        className="card tile",
        **{"data-tile": shown.name, "data-dataset": shown.dataset, "data-judged": shown.judged or ""},
        children=[
            html.Div(
                className="tile-head",
                children=[html.H2(name), about(language, title, shown.definition)],
            ),
            html.P(
                className="tile-value",
                children=[html.Span(**{"data-part": "value"}), html.Small(**{"data-part": "unit"})],
            ),
            html.P(className="tile-line", **{"data-part": "first"}),
            html.P(className="tile-line", **{"data-part": "second"}),
            html.Div(className="tile-trend", **{"data-part": "trend"}),
            html.P(className="tile-age", **{"data-part": "age"}),
        ],
    )


def about(language: str, title: str, definition: str) -> Component:
    """Return the ⓘ of a number: its definition in words, and the way to the whole of it."""
    label = text.say(language, "tile.about", name=title)
    return html.Details(
        className="about-box",
        children=[
            html.Summary("i", className="about", **{"aria-label": label}),
            html.Div(
                className="about-text",
                children=[
                    html.Strong(title),
                    html.P(getattr(BY_NAME[definition], f"words_{language}")),
                    html.A(
                        text.say(language, "tile.more"),
                        href=f"/dinh-nghia#{definition}",
                        **{"data-path": "/dinh-nghia"},
                    ),
                ],
            ),
        ],
    )
