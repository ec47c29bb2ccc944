"""A panel of a page: its title, a note that the browser fills, the ⓘ, and the parts below."""

from dash import html
from dash.development.base_component import Component

from layouts import export, text
from layouts.cards import about


def panel(language: str, page: str, name: str, definition: str, table: str | None = None) -> Component:
    """Return a panel of a page whose part, called `name`, the browser fills; its title is the words `<name>.title`.

    It hands out the table of its name unless another is given; "" = none.
    """
    part = html.Div(className="panel-body", **{"data-part": name})
    given = name if table is None else table
    return headed(language, page, text.say(language, f"{name}.title"), definition, name, given, part)


def headed(
    language: str, page: str, title: str, definition: str, name: str, table: str, *parts: Component
) -> Component:
    """Return a panel of the class `name` with its head and these parts; it hands out a table of its page, "" = none."""
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
                    export.menu(language, page, table or None, title),
                ],
            ),
            *parts,
        ],
    )
