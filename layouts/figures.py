"""Figures without data: axes, words and number formats; the traces are painted in the browser (assets/hours.js)."""

import plotly.graph_objects as go

from layouts import text


def hours(language: str) -> go.Figure:
    """Return the empty chart of a day by hour: bars for today, a dashed line for a usual day."""
    words = text.words(language)
    figure = go.Figure()
    figure.update_layout(
        template="none",
        separators=words["format.separators"],
        uirevision="hours",
        barmode="group",
        bargap=0.28,
        bargroupgap=0.08,
        hovermode="x unified",
        dragmode="zoom",
        showlegend=False,
        margin={"l": 44, "r": 8, "t": 6, "b": 26},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_xaxes(fixedrange=False, showgrid=False, zeroline=False, ticks="")
    figure.update_yaxes(fixedrange=True, rangemode="tozero", nticks=4, zeroline=False, tickformat=",d")
    return figure
