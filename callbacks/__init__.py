"""What pages do: one module a page, each with register(app, store)."""

from typing import Any

from callbacks import (
    account,
    cases,
    definitions,
    filters,
    hotline,
    lateness,
    overview,
    sameday,
    satisfaction,
    shell,
    sources,
)


def register(app: Any, store: Any) -> None:
    """Bind every callback of every page to an app; `store` answers the questions that pages ask."""
    for page in (
        shell,
        account,
        filters,
        overview,
        lateness,
        cases,
        hotline,
        satisfaction,
        sameday,
        sources,
        definitions,
    ):
        page.register(app, store)
