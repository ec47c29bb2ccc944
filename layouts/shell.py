"""What every page stands in: the stores, the header with the live line, the footer with the ages of the feeds."""

import dash
from dash import dcc, html
from dash.development.base_component import Component

from layouts import export, ids, text
from layouts.navigation import navigation

FIRST_RETRY_MS = 10_000  # until the registry has come; assets/paint.js then slows it down


def shell() -> Component:
    """Return the layout of the app: what stays while pages come and go. Holds no data."""
    return html.Div(
        id=ids.BOARD,
        children=[
            dcc.Store(id=ids.FRAME),
            dcc.Store(id=ids.LINK),
            dcc.Store(id=ids.STATE),
            dcc.Store(id=ids.REGISTRY),
            dcc.Store(id=ids.HISTORY),
            dcc.Store(id=ids.FRAME_VERSION),
            dcc.Interval(id=ids.REFRESH, interval=FIRST_RETRY_MS),
            dash.page_container,
        ],
    )


def page(language: str, name: str, paths: dict[str, str], *body: Component) -> Component:
    """Return a page in its frame: header, notices, the body, footer.

    `name` is the page's title key, `paths` the pages that exist: title key → path.
    """
    words = text.words(language)
    return html.Div(
        className="page",
        lang=language,
        **{"data-page": name},
        children=[
            dcc.Store(id=ids.WORDS, data=words),
            html.A(words["app.skip"], href="#main", className="skip"),
            _header(language, name, paths),
            html.Div(id=ids.BANNER, className="banner", role="status"),
            html.Div(id=ids.EMPTY, className="empty", role="status"),
            html.Main(id="main", className=f"main {name}", children=list(body)),
            html.Footer(id=ids.FOOTER, className="footer"),
        ],
    )


def _header(language: str, name: str, paths: dict[str, str]) -> Component:
    words = text.words(language)
    return html.Header(
        className="header",
        children=[
            html.Span(words["app.title"], className="brand", **{"data-part": "brand"}),
            html.Span(className="simulated", **{"data-part": "simulated"}),
            navigation(words, name, paths),
            html.Div(id=ids.HEADER, className="live"),
            html.Div(className="controls", children=[*_handed_out(language, name), *_controls(words)]),
        ],
    )


def _handed_out(language: str, name: str) -> list[Component]:
    """Return the menu of what the page hands out; the pages that the navigation does not show hand out nothing."""
    return [] if name in ("not_found", "sign_in", "dossier") else [export.menu(language, name)]


def _controls(words: dict[str, str]) -> list[Component]:
    return [
        html.Button(id=ids.NOTES, className="button notes", title=words["notes.title"]),
        html.Button(id=ids.PAUSE, className="button pause", title=words["app.pause"], **{"aria-pressed": "false"}),
        html.Button(id=ids.LANGUAGE, className="button language", title=words["app.language"]),
        html.Button(
            id=ids.THEME,
            className="button theme",
            title=words["app.theme"],
            **{"aria-label": words["app.theme"]},
        ),
        html.A(
            words["page.sign_in"],
            id=ids.ACCOUNT,
            href="/dang-nhap",
            className="button account",
            **{"data-path": "/dang-nhap"},
        ),
    ]
