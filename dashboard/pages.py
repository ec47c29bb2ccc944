"""The HTML of the pages: one document for all of them, coded once; the browser builds the rest."""

import re
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from dashboard.coded import Coded
from dashboard.problems import plain

INDEX = """<!DOCTYPE html>
<html lang="vi">
<head>
{%metas%}
<title>{%title%}</title>
{%favicon%}
<link rel="manifest" href="/manifest.webmanifest">
<link rel="apple-touch-icon" href="/assets/icons/apple-180.png">
{%css%}
<link rel="stylesheet" href="{styles}">
</head>
<body>
{%app_entry%}
<footer>
{%config%}
<script src="{scripts}"></script>
{%scripts%}
{%renderer%}
</footer>
</body>
</html>
"""
GRID = re.compile(r'<script src="([^"]*/dash_ag_grid/[^"]*)"></script>')
TABLE = re.compile(r'<script src="[^"]*/dash_table/[^"]*"></script>')
CORE = re.compile(r'(<script src="[^"]*/dcc/)dash_core_components(\.v\w+\.js"></script>)')
END_ID = re.compile(rb',"end_id":"[^"]*"')
VARIABLE = re.compile(r"<(\w+)>")


def index(styles: str, scripts: str) -> str:
    """Return the HTML that Dash completes, with the addresses of the app's own styles and scripts."""
    return INDEX.replace("{styles}", styles).replace("{scripts}", scripts)


def without_grid(html: str) -> str:
    """Return a document that names the grid's script instead of loading it: one page needs it, and it is large.

    >>> without_grid('<head></head><script src="/s/dash_ag_grid/a.js"></script><script src="/s/b.js"></script>')
    '<head><meta name="grid" content="/s/dash_ag_grid/a.js"></head><script src="/s/b.js"></script>'
    """
    found = GRID.search(html)
    if found is None:
        return html
    named = f'<meta name="grid" content="{found[1]}"></head>'
    return html.replace(found[0], "", 1).replace("</head>", named, 1)


def with_graph(html: str) -> str:
    """Return a document that loads the whole of the graph instead of Dash's old table, which no page has.

    The graph would fetch its second part when it is first shown, and never again when that did not come.

    >>> core = '<script src="/s/dcc/dash_core_components.v4.js"></script>'
    >>> with_graph('<script src="/s/dash_table/bundle.v7.js"></script>' + core).removeprefix(core)
    '<script src="/s/dcc/async-graph.v4.js"></script>'
    """
    return CORE.sub(r"\g<0>\1async-graph\2", TABLE.sub("", html))


def essence(html: bytes) -> bytes:
    """Return a document without what Dash draws by lot in each process, by which no release can be told from another.

    >>> essence(b'{"a":1,"end_id":"Xy~9"}')
    b'{"a":1}'
    """
    return END_ID.sub(b"", html)


class Document:
    """The document that starts the app, in every coding."""

    def __init__(self, html: bytes) -> None:
        self._coded = Coded(html, "text/html", essence(html))

    async def answer(self, request: Request) -> Response:
        """Answer a page's address."""
        return self._coded.response(request)

    def response(self, request: Request, status: int = 200) -> Response:
        """Return the document, or 304 to a browser that has it."""
        return self._coded.response(request, status)


class NotFound:
    """What is answered where nothing is: the document to a reader (it shows that there is no such page), else JSON."""

    def __init__(self, document: Document) -> None:
        self.document = document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with 404."""
        request = Request(scope)
        reads = scope["method"] in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
        response: Response = plain(404)
        if reads and not scope["path"].startswith("/api/"):
            response = self.document.response(request, 404)
        await response(scope, receive, send)


def routes(document: Document, paths: Iterable[str]) -> list[Route]:
    """Return one route a page; `<name>` in a path stands for one part of it.

    >>> [route.path for route in routes(Document(b""), ["/", "/don-vi/<code>"])]
    ['/', '/don-vi/{code}']
    """
    return [Route(VARIABLE.sub(r"{\1}", path), document.answer, methods=["GET"], name=path) for path in paths]
