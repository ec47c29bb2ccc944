"""The route of case files: the list behind a number, as far as who asks may see it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from dashboard.api import TROUBLE
from dashboard.problems import Problem
from dashboard.questions.cases import LIMIT, MOST
from dashboard.scope import Scope
from layouts.filters import WINDOW

MODES = {"late": "late", "open": "open", "finished_late": "finished", "accepted_late": "accepted"}
Asked = Annotated[str, Query(max_length=80)]


def router(store: Any, scope: Scope) -> APIRouter:
    """Return the route; `scope` says which units' files a request may see."""
    routes = APIRouter(prefix="/api/v1", tags=["case files"])

    @routes.get("/dossiers", responses=TROUBLE | {401: TROUBLE[404]})
    def dossiers(
        request: Request,
        state: Literal["late", "open", "finished_late", "accepted_late"] = "late",
        unit: Asked = "",
        geo: Asked = "",
        field: Asked = "",
        proc: Asked = "",
        holder: Asked = "",
        week: Annotated[str, Query(max_length=80, description="Monday of a week instead of a window")] = "",
        age: Annotated[str, Query(max_length=10, description="1-3, 4-7, 8-30 or >30 working days late")] = "",
        win: Annotated[str, Query(description="days of the window, of finished_late and accepted_late")] = "30",
        sort: Literal["worst", "new"] = "worst",
        limit: Annotated[int, Query(ge=1, le=MOST)] = LIMIT,
        after: Annotated[str, Query(max_length=300, description="cursor of the page before")] = "",
    ) -> dict[str, Any]:
        """Return a page of case files behind a number and how many there are; late now is of the frame's instant.

        No personal data is stored, none is told. `days_late` are working days; times are in UTC.
        """
        units = scope(request)
        if win not in WINDOW.options:
            raise Problem(422, "win is not known", f"win must be one of {', '.join(WINDOW.options)}.")
        chosen = {"mode": MODES[state], "unit": unit, "geo": geo, "field": field, "proc": proc, "holder": holder}
        more = {"week": week, "age": age, "win": win, "sort": sort}
        found: dict[str, Any] = store.cases.page(chosen | more, units, after, limit)
        return found

    return routes
