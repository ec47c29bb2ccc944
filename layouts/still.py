"""Parts of a page that no callback names: handed out as HTML instead of as components.

Each component costs the browser its mounting, and a look at it whenever anything on the page changes. Most of a page
never changes by a callback: the painters in assets write into it. assets/still.js sets it in.
"""

from collections.abc import Collection, Iterator
from html import escape
from typing import Any

from dash.development.base_component import Component

HTML = "data-html"
NAMESPACE = "dash_html_components"
NAMES = {"className": "class", "htmlFor": "for"}
VOID = frozenset({"br", "hr", "img", "input"})


def freeze(part: Component, live: Collection[str]) -> Component:
    """Return a part of a page in which all that holds no id of `live` is HTML, in the attribute `data-html`.

    The part itself stays a component, and so does what is none of `dash.html`. The tree that was given is not changed.

    >>> from dash import html
    >>> freeze(html.P([html.B("a & b"), html.I(id="x")]), {"x"})
    P([B('a & b'), I(id='x')])
    >>> freeze(html.P([html.B("a & b"), html.I(id="x")]), ())
    P(data-html='<b>a &amp; b</b><i id="x"></i>')
    """
    below = list(children(part))
    given = attributes(part)
    if not any(isinstance(child, Component) for child in below):
        return part
    if any(is_live(child, live) for child in below):
        return type(part)([freeze(child, live) if isinstance(child, Component) else child for child in below], **given)
    return type(part)(**given, **{HTML: "".join(written(child) for child in below)})


def is_live(part: Any, live: Collection[str]) -> bool:
    """Return whether a callback names the part or something in it, or HTML alone cannot say it."""
    if not isinstance(part, Component):
        return False
    own = part._namespace != NAMESPACE or getattr(part, "id", None) in live
    return own or any(is_live(child, live) for child in children(part))


def written(part: Any) -> str:
    """Return a part as HTML; every text in it is escaped."""
    if not isinstance(part, Component):
        return escape(str(part), quote=False)
    tag = type(part).__name__.lower()
    head = " ".join(
        [tag, *(attribute(name, value) for name, value in sorted(attributes(part).items()) if is_said(value))]
    )
    if tag in VOID:
        return f"<{head}>"
    return f"<{head}>{''.join(written(child) for child in children(part))}</{tag}>"


def attribute(name: str, value: Any) -> str:
    """Return an attribute as HTML says it.

    >>> attribute("className", "a"), attribute("hidden", True), attribute("tabIndex", 0)
    ('class="a"', 'hidden', 'tabindex="0"')
    """
    said = NAMES.get(name, name.lower())
    return said if value is True else f'{said}="{escape(str(value))}"'


def is_said(value: Any) -> bool:
    """Return whether an attribute of this value is written at all."""
    return value is not None and value is not False


def attributes(part: Component) -> dict[str, Any]:
    """Return what a component was given beside its children."""
    return {name: value for name, value in part.to_plotly_json()["props"].items() if name != "children"}


def children(part: Component) -> Iterator[Any]:
    """Yield what stands in a component."""
    below = getattr(part, "children", None)
    yield from below if isinstance(below, list | tuple) else [] if below is None else [below]
