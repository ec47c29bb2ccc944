"""Đăng nhập: the form; figures need no account, case files and notes do."""

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids, text


def body(language: str) -> list[Component]:
    """Return the form; assets/account.js says what failed and who is signed in already."""
    words = text.words(language)
    return [
        html.Section(
            className="card sign-in",
            children=[
                html.H1(words["page.sign_in"]),
                html.P(words["account.why"], className="note"),
                html.P(id=ids.SIGN_IN_FAILED, className="failed", role="alert"),
                html.Form(
                    action="/dang-nhap",
                    method="POST",
                    children=[
                        _field("name", words["account.name"], "text", "username"),
                        _field("password", words["account.password"], "password", "current-password"),
                        html.Button(words["account.sign_in"], type="submit", className="button primary"),
                    ],
                ),
                html.Form(
                    id=ids.SIGN_OUT,
                    action="/dang-xuat",
                    method="POST",
                    hidden=True,
                    children=[
                        html.P(id=ids.SIGNED_IN),
                        html.Button(words["account.sign_out"], type="submit", className="button primary"),
                    ],
                ),
            ],
        )
    ]


def _field(name: str, label: str, kind: str, completes: str) -> Component:
    return html.Label(
        className="field",
        children=[html.Span(label), dcc.Input(name=name, type=kind, autoComplete=completes, required=True)],
    )
