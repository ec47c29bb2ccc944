"""Nguồn dữ liệu: can I trust the screen? Feeds, their loads, and the rows that were refused."""

from typing import Any

import dash_ag_grid as dag
from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids, text

REPLAY = "python -m etl quarantine replay"

GRID_THEME = {"function": "boardTheme(themeQuartz)"}


def body(language: str) -> list[Component]:
    """Return the parts of the page, without any row in them."""
    words = text.words(language)
    return [
        dcc.Store(id=ids.SOURCES),
        html.Div(className="intro", children=[html.H1(words["page.sources"]), html.P(words["sources.intro"])]),
        html.Section(
            className="feeds-panel",
            **{"aria-label": words["sources.feeds"]},
            children=[html.Div(id=ids.FEEDS, className="feeds")],
        ),
        _panel(
            words["sources.senders"],
            [
                html.P(words["sources.senders_note"], className="note"),
                _grid(language, ids.SENDERS, _sender_columns(language), "responsiveSizeToFit"),
            ],
        ),
        _panel(words["sources.loads"], [_grid(language, ids.LOADS, _load_columns(words))]),
        _panel(
            words["sources.quarantine"],
            [
                html.P(words["sources.quarantine_note"], className="note"),
                html.Div(
                    className="command",
                    children=[html.Code(REPLAY), dcc.Clipboard(content=REPLAY, title=words["sources.copy"])],
                ),
                html.Div(id=ids.REASONS, className="reasons"),
                _grid(language, ids.QUARANTINE, _quarantine_columns(words)),
            ],
        ),
    ]


def _panel(title: str, children: list[Component]) -> Component:
    head = html.Div(html.H2(title), className="panel-head")
    return html.Section(className="card panel", **{"aria-label": title}, children=[head, *children])


def _grid(language: str, id_: str, columns: list[dict[str, Any]], size: str = "autoSize") -> Component:
    return dag.AgGrid(
        id=id_,
        className="grid",
        columnDefs=columns,
        rowData=[],
        getRowId="params.data.row_id",
        columnSize=size,
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True},
        dashGridOptions={
            "theme": GRID_THEME,
            "domLayout": "normal",
            "enableCellTextSelection": True,
            "ensureDomOrder": True,
            "suppressMovableColumns": True,
            "localeText": _grid_words(language) | {"noRowsToShow": text.say(language, _EMPTY[id_])},
        },
    )


_EMPTY = {
    ids.SENDERS: "sources.no_senders",
    ids.LOADS: "load.none",
    ids.QUARANTINE: "sources.no_quarantine",
}


def _grid_words(language: str) -> dict[str, str]:
    words = text.words(language)
    return {
        "loadingOoo": words["grid.loading"],
        "page": words["grid.page"],
        "of": words["grid.of"],
        "to": words["grid.to"],
        "nextPage": words["grid.next"],
        "previousPage": words["grid.previous"],
        "firstPage": words["grid.first"],
        "lastPage": words["grid.last"],
    }


def _column(words: dict[str, str], key: str, field: str, shown: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a column; `shown` names the formatter of assets/grid.js."""
    formatter = {"valueFormatter": {"function": f"{shown}(params.value)"}} if shown else {}
    kind = {"type": "rightAligned"} if shown in ("gridNumber", "gridSeconds") else {}
    return {"headerName": words[key], "field": field, **formatter, **kind, **more}


def _sender_columns(language: str) -> list[dict[str, Any]]:
    words = text.words(language)
    return [
        _column(words, "sources.sender_unit", f"name_{language}", minWidth=180),
        _column(words, "sources.sender_state", "state", "gridSender", minWidth=150),
        _column(words, "sources.sender_share", "share", "gridPercent", type="rightAligned", minWidth=110),
        _column(words, "sources.sender_late", "slow", "gridNumber", minWidth=100),
        _column(words, "sources.sender_told", "told", "gridNumber", minWidth=100),
        _column(words, "sources.sender_heard", "heard_at", "gridTime", minWidth=150),
    ]


def _load_columns(words: dict[str, str]) -> list[dict[str, Any]]:
    return [
        _column(words, "load.id", "id", sort="desc", width=80),
        _column(words, "load.feed", "feed", "gridFeed"),
        _column(words, "load.kind", "kind", "gridLoadKind"),
        _column(words, "load.state", "state", "gridLoadState"),
        _column(words, "load.started", "started_at", "gridTime"),
        _column(words, "load.seconds", "seconds", "gridSeconds"),
        *(_column(words, f"load.{name}", name, "gridNumber") for name in ("read", "merged", "unchanged", "refused")),
        _column(words, "load.speed", "rows_per_s", "gridNumber"),
        _column(words, "load.source", "source", maxWidth=260, tooltipField="source"),
        _column(words, "load.error", "error", tooltipField="error", minWidth=160, maxWidth=600),
    ]


def _quarantine_columns(words: dict[str, str]) -> list[dict[str, Any]]:
    return [
        _column(words, "quarantine.id", "id", sort="desc", width=80),
        _column(words, "quarantine.feed", "feed", "gridFeed"),
        _column(words, "quarantine.reason", "reason", "gridReason"),
        _column(words, "quarantine.detail", "detail", maxWidth=360, tooltipField="detail"),
        _column(words, "quarantine.held", "held_at", "gridTime"),
        _column(words, "quarantine.load", "load_id"),
        _column(words, "quarantine.row_no", "row_no", "gridNumber"),
        _column(words, "quarantine.row", "row_text", tooltipField="row_text", minWidth=320, maxWidth=900),
    ]
