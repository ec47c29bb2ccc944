"""The menu ⤓ of a panel or of a page: Excel, CSV, a picture, paper; assets/exports.js does what it says."""

from dash import html
from dash.development.base_component import Component

from layouts import text

PANEL = ("excel", "csv", "png")
PAGE = ("excel", "pdf", "png")
PICTURE = ("png",)
KINDS = {"excel": "xlsx", "csv": "csv", "png": "png", "pdf": "pdf"}


def menu(language: str, page: str, table_id: str | None = None, name: str | None = None) -> Component:
    """Return the menu of a panel called `name`, or that of the page.

    A panel hands out the table `table_id` of its page, one without a table its picture alone. `page` is the page's key
    (`page.<key>`). The picture is of the closest element around the menu with the class `panel`, `card` or `main`, or
    of the whole page.
    """
    kinds = PANEL if table_id else PICTURE if name else PAGE
    label = text.say(language, "export.menu_of", name=name) if name else text.say(language, "export.menu")
    return html.Details(
        className="export",
        **{"data-of": page, "data-table": table_id or "", "data-name": name or text.say(language, f"page.{page}")},
        children=[
            html.Summary("⤓", className="button", title=label, **{"aria-label": label}),
            html.Div(
                className="export-list",
                children=[_item(language, kind) for kind in kinds],
            ),
        ],
    )


def _item(language: str, kind: str) -> Component:
    return html.Button(text.say(language, f"export.{kind}"), type="button", **{"data-export": KINDS[kind]})
