"""The sums above a page: a few numbers of what is chosen, each with its verdict, what it is of, and its definition."""

from dash import html
from dash.development.base_component import Component

from layouts import text
from layouts.cards import about

Sum = tuple[str, str, str]  # its name, the key of its title's words, its definition


def sums(language: str, id_: str, *shown: Sum, can_choose: bool = False) -> Component:
    """Return empty sums; assets/sums.js writes the numbers, and of those that can be chosen which one is."""
    cards = [_card(language, *one, can_choose) for one in shown]
    return html.Section(cards, id=id_, className="sums")


def _card(language: str, name: str, key: str, definition: str, can_choose: bool) -> Component:
    title = text.say(language, key)
    named = html.Button(title, type="button", className="leads") if can_choose else title
    return html.Article(
        className="card sum",
        **{"data-sum": name},
        children=[
            html.Div(
                className="sum-head",
                children=[
                    html.H2(named, className="name"),
                    html.P([html.I(className="mark"), html.Span()], className="status", **{"data-part": "status"}),
                    about(language, title, definition),
                ],
            ),
            html.Div(
                className="sum-line",
                children=[
                    html.B(className="value", **{"data-part": "value"}),
                    html.Div(className="sum-trend", **{"data-part": "trend"}),
                    html.P(className="detail", **{"data-part": "detail"}),
                ],
            ),
        ],
    )
