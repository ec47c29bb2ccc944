"""The rollups: what each one sums, by what, and which query recounts it from the facts."""

from __future__ import annotations

from dataclasses import dataclass

DOSSIER_COLUMNS = (
    *("received", "channel_known", "online", "accept_judged", "accepted_late", "same_day", "ended", "finished"),
    *("judged", "on_time", "early", "rated", "content", "late_in", "late_out"),
)
DOSSIER_WEEK_COLUMNS = (
    *("received", "accept_judged", "accepted_late", "same_day", "finished", "judged", "on_time", "late_in", "late_out"),
)
SERVICE_COLUMNS = ("finished", "rated", "content")
LATENESS_KEY, LATENESS_COLUMNS = (
    ("day", "field_id", "holder_id", "is_sent", "to_id"),
    ("dossiers", "most", "alone", "late_s"),
)
TRACE_COLUMNS = (
    *("late", "late_s", "late_first", "late_fair", "moved", "unexplained", "paused", "asked_twice", "without_letter"),
)
TICKET_COLUMNS = ("opened", "ended", "judged", "on_time", "reopened", "late_in", "late_out")
TICKET_WEEK_COLUMNS = ("opened", "reopened", "answered", "ended", "judged", "on_time")


@dataclass(frozen=True)
class Rollup:
    """Name a rollup table: its key, what it sums, and the query of verify.sql that recounts it (or makes its text).

    Of a rollup that is appended to several rows may speak of one cell, until they are folded.
    """

    table: str
    key: tuple[str, ...]
    sums: tuple[str, ...]
    query: str
    is_text: bool = False
    is_appended: bool = False


CELLS = Rollup("dossier_day", ("day", "unit_id", "field_id"), DOSSIER_COLUMNS, "dossier_days", True, True)
FOLLOWING = (  # kept by triggers, in the transaction that changes a fact
    CELLS,
    Rollup("dossier_unit_day", ("day", "unit_id"), DOSSIER_COLUMNS, "dossier_days", True),
    Rollup("dossier_unit_week", ("week", "unit_id"), DOSSIER_WEEK_COLUMNS, "dossier_weeks", True),
    Rollup("dossier_stock", ("unit_id", "field_id"), ("open", "open_due"), "dossier_stock"),
    Rollup("procedure_day", ("day", "procedure_id"), ("judged", "late"), "procedure_days", True, True),
    Rollup("service_day", ("day", "field_id", "channel", "punctual"), SERVICE_COLUMNS, "service_days", True, True),
    Rollup(
        "service_unit_week", ("week", "unit_id", "channel", "punctual"), SERVICE_COLUMNS, "service_weeks", True, True
    ),
    Rollup("ticket_day", ("day", "unit_id", "category_id"), TICKET_COLUMNS, "ticket_days", True),
    Rollup("ticket_stock", ("unit_id", "category_id"), ("open",), "ticket_stock"),
    Rollup("activity_hour", ("hour_at",), ("received", "finished", "tickets_opened", "tickets_closed"), "hours"),
    Rollup("ticket_week", ("unit_id", "category_id", "week"), TICKET_WEEK_COLUMNS, "ticket_weeks", True),
    Rollup("ticket_spread", ("measure", "unit_id", "category_id", "week", "bin"), ("n",), "ticket_spreads", True),
    Rollup("rating_day", ("unit_id", "day", "stage", "score"), ("n",), "rating_days", True),
)
EXPLAINED = (  # kept by the job that explains late dossiers, some time later; holders bear the numbers of their arrival
    Rollup("lateness_day", ("unit_id", *LATENESS_KEY), LATENESS_COLUMNS, "lateness_days"),
    Rollup("lateness_city_day", LATENESS_KEY, LATENESS_COLUMNS, "lateness_days"),
    Rollup("trace_day", ("day", "unit_id"), TRACE_COLUMNS, "trace_days"),
)
ROLLUPS = (*FOLLOWING, *EXPLAINED)
