"""The routes of the exports: `/xuat/<page>.xlsx|csv|pdf` with the page's own query string."""

from collections.abc import Callable, Iterator, Sized
from datetime import datetime
from itertools import chain
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from dashboard.errors import log_fault
from dashboard.exports import delimited, paper, spreadsheet
from dashboard.exports.cover import cover, line
from dashboard.exports.pages import stamp_of, tables_of
from dashboard.exports.reading import Reading
from dashboard.problems import Problem
from dashboard.tables import Note, Stamp, Table
from layouts import text

PATH = "/xuat"
KINDS = {"xlsx": spreadsheet.MEDIA_TYPE, "csv": delimited.MEDIA_TYPE, "pdf": paper.MEDIA_TYPE}
Pieces = Iterator[bytes]


def router(
    store: Any,
    notes: Callable[[], list[dict[str, Any]]],
    who: Callable[[Request], Any],
    now: Callable[[], datetime],
) -> APIRouter:
    """Return the routes; `notes` tells what is pinned, `who` the account that sends a request (or None)."""
    routes = APIRouter(tags=["exports"])

    @routes.get(PATH + "/{file}", responses={200: {"content": {kind: {} for kind in KINDS.values()}}})
    async def export(request: Request, file: str) -> Response:
        """Return the tables of a page as Excel, one of them as CSV (`?table=`), or the page on paper.

        The rest of the query string is the page's own: the same filters leave the same rows. `?frame=` asks for the
        frame that is on the screen; without it the newest is taken.
        """
        page, _, kind = file.rpartition(".")
        if kind not in KINDS or not page:
            raise Problem(404, "no such export", "There is an export of each page as .xlsx, .csv and .pdf.")
        return await run_in_threadpool(answer, request, page, kind)

    def answer(request: Request, page: str, kind: str) -> Response:
        state = dict(request.query_params)
        reading = Reading(store, frame_of(store, state.get("frame")), state, text.language(state.get("lang")))
        tables = chosen(tables_of(page, reading, lambda: who(request)), state.get("table"))
        stamp = stamp_of(page, reading, now(), pinned(notes(), reading))
        zone = ZoneInfo(reading.profile.get("timezone", "UTC"))
        name = file_name(page, state.get("table"), stamp, zone, kind)
        return sent(written(kind, tables, stamp, reading, zone), name, kind, count_of(tables))

    return routes


def frame_of(store: Any, asked: str | None) -> dict[str, Any]:
    """Return the frame of a version, the newest without one; raise Problem when it is not kept."""
    newest = store.frame()
    if asked is None or (newest is not None and str(newest["version"]) == asked):
        return newest or {}
    found = store.frame_of(int(asked)) if asked.isdecimal() and len(asked) < 19 else None
    if found is None:
        raise Problem(404, "frame is not kept", f"Frame {asked[:20]} is not kept.")
    return found


def chosen(tables: list[Table] | None, asked: str | None) -> list[Table]:
    """Return the table that is asked for, or all; raise Problem when there is none such."""
    if not tables:
        raise Problem(404, "no such export", "This page hands out no tables.")
    found = [table for table in tables if asked in (None, table.id)]
    if not found:
        raise Problem(404, "no such table", f"table must be one of {', '.join(table.id for table in tables)}.")
    return found


def pinned(rows: list[dict[str, Any]], reading: Reading) -> tuple[Note, ...]:
    """Return the notes that belong on a page: those of the chosen unit, or all."""
    of = [row for row in rows if reading.unit in (None, row["unit"])]
    return tuple(
        Note(
            row["words"],
            row["day"],
            reading.unit_name(row["unit"]) if row["unit"] else None,
            reading.title_of(row["indicator"]),
            row["author"],
        )
        for row in of
    )


def written(kind: str, tables: list[Table], stamp: Stamp, reading: Reading, zone: ZoneInfo) -> Pieces:
    """Return the file in pieces."""
    if kind == "csv":
        return delimited.write(tables[0], zone)
    words = cover(stamp, tables, reading.language, zone)
    if kind == "xlsx":
        return spreadsheet.write(tables, words, zone)
    return paper.write(tables, words, line(stamp, reading.language, zone), zone)


def file_name(page: str, table: str | None, stamp: Stamp, zone: ZoneInfo, kind: str) -> str:
    """Return a name that tells the page, the table, and the frame with its time."""
    at = (stamp.as_of or stamp.made_at).astimezone(zone)
    version = "" if stamp.version is None else f"-v{stamp.version}"
    return f"{'-'.join(filter(None, (page, table)))}-{at:%Y-%m-%d-%H-%M}{version}.{kind}"


def sent(pieces: Pieces, name: str, kind: str, rows: int | None) -> Response:
    """Return the answer: it begins when the first piece is there, so that what fails before says so in words."""
    first = next(pieces, b"")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "no-store",
        **({"X-Rows": str(rows)} if rows is not None else {}),
    }
    return StreamingResponse(_told(chain([first], pieces), name), headers=headers, media_type=KINDS[kind])


def _told(pieces: Pieces, name: str) -> Pieces:
    """Pass pieces on; a failure on the way breaks the transfer, so that no half file passes for a whole one."""
    try:
        yield from pieces
    except Exception as error:
        log_fault(f"{PATH}/{name}", error)
        raise


def count_of(tables: list[Table]) -> int | None:
    """Return how many rows are to come, when that is known before they are read."""
    known = [len(table.rows) for table in tables if isinstance(table.rows, Sized)]
    return sum(known) if len(known) == len(tables) else None
