"""What the page of results within the day asks: the campaign's course, and shares by unit and field."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from dashboard import share_tables
from dashboard.asking import ask
from dashboard.moments import local_day
from dashboard.placing import Placed, Placing
from dashboard.questions import Asker, Rows, names_of
from dashboard.tables import Table
from indicators import campaign
from indicators.calendar import WorkingCalendar
from indicators.campaign import Campaign
from indicators.rates import rate

WITHOUT_DAYS = 30  # what is shown where the profile has no campaign
Json = dict[str, Any]
State = Mapping[str, str]


class SameDay:
    """The questions of /trong-ngay; a state is the query of the address.

    `scale` is the size of a simulated city: it is measured against so much of the number to reach.
    """

    def __init__(self, store: Asker, placing: Placing, scale: float = 1.0) -> None:
        self._store = store
        self._scale = scale
        self._placing = placing
        self._calendar: tuple[str, WorkingCalendar] | None = None

    def past(self, state: State) -> Json | None:
        """Return the campaign so far; None before the first frame.

        {"campaign": {...} or None, "course": {...} or None, "lines": [{"day", "done", "pace"}], "from_on", "geo",
        "whole": rate, "units": [{"key", "share": rate}], "fields": [{"code", names, "share": rate}]}
        """
        frame = self._store.frame()
        if frame is None:
            return None
        today = local_day(frame)
        asked = (state.get("geo"), state.get("unit"))
        scale = self._scale if frame["simulated"] else 1.0
        return self._store.by_minute(("same_day", today, *asked), lambda db: self._past(db, today, scale, *asked))

    def tables(self, state: State, language: str) -> list[Table]:
        """Return the page as tables."""
        past = self.past(state)
        units = names_of(self._store.units(), language)
        return [] if past is None else share_tables.same_day(past, units, language)

    def _past(self, db: Connection, today: date, scale: float, asked: str | None, unit: str | None) -> Json:
        placed = self._placing.read(db, today)
        geo, plan = placed.geography(asked), campaign.read(placed.registry.city.rules if placed.registry.city else {})
        if plan and plan.dossiers:
            plan = plan._replace(dossiers=round(plan.dossiers * scale))
        units = placed.unit_ids(geo, unit)
        from_on = plan.first if plan else today - timedelta(days=WITHOUT_DAYS - 1)
        until = min(today, plan.last) if plan else today
        window = {"from_on": from_on, "today": until}
        fields = {row["id"]: row for row in ask(db, "satisfaction", "fields")}
        cells = ask(db, "sameday", "cells", **window) if from_on <= until else []
        of_unit = [row for row in cells if units is None or row["unit_id"] in units]
        whole = _rates(of_unit, lambda _row: "all").get("all", rate(0, 0))
        by_field = _rates(of_unit, lambda row: row["field_id"])
        return {
            "geo": geo,
            "from_on": from_on.isoformat(),
            "until": until.isoformat(),
            "scale": scale,
            **self._campaign(db, placed, plan, units, today),
            "whole": whole,
            "units": [
                {"key": key, "share": share}
                for key, share in _rates(cells, lambda row: placed.key(geo, row["unit_id"])).items()
            ],
            "fields": [fields[id_] | {"share": share} for id_, share in by_field.items()],
        }

    def _campaign(
        self, db: Connection, placed: Placed, plan: Campaign | None, units: list[int] | None, today: date
    ) -> Json:
        if plan is None:
            return {"campaign": None, "course": None, "lines": []}
        rows = ask(db, "sameday", "days", from_on=plan.first, today=min(today, plan.last), units=units)
        daily = {row["day"]: row["same_day"] for row in rows}
        # The number to reach is the whole city's: a unit has its share and its line, but no pace.
        own = plan if units is None else plan._replace(dossiers=None)
        is_working = self._calendar_of(placed, range(plan.first.year, plan.last.year + 1)).is_working_day
        return {
            "campaign": plan._asdict() | {"first": plan.first.isoformat(), "last": plan.last.isoformat()},
            "course": campaign.course(own, daily, is_working, today)._asdict(),
            "lines": campaign.lines(own, daily, is_working, today),
        }

    def _calendar_of(self, placed: Placed, years: range) -> WorkingCalendar:
        city = placed.registry.city
        assert city is not None  # a campaign is a rule of a city
        key = f"{city.profile_hash} {years}"
        if self._calendar is None or self._calendar[0] != key:
            self._calendar = key, WorkingCalendar(city.calendar, city.timezone, years)
        return self._calendar[1]


def _rates(rows: Rows, key: Any) -> dict[Any, Any]:
    sums: dict[Any, list[int]] = {}
    for row in rows:
        total = sums.setdefault(key(row), [0, 0])
        total[0] += int(row["same_day"])
        total[1] += int(row["received"])
    return {name: rate(*total) for name, total in sums.items()}
