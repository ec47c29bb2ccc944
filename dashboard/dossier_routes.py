"""The routes of one dossier: its page's data, the letters owed for late ones, and the draft of a letter."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from dashboard import drafts
from dashboard.api import TROUBLE
from dashboard.scope import Scope

Asked = Annotated[str, Query(max_length=80)]


def router(store: Any, scope: Scope) -> APIRouter:
    """Return the routes; `scope` says which units' files a request may see."""
    routes = APIRouter(tags=["case files"])

    @routes.get("/api/v1/dossiers/{code}", responses=TROUBLE | {401: TROUBLE[404], 403: TROUBLE[404]})
    def dossier(request: Request, code: str) -> dict[str, Any]:
        """Return one dossier: its course against its deadlines, and its lateness split over steps and handovers.

        No personal data is stored, none is told. Times are in UTC; `*_s` are seconds of office time.
        """
        found: dict[str, Any] = store.dossier.page(code, scope(request))
        return found

    @routes.get("/api/v1/letters/owed", responses=TROUBLE | {401: TROUBLE[404]})
    def owed(request: Request, unit: Asked = "", geo: Asked = "") -> dict[str, Any]:
        """Return late files without a letter of apology, the oldest first, with the last day on which it is in time."""
        found: dict[str, Any] = store.letters.cases({"unit": unit, "geo": geo}, scope(request))
        return found

    @routes.get("/thu-xin-loi/{code}.docx", response_class=Response, include_in_schema=False)
    def draft(request: Request, code: str) -> Response:
        """Return the draft of a letter of apology for a dossier; the citizen's name is left for the officer."""
        letter = drafted(store, code, scope(request))
        named = f'attachment; filename="thu-xin-loi-{safe(code)}.docx"'
        headers = {"Content-Disposition": named, "Cache-Control": "no-store"}
        return Response(drafts.written(letter), media_type=drafts.MEDIA_TYPE, headers=headers)

    return routes


def drafted(store: Any, code: str, units: frozenset[str] | None) -> drafts.Draft:
    """Return what the letter for a dossier tells; raise Problem for an unknown dossier or one out of scope."""
    head, rule, interlinked, send_by = store.letters.rule(code, units)
    names = {unit["key"]: unit["name_vi"] for unit in store.units()}
    titles = {one["id"]: one.get("title_vi") or one["source"] for one in store.profile()["rules"]["letters"]["rules"]}
    signer = rule and ((rule.interlinked_signed_by if interlinked else None) or rule.signed_by)
    has_limit = rule is not None and rule.longest_extension is not None and head["statutory_days"]
    return drafts.Draft(
        code=head["code"],
        unit=f"Ủy ban nhân dân {names.get(head['unit'], head['unit'])}",
        procedure=f"{head['name_vi']} ({head['procedure']})",
        status=head["status"],
        accepted_at=_at(head["accepted_at"]),
        due_at=_at(head["due_at"]),
        holder=_holder(head),
        signer=signer,
        send_by=send_by,
        longest_days=rule.longest_extension * head["statutory_days"] if has_limit else None,
        sources=tuple(titles.get(source, source) for source in (rule.sources if rule else ())),
        zone=ZoneInfo(store.profile()["timezone"]),
    )


def safe(code: str) -> str:
    """Return a code as a part of a file's name.

    >>> safe('H29.001-251122-00001"')
    'H29.001-251122-00001_'
    """
    return "".join(letter if letter.isalnum() or letter in ".-_" else "_" for letter in code)


def _holder(head: dict[str, Any]) -> str:
    """Return who has the file: the last stop's holder."""
    last = head["stops"][-1]["holder"] if head["stops"] else None
    return " · ".join(part for part in last or () if part)


def _at(told: str | None) -> datetime | None:
    return None if told is None else datetime.fromisoformat(told)
