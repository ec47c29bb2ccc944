"""What pages do: one module a page, each with register(app, store)."""

from typing import Any

from callbacks import (
    account,
    attribution,
    cases,
    definitions,
    dossier,
    filters,
    hotline,
    lateness,
    letters,
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
        attribution,
        letters,
        cases,
        dossier,
        hotline,
        satisfaction,
        sameday,
        sources,
        definitions,
    ):
        page.register(app, store)
