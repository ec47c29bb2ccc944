"""gunicorn's door: `dashboard.server:app`, made when a worker imports it."""

from fastapi import FastAPI

from dashboard.app import create_app
from sql import embedded, patience
from sql.settings import Settings, get_settings


def make_app(settings: Settings) -> FastAPI:
    """Return the web program; without DATABASE_URL on the embedded servers, which this process then joins."""
    if settings.database_url:
        return create_app(settings)
    servers = embedded.prepare(settings)
    found = {"database_url": servers.database_url, "redis_url": servers.redis_url or ""}
    return create_app(settings.model_copy(update=found))


patience.begin()
app = make_app(get_settings())
