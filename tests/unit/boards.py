"""The web program without servers: with answers of the test's own and pages that need nothing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import dash
from dash import Input, Output, dcc, html
from fastapi import FastAPI

from dashboard.app import create_app
from dashboard.cache import Unavailable
from dashboard.edition import Edition
from dashboard.supply import Supply
from dashboard.tally import Tally
from layouts.pages import Page
from sql.settings import Settings

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def _no_database(_question: Any) -> Any:
    raise Unavailable("there is no database")


class Answers:
    """What a store is asked for in these tests."""

    source = SimpleNamespace(
        reads=Counter({"primary": 7}),
        replica_state="none",
        versions_behind=0,
        connections_in_use=0,
        read_primary=_no_database,
    )

    def __init__(self, title: str = "Thành phố Nhỏ") -> None:
        self.title = title

    def profile(self) -> dict[str, Any]:
        return {"title": self.title, "timezone": "Asia/Ho_Chi_Minh"}

    def units(self) -> list[dict[str, Any]]:
        return []

    def metrics(self) -> dict[str, list]:
        return {"loads": [], "feeds": []}


def page(name: str = "home", path: str = "/", title_key: str = "page.overview") -> Page:
    """Return a page whose only part is named after it."""
    return Page(f"tests.{name}", path, title_key, lambda **_: html.Div([html.P(id=name), dcc.Store(id=f"{name}-said")]))


def say_title(app: Any, store: Any) -> None:
    """Bind one callback that asks the store."""
    app.callback(Output("home-said", "data"), Input("home", "id"))(lambda _id: store.title)


@contextmanager
def own_pages() -> Iterator[None]:
    """Keep the pages of a test out of Dash's registry of the process."""
    kept = dict(dash.page_registry)
    dash.page_registry.clear()
    try:
        yield
    finally:
        dash.page_registry.clear()
        dash.page_registry.update(kept)


def board(
    pages: Sequence[Page] | None = None, store: Any = None, register: Any = say_title, frame: dict | None = None
) -> FastAPI:
    """Return a web program; `frame` is the one it has."""
    supply = Supply(None, None, lambda: NOW)
    if frame is not None:
        supply.edition = Edition(frame)
    return create_app(
        Settings(database_url="", redis_url="", secret_key="only for tests"),
        store=store or Answers(),
        supply=supply,
        pages_=[page()] if pages is None else pages,
        register=register,
        tally=Tally(),
        now=lambda: NOW,
    )
