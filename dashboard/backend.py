"""Dash's FastAPI backend, changed where it would block the event loop, guess routes or read files at each request."""

import sys
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path
from typing import Any

import dash
from dash.backends._fastapi import (
    DashMiddleware,
    FastAPIDashServer,
    reset_current_request,
    set_current_request,
)
from dash.exceptions import PreventUpdate
from dash.fingerprint import check_fingerprint
from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dashboard.cache import Unavailable
from dashboard.errors import log_fault
from dashboard.files import Files, Found, Shelf, in_folder
from dashboard.pages import with_graph, without_grid
from dashboard.problems import plain

COMPONENTS = "/_dash-component-suites"
WAITING = "Đang mở…"


class Backend(FastAPIDashServer):
    """Dash on FastAPI: callbacks in threads, files from the shelf, pages only where one was registered."""

    websocket_capability = False  # updates come over the event stream

    def __init__(self, server: FastAPI) -> None:
        super().__init__(server)
        self.shelf = Shelf()

    def register_assets_blueprint(self, blueprint_name: str, assets_url_path: str, assets_folder: str) -> None:
        """Serve the folder of the app's own scripts, styles and fonts."""
        self.server.mount(assets_url_path, Files(in_folder(Path(assets_folder)), self.shelf), name=blueprint_name)

    def setup_component_suites(self, dash_app: dash.Dash) -> None:
        """Serve the scripts of the component packages."""
        self.server.mount(COMPONENTS, Files(_in_packages(dash_app), self.shelf), name="components")

    def setup_backend(self, dash_app: dash.Dash) -> None:
        """Put Dash's request context around its own routes."""
        self.server.add_middleware(
            Context,
            dash_app=dash_app,
            dash_server=self,
            before_request_funcs=self._before_request_funcs,
            after_request_func=self._after_request_func,
        )

    def setup_index(self, dash_app: dash.Dash) -> None:
        """Leave the pages to `dashboard.pages`, which serves each of them by its own path."""

    def _setup_catchall(self) -> None:
        """Leave unknown paths unknown."""

    def serve_websocket_callback(self, dash_app: dash.Dash) -> None:
        """Open no socket."""

    def serve_callback(self, dash_app: dash.Dash) -> Callable[..., Any]:
        """Return the route of the callbacks: the request is read here, the callback runs in a thread."""

        async def dispatch(request: Request) -> Response:
            body = self.request_adapter().get_json()
            context = dash_app._initialize_context(body)
            function = dash_app._prepare_callback(context, body)
            values = dash_app._inputs_to_vals(context.inputs_list + context.states_list)
            work = dash_app._execute_callback(function, values, context.outputs_list, context)
            data = await run_in_threadpool(copy_context().run, work)
            answer = context.dash_response.set_response(data=data)
            answer.headers.setdefault("content-type", "application/json")
            return answer

        return dispatch

    def prepare(self) -> None:
        """Do now what Dash leaves to the first request, so that the first page is whole."""
        for function in self._before_request_funcs:
            function()


class Context(DashMiddleware):
    """Dash's request context, without its start-up hook (which serves the last app made, whoever is asked)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on in its context."""
        if scope["type"] == "http":
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _handle_error(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of Dash that failed: nothing to update, the database away, or a fault of ours."""
        if isinstance(error, PreventUpdate):
            response = Response(status_code=204)
        elif isinstance(error, Unavailable):
            response = plain(503, "The database does not answer; please try again.")
        else:
            name = log_fault(scope["path"], error)
            response = plain(500, f"Something went wrong here; the log knows it as {name}.")
        await response(scope, receive, send)


def render_index(app: dash.Dash) -> bytes:
    """Return the HTML page that starts the app; it is the same for every path and viewer."""
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b"", "scheme": "http"}
    token = set_current_request(Request(scope | {"server": ("localhost", 80)}))
    try:
        return with_graph(without_grid(app.index())).replace("Loading...", WAITING).encode()
    finally:
        reset_current_request(token)


def _in_packages(app: dash.Dash) -> Callable[[str, QueryParams], Found | None]:
    """Find what a component package has registered; nothing else of the package can be had."""

    def find(path: str, query: QueryParams) -> Found | None:
        package, _, fingerprinted = path.partition("/")
        inside, is_fingerprinted = check_fingerprint(fingerprinted)
        if inside not in app.registered_paths.get(package, ()):
            return None
        return Found(Path(sys.modules[package].__path__[0]) / inside, is_fingerprinted)

    return find
