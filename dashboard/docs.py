"""/docs: the API's description, with Swagger UI from our own files."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse

from dashboard.files import Files, Shelf, in_folder

FOLDER = Path(__file__).with_name("assets_docs")
ASSETS = "/docs/assets"


def add(server: FastAPI, shelf: Shelf) -> None:
    """Add the page and the files it needs."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/docs", response_class=HTMLResponse)
    async def docs() -> HTMLResponse:
        """Return the page that shows the OpenAPI description."""
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=f"{server.title} · API",
            swagger_js_url=_address("swagger-ui-bundle.js"),
            swagger_css_url=_address("swagger-ui.css"),
            swagger_favicon_url="/_favicon.ico",
        )

    server.mount(ASSETS, Files(in_folder(FOLDER), shelf), name="docs_assets")
    server.include_router(routes)


def _address(name: str) -> str:
    return f"{ASSETS}/{name}?m={(FOLDER / name).stat().st_mtime}"
