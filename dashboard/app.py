"""The web program: put together here, and nowhere else."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import dash
from dash.development.base_component import Component
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

import callbacks
from dashboard import (
    api,
    case_routes,
    docs,
    dossier_routes,
    errors,
    guard,
    health,
    installable,
    live,
    metrics,
    pages,
    signing,
)
from dashboard.accounts import Accounts
from dashboard.archive import Archive
from dashboard.backend import Backend, render_index
from dashboard.backlog import Backlog, Places
from dashboard.bundle import Bundle
from dashboard.compression import Compress
from dashboard.door import Limits
from dashboard.exports import router as exports
from dashboard.fanout import Fanout
from dashboard.notes import Notes
from dashboard.scope import Scope as CaseScope
from dashboard.store import Store
from dashboard.supply import Supply
from dashboard.tally import SHARED, Tally
from layouts import shell, still, text
from layouts.pages import NOT_FOUND, PAGES, Page
from sql import database
from sql.settings import Settings

log = logging.getLogger(__name__)

TITLE = "Bảng điều hành"
LANGUAGE = "vi"
ASSETS = Path(__file__).with_name("assets")
TALLY_EVERY_S = 1.0
META = [
    {"name": "viewport", "content": "width=device-width, initial-scale=1, viewport-fit=cover"},
    {"name": "theme-color", "content": installable.THEME},
    {"name": "plotly", "content": installable.fingerprinted(installable.PLOTLY)},
]
Register = Callable[[Any, Any], None]


class Web(FastAPI):
    """The ASGI app. Live connections take the short way: no middleware stays on their stack for hours."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""
        if scope["type"] == "http" and scope["path"] == live.PATH and scope["method"] in guard.READ:
            await self.state.live(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(
    settings: Settings,
    store: Any = None,
    supply: Supply | None = None,
    pages_: Sequence[Page] = PAGES,
    register: Register = callbacks.register,
    tally: Tally = SHARED,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastAPI:
    """Return the web program for some settings; DATABASE_URL must name a server, REDIS_URL may be empty.

    Tests pass their own `store`, `supply`, pages and clock. Several apps may live in one process.
    """
    supply = supply or make_supply(settings, now)
    store = store or make_store(settings, supply, now)
    fanout = Fanout(Limits(settings.live_per_worker, settings.live_per_address, settings.live_per_account))
    server = Web(
        title=TITLE,
        description="Live indicators of a city: the current frame, those of the past, and their stream.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=lifespan(supply, fanout, tally),
    )
    server.state.live, server.state.fanout, server.state.supply = live.Live(fanout), fanout, supply
    errors.add(server)
    server.include_router(health.router(supply, lambda: store.source.replica_state))
    server.include_router(metrics.router(supply, store, tally, now, make_backlog(settings, supply, store)))
    server.include_router(api.router(supply, store, server.state.live, now))
    server.state.accounts = make_accounts(settings, now)
    server.state.notes = Notes(server.state.accounts, lambda: {unit["key"] for unit in store.units()}, now)
    server.include_router(signing.router(server.state.accounts, server.state.notes, now))
    who = partial(signing.who, server.state.accounts)
    server.include_router(exports.router(store, server.state.notes.pinned, who, now))
    scope = CaseScope(who, server.state.accounts.exist, store.profile, settings.host)
    if hasattr(store, "cases"):
        store.cases.scope = scope
    server.include_router(case_routes.router(store, scope))
    server.include_router(dossier_routes.router(store, scope))
    add_pages(server, store, pages_, register)
    return server


def make_backlog(settings: Settings, supply: Supply, store: Any) -> Backlog:
    """Return the part of /metrics that asks the servers what waits."""
    frames, jobs = settings.redis_url or None, settings.broker_url or settings.redis_url or None
    places = Places(lambda question: store.source.read_primary(question), frames, jobs, settings.data_dir)
    return Backlog(places, supply, time.monotonic)


def make_accounts(settings: Settings, now: Callable[[], datetime]) -> Accounts:
    """Return the accounts of the database; without one nobody can sign in."""
    url = settings.database_url
    return Accounts(database.engine(url, "dashboard accounts", pool_size=2) if url else None, now)


def make_supply(settings: Settings, now: Callable[[], datetime]) -> Supply:
    """Return the source of this process's frames."""
    archive = Archive(settings.database_url) if settings.database_url else None
    return Supply(archive, settings.redis_url or None, now)


def make_store(settings: Settings, supply: Supply, now: Callable[[], datetime]) -> Store:
    """Return the store that pages ask, on the database's pool."""
    replica = settings.database_replica_url
    return Store(
        database.engine(settings.database_url, "dashboard pages"),
        lambda: supply.frame,
        now,
        database.engine(replica, "dashboard pages") if replica else None,
        settings.scale,
    )


def add_pages(server: FastAPI, store: Any, pages_: Sequence[Page], register: Register) -> None:
    """Mount Dash with its pages, and close the door around everything."""
    board = make_dash(server, pages_)
    backend = board.backend
    assert isinstance(backend, Backend)  # Dash made it of the class it was given
    register(board, store)
    backend.prepare()
    html = render_index(board)
    document = pages.Document(html)
    paths = [page.path for page in pages_ if page is not NOT_FOUND]
    server.router.routes.extend(pages.routes(document, paths))
    server.router.routes.extend(installable.routes(html, partial(installable.title_of, store, TITLE)))
    docs.add(server, backend.shelf)
    server.add_middleware(Compress)
    server.add_middleware(guard.Guard, allowed=guard.open_list(paths), not_found=pages.NotFound(document))


def named(board: dash.Dash) -> set[str]:
    """Return the ids that callbacks name."""
    bound = board._callback_list
    outputs = {output.split(".")[0] for one in bound for output in one["output"].strip(".").split("...")}
    return outputs | {wire["id"] for one in bound for wire in (*one["inputs"], *one["state"])}


def make_dash(server: FastAPI, pages_: Sequence[Page]) -> dash.Dash:
    """Return a Dash app with its pages on a server; what no callback names is handed out as HTML."""
    styles, scripts = Bundle(ASSETS, ".css"), Bundle(ASSETS, ".js")
    board = dash.Dash(
        "dashboard",
        server=False,
        backend=Backend,
        assets_folder=str(ASSETS),
        assets_ignore=r"\.(js|css)$",  # they are one file each
        meta_tags=META,
        pages_folder="",
        use_pages=True,
        suppress_callback_exceptions=True,  # else every page would stand in the document, to be checked in the browser
        include_pages_meta=False,
        title=TITLE,
        update_title="",
        index_string=pages.index(styles.address, scripts.address),
        add_log_handler=False,
    )
    server.router.routes += [styles.route, scripts.route]
    board.init_app(server)
    for page in pages_:
        title = f"{page.title(LANGUAGE)} · {TITLE}"
        path = {"path_template" if "<" in page.path else "path": page.path}
        layout = still_layout(page, board)
        dash.register_page(page.module_name, **path, title=title, name=page.title(LANGUAGE), layout=layout)
    board.layout = shell.shell
    return board


def still_layout(page: Page, board: dash.Dash) -> Callable[..., Component]:
    """Return a page's layout as it is handed out, once every callback is bound."""

    @lru_cache(maxsize=len(text.LANGUAGES))
    def of(language: str) -> Component:
        return still.freeze(page.layout(lang=language), named(board))

    def layout(lang: str | None = None, **_address: str) -> Component:
        return of(text.language(lang))

    return layout


def lifespan(supply: Supply, fanout: Fanout, tally: Tally) -> Callable[[FastAPI], Any]:
    """Return the context in which a process serves: its supply and its fan-out run, and it counts its viewers."""

    @asynccontextmanager
    async def run(_server: FastAPI) -> AsyncIterator[None]:
        supply.subscribe(fanout.publish, fanout.tell_status)
        tasks = [asyncio.create_task(work) for work in (supply.run(), fanout.run(), _count(fanout, tally))]
        for task in tasks:
            task.add_done_callback(_report)
        try:
            yield
        finally:
            fanout.close()
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks, return_exceptions=True)
            tally.write({})

    return run


async def _count(fanout: Fanout, tally: Tally) -> None:
    while True:
        tally.write({"viewers": fanout.viewers, "slow": fanout.slow_total, "refused": fanout.door.refused_total})
        await asyncio.sleep(TALLY_EVERY_S)


def _report(task: asyncio.Task[None]) -> None:
    """Log what ended a task that should never end."""
    if not task.cancelled() and (error := task.exception()):
        log.critical("the live part of this process has ended", exc_info=error)
