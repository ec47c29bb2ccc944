"""/healthz and /readyz: is the process alive, and can it serve?"""

from collections.abc import Callable

from fastapi import APIRouter
from starlette.responses import JSONResponse

from dashboard import models
from dashboard.supply import Supply

FRESH = {"Cache-Control": "no-store"}


def router(supply: Supply, replica: Callable[[], str] = lambda: "none") -> APIRouter:
    """Return the routes that a supervisor or a load balancer asks; `replica` tells its state."""
    routes = APIRouter(tags=["operation"])

    @routes.get("/healthz", response_model=models.Health)
    async def healthz() -> JSONResponse:
        """Tell that the process is alive."""
        return JSONResponse({"status": "alive"}, headers=FRESH)

    @routes.get("/readyz", response_model=models.Readiness, responses={503: {"model": models.Readiness}})
    async def readyz() -> JSONResponse:
        """Tell whether the database answers and a frame exists; 503 with the reason otherwise."""
        reason = why_not_ready(supply)
        said = {
            "status": "not ready" if reason else "ready",
            "reason": reason,
            "version": supply.edition.version if supply.edition else None,
            "live": supply.status.state,
            "replica": replica(),
        }
        return JSONResponse(said, 503 if reason else 200, FRESH)

    return routes


def why_not_ready(supply: Supply) -> str | None:
    """Return why the process cannot serve, or None; at most five seconds old."""
    if supply.database_answers is None:
        return "the database has not been asked yet"
    if not supply.database_answers:
        return "the database does not answer"
    if supply.edition is None:
        return "no frame has been published yet"
    return None
