"""A panel of a page that looks back: its title, a note that the browser fills, the ⓘ, and an empty part."""

from dash import html
from dash.development.base_component import Component

from layouts import text
from layouts.cards import about


def panel(language: str, name: str, definition: str) -> Component:
    """Return a panel whose part, called `name`, the browser fills; its title is the words `<name>.title`."""
    title = text.say(language, f"{name}.title")
    return html.Section(
        className=f"card panel {name}",
        **{"aria-label": title},
        children=[
            html.Div(
                className="panel-head",
                children=[
                    html.H2(title),
                    html.P(className="note", **{"data-part": "note"}),
                    about(language, title, definition),
                ],
            ),
            html.Div(className="panel-body", **{"data-part": name}),
        ],
    )
