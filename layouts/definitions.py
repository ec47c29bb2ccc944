"""Định nghĩa: what does this number mean?"""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from indicators.judgement import Threshold, lower_is_worse
from layouts import ids, text


def body(language: str) -> list[Component]:
    """Return the parts of the page, without any definition in them."""
    words = text.words(language)
    return [
        dcc.Store(id=ids.DEFINITION_CARDS),
        html.Div(className="intro", children=[html.H1(words["page.definitions"]), html.P(words["definition.intro"])]),
        html.Label(
            className="definition-search",
            children=[
                html.Span(words["definition.search"], className="unseen"),
                dcc.Input(id=ids.DEFINITION_SEARCH, type="search", placeholder=words["definition.search"]),
            ],
        ),
        html.P(id=ids.DEFINITIONS_FOUND, className="note", role="status"),
        html.Div(id=ids.DEFINITIONS, className="definitions-list"),
    ]


def card(language: str, row: Mapping[str, Any], thresholds: Mapping[str, Threshold]) -> Component:
    """Return one definition: its words, formula, source, the profile's lines, and the SQL that counts it."""
    name, threshold = row["name"], thresholds.get(row["name"])
    facts = [
        _fact(language, "formula", row[f"formula_{language}"]),
        _fact(language, "source", [row[f"source_{language}"], " ", _standing(language, row["standing"])]),
        *([_fact(language, "thresholds", lines(language, threshold))] if threshold else []),
    ]
    return html.Article(
        id=name,
        className="card definition",
        **{"data-definition": name},
        children=[
            html.H2([row[f"title_{language}"], html.Code(name), _anchor(language, name)]),
            html.P(row[f"words_{language}"]),
            html.Dl([part for pair in facts for part in pair]),
            *(_query(language, query) for query in row["queries"]),
        ],
    )


def lines(language: str, threshold: Threshold) -> str:
    """Say from where on a rate is watched and late.

    >>> lines("en", {"watch": 0.98, "late": 0.95})
    'watch below 98%, late below 95%'
    """
    key = "definition.threshold_low" if lower_is_worse(threshold) else "definition.threshold_high"
    watch, late = (text.percent(language, threshold[line], _digits(threshold[line])) for line in ("watch", "late"))
    return text.say(language, key, watch=watch, late=late)


def _digits(fraction: float) -> int:
    """Return as many decimals as the line of a threshold needs."""
    return 0 if round(100 * fraction, 6).is_integer() else 1


def _fact(language: str, key: str, value: Any) -> tuple[Component, Component]:
    return html.Dt(text.say(language, f"definition.{key}")), html.Dd(value)


def _standing(language: str, standing: str) -> Component:
    return html.Span(text.say(language, f"definition.{standing}"), className=f"badge {standing}")


def _anchor(language: str, name: str) -> Component:
    label = text.say(language, "definition.link")
    return html.A("#", href=f"#{name}", className="anchor", title=label, **{"aria-label": label})


def _query(language: str, query: Mapping[str, str]) -> Component:
    summary = html.Summary([text.say(language, "definition.sql"), " ", html.Code(f"{query['file']}.{query['name']}")])
    return html.Details([summary, html.Pre(html.Code(query["sql"]))])
