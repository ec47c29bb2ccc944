"""A panel of a page: its title, a note that the browser fills, the ⓘ, and the parts below."""

from dash import html
from dash.development.base_component import Component

from layouts import text
from layouts.cards import about


def panel(language: str, name: str, definition: str) -> Component:
    """Return a panel whose part, called `name`, the browser fills; its title is the words `<name>.title`."""
    part = html.Div(className="panel-body", **{"data-part": name})
    return headed(language, text.say(language, f"{name}.title"), definition, name, part)


def headed(language: str, title: str, definition: str, name: str, *parts: Component) -> Component:
    """Return a panel of the class `name` with its head and these parts."""
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
            *parts,
        ],
    )
