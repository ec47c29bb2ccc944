"""Counts → live indicators: the one place where a rate is made of its numerator and denominator.

Counts are additive: those of a district are the sums of its communes'. recount and the frame both end here.
"""

from __future__ import annotations

from collections.abc import Mapping

from indicators.rates import Rate, rate

Indicator = int | Rate | None

DOSSIER_COUNTS = {
    "dossiers_open": "open", "dossiers_late": "late", "dossiers_due_24h": "due_24h",
    "received_today": "received_today", "resolved_today": "resolved_today",
}  # fmt: skip
TICKET_COUNTS = ("tickets_open", "tickets_late", "tickets_opened_today", "tickets_closed_today")
LETTER_COUNTS = ("letters_owed", "letters_overdue")
COUNTS = (
    "open", "late", "due_24h", "open_due", "received_today", "resolved_today", "received", "channel_known", "online",
    "accept_judged", "accepted_late", "same_day", "finished", "judged", "on_time", "rated", "content",
    *TICKET_COUNTS, "tickets_judged", "tickets_on_time", *LETTER_COUNTS,
)  # fmt: skip
NAMES = (
    "dossiers_open", "dossiers_late", "dossiers_due_24h", "received_today", "resolved_today",
    "accepted_late_rate_30d", "on_time_rate_30d", "progress_rate_30d", "online_rate_30d", "same_day_rate_30d",
    "satisfaction_low_30d", "satisfaction_high_30d", "rating_response_rate_30d", "letters_owed", "letters_overdue",
    "tickets_open", "tickets_late", "tickets_opened_today", "tickets_closed_today", "ticket_on_time_rate_30d",
    "targets_fed", "targets_total",
)  # fmt: skip


def live(
    counts: Mapping[str, int], fed: Mapping[str, bool], targets: tuple[int, int] | None = None
) -> dict[str, Indicator]:
    """Return the live indicators (design: names of section 8) of one unit or the city.

    `counts` holds COUNTS (missing = 0); `fed` says which datasets hold anything: what is not fed is None, never 0.
    `targets` is (fed, total) of the statistical catalogue.
    """
    out: dict[str, Indicator] = dict.fromkeys(NAMES)
    if fed.get("dossiers"):
        out |= {name: int(counts.get(source, 0)) for name, source in DOSSIER_COUNTS.items()}
        out |= _dossier_rates(counts)
    if fed.get("dossiers") and fed.get("ratings"):
        out |= _satisfaction(counts)
    if fed.get("dossiers") and fed.get("letters"):
        out |= {name: int(counts.get(name, 0)) for name in LETTER_COUNTS}
    if fed.get("tickets"):
        out |= {name: int(counts.get(name, 0)) for name in TICKET_COUNTS}
        out["ticket_on_time_rate_30d"] = rate(counts.get("tickets_on_time", 0), counts.get("tickets_judged", 0))
    if targets is not None:
        out["targets_total"] = targets[1]
        out["targets_fed"] = targets[0] if fed.get("observations") else None
    return out


def _dossier_rates(counts: Mapping[str, int]) -> dict[str, Indicator]:
    late, open_due = counts.get("late", 0), counts.get("open_due", 0)
    judged, on_time, received = counts.get("judged", 0), counts.get("on_time", 0), counts.get("received", 0)
    return {
        "accepted_late_rate_30d": rate(counts.get("accepted_late", 0), counts.get("accept_judged", 0)),
        "on_time_rate_30d": rate(on_time, judged),
        "progress_rate_30d": rate(on_time + open_due - late, judged + open_due),
        "online_rate_30d": rate(counts.get("online", 0), counts.get("channel_known", 0)),
        "same_day_rate_30d": rate(counts.get("same_day", 0), received),
    }


def _satisfaction(counts: Mapping[str, int]) -> dict[str, Indicator]:
    """Return worst case (the silent are unhappy), best case (the silent are happy) and the answered share."""
    finished, rated, content = counts.get("finished", 0), counts.get("rated", 0), counts.get("content", 0)
    return {
        "satisfaction_low_30d": rate(content, finished),
        "satisfaction_high_30d": rate(content + finished - rated, finished),
        "rating_response_rate_30d": rate(rated, finished),
    }
