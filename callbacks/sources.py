"""What the page of data sources does: read the ledger of loads and the quarantine again as frames come."""

import json
from datetime import datetime
from functools import partial
from typing import Any

from dash import ClientsideFunction, Input, Output, State

from layouts import ids

Row = dict[str, Any]


def show_sources(store: Any, _version: int | None, address: Row | None) -> tuple[Row, list[Row], list[Row], list[Row]]:
    """Return what the feeds' cards say of runs and refusals, and the rows of the loads, the refused and the senders."""
    refused = [refused_row(row) for row in store.quarantine()]
    loads = [named(load) for load in store.loads()]
    names = {unit["key"]: unit for unit in store.units()}
    senders = [sender_row(row, names) for row in store.senders.week((address or {}).get("geo"))]
    return summary(store.feeds(), store.quarantine_reasons()), loads, refused, senders


def sender_row(row: Row, names: dict[str, Row]) -> Row:
    """Return a unit's row as its table shows it, with the unit's names.

    >>> sender_row({"unit": "787"}, {"787": {"name_vi": "Cần Giờ", "name_en": "Can Gio"}})
    {'unit': '787', 'row_id': '787', 'name_vi': 'Cần Giờ', 'name_en': 'Can Gio'}
    """
    unit = names.get(row["unit"], {"name_vi": row["unit"], "name_en": row["unit"]})
    return row | {"row_id": row["unit"], "name_vi": unit["name_vi"], "name_en": unit["name_en"]}


def named(row: Row) -> Row:
    """Return a row with its id as the text that the grid tells rows apart by."""
    return row | {"row_id": str(row["id"])}


def refused_row(row: Row) -> Row:
    """Return a refused row as its table shows it: what was received on one line.

    >>> refused_row({"id": 1, "row": {"MaHoSo": "7"}})
    {'id': 1, 'row_id': '1', 'row_text': '{"MaHoSo": "7"}'}
    """
    text = json.dumps(row["row"], ensure_ascii=False, sort_keys=True)
    return {key: value for key, value in named(row).items() if key != "row"} | {"row_text": text}


def summary(feeds: list[Row], reasons: list[Row]) -> Row:
    """Return the feeds by id, each with the speed of its last load, and the rows held by reason.

    >>> summary([], [{"feed": "a", "reason": "no code", "held": 2}, {"feed": "b", "reason": "no code", "held": 1}])
    {'feeds': {}, 'reasons': {'no code': 3}}
    """
    held: dict[str, int] = {}
    for row in reasons:
        held[row["reason"]] = held.get(row["reason"], 0) + row["held"]
    return {"feeds": {feed["id"]: feed | {"rows_per_s": speed(feed)} for feed in feeds}, "reasons": held}


def speed(feed: Row) -> float | None:
    """Return the rows per second of a feed's last load; None while it runs, or when there was none."""
    if feed["load_started_at"] is None or feed["load_finished_at"] is None:
        return None
    start, end = (datetime.fromisoformat(feed[f"load_{name}_at"]) for name in ("started", "finished"))
    seconds = (end - start).total_seconds()
    return feed["read"] / seconds if seconds > 0 else None


def register(app: Any, store: Any) -> None:
    """Bind the callbacks of the page."""
    app.callback(
        Output(ids.SOURCES, "data"),
        Output(ids.LOADS, "rowData"),
        Output(ids.QUARANTINE, "rowData"),
        Output(ids.SENDERS, "rowData"),
        Input(ids.FRAME_VERSION, "data"),
        Input(ids.STATE, "data"),
    )(partial(show_sources, store))
    app.clientside_callback(
        ClientsideFunction("board", "versions"),
        Output(ids.FRAME_VERSION, "data"),
        Input(ids.FRAME, "data"),
        State(ids.FRAME_VERSION, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("board", "feeds"),
        Output(ids.FEEDS, "data-painted"),
        Input(ids.FRAME, "data"),
        Input(ids.SOURCES, "data"),
        Input(ids.WORDS, "data"),
        Input(ids.LINK, "data"),
    )
