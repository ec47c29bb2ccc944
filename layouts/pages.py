"""The pages that exist: the web program registers them, the navigation shows them."""

from collections.abc import Callable
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from layouts import (
    attribution,
    cases,
    definitions,
    dossier,
    hotline,
    lateness,
    letters,
    overview,
    sameday,
    satisfaction,
    shell,
    sign_in,
    sources,
    text,
)


@dataclass(frozen=True)
class Page:
    """One page: the module name it is registered under, its path, the key of its title, and its layout."""

    module_name: str
    path: str
    title_key: str
    layout: Callable[..., Component]

    def title(self, language: str) -> str:
        """Return the page's name in a language."""
        return text.say(language, self.title_key)


def _page(name: str, path: str, body: Callable[[str], list[Component]]) -> Page:
    def layout(lang: str | None = None, **_address: str) -> Component:
        language = text.language(lang)
        return shell.page(language, name, PATHS, *body(language))

    return Page(f"layouts.{name}", path, f"page.{name}", layout)


def not_found(lang: str | None = None, **_address: str) -> Component:
    """Return what stands where no page is; registered as module `not_found_404`."""
    language = text.language(lang)
    words = text.words(language)
    lost = html.Div(
        className="card lost",
        children=[
            html.H1(words["page.not_found"]),
            html.P(words["page.not_found_text"]),
            html.A(words["page.not_found_link"], href="/", **{"data-path": "/"}),
        ],
    )
    return shell.page(language, "not_found", PATHS, lost)


PATHS = {
    "overview": "/",
    "lateness": "/tre-han",
    "attribution": "/trach-nhiem",
    "letters": "/thu-xin-loi",
    "hotline": "/1022",
    "satisfaction": "/hai-long",
    "sameday": "/trong-ngay",
    "sources": "/nguon",
    "definitions": "/dinh-nghia",
}
APART = {
    "cases": "/ho-so",
    "dossier": "/ho-so/<code>",
    "sign_in": "/dang-nhap",
}  # pages that the navigation does not show
_BODIES = {
    "cases": cases.body,
    "attribution": attribution.body,
    "letters": letters.body,
    "dossier": dossier.body,
    "overview": overview.body,
    "lateness": lateness.body,
    "hotline": hotline.body,
    "satisfaction": satisfaction.body,
    "sameday": sameday.body,
    "sources": sources.body,
    "definitions": definitions.body,
    "sign_in": sign_in.body,
}

NOT_FOUND = Page("not_found_404", "/404", "page.not_found", not_found)
PAGES: tuple[Page, ...] = (*(_page(name, path, _BODIES[name]) for name, path in (PATHS | APART).items()), NOT_FOUND)
