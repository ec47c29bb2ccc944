"""The way from page to page: as many links as there is room for, and a menu of all of them beside."""

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component


def navigation(words: Mapping[str, str], name: str, paths: Mapping[str, str]) -> Component:
    """Return the links to the pages, `paths` in their order; assets/navigation.js hides those that do not fit."""
    links = [_link(words, key, path, key == name) for key, path in paths.items()]
    every = [_link(words, key, path, key == name) for key, path in paths.items()]
    label = words["app.menu"]
    return html.Nav(
        className="nav",
        **{"aria-label": label},
        children=[
            html.Div(links, className="nav-links"),
            html.Details(
                className="nav-more",
                children=[
                    html.Summary(words["app.more"], **{"aria-label": f"{words['app.more']}: {label}"}),
                    html.Div(every, className="nav-list"),
                ],
            ),
        ],
    )


def _link(words: Mapping[str, str], key: str, path: str, here: bool) -> Component:
    current = {"aria-current": "page"} if here else {}
    where = {"data-path": path, "data-to": key}
    return html.A(words[f"page.{key}"], href=path, className="here" if here else "", **where, **current)
