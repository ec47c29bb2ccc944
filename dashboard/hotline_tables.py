"""The page of the hotline as tables: what it shows, and every call behind a number that is asked about."""

from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.tables import Bars, Column, Heat, Kind, Table, named
from layouts import text

Json = dict[str, Any]


class HotlineTables:
    """Writes what `Hotline.now` and `Hotline.past` said in a language; `units` are names by key."""

    def __init__(self, now: Json, past: Json, units: Mapping[str, str], language: str) -> None:
        self._now, self._past, self._units = now, past, units
        self._words = text.words(language)
        self._categories = {row["code"]: named(row, language) for row in now["categories"]}

    def all(self) -> list[Table]:
        """Return the tables of the page without its list."""
        shown = [self._by_category(), self._by_unit(), self._matrix(), self._hours(), self._waits(), self._bursts()]
        return [*shown, *self._dossiers()]

    def calls(self, kind: str, rows: Iterable[Json]) -> Table:
        """Return the calls behind a number, as many as there are."""
        times = ("opened_at", "first_answer_at", "due_at", "ended_at", "reopened_at")
        said = ("opened_at", "answered_at", "due_at", "closed_at", "reopened_at")
        columns = (
            Column("code", self._words["calls_list.code"], "code"),
            Column("category_name", self._words["calls.category"]),
            Column("unit_name", self._words["calls.unit"]),
            *(Column(key, self._words[f"calls_list.{word}"], "time") for key, word in zip(times, said, strict=True)),
        )
        told = (
            row | {"category_name": self._category(row["category"]), "unit_name": self._unit(row["unit"])}
            for row in rows
        )
        return Table("calls", self._words[f"calls_list.{kind}"], columns, told)

    def _columns(self, *said: tuple[str, str, Kind]) -> tuple[Column, ...]:
        return tuple(Column(key, self._words[word], kind) for key, word, kind in said)

    def _category(self, code: str) -> str:
        return self._categories.get(code, code)

    def _unit(self, key: str) -> str:
        return self._units.get(key, self._words["map.unassigned"])

    def _by_category(self) -> Table:
        told = {row["code"]: row for row in self._past["categories"]}
        rows = []
        for code in self._categories:
            cells = [of[code] for of in self._now["cells"].values() if code in of]
            row = told.get(code, {})
            answer, close = row.get("answer") or {}, row.get("close") or {}
            rows.append(
                {"category": self._category(code), "open": sum(cell[0] for cell in cells)}
                | {"late": sum(cell[1] for cell in cells), "limit": row.get("sla_hours")}
                | {name: row.get(name) for name in ("opened", "reopened", "judged", "on_time")}
                | {"answer": answer.get("median"), "answer_p90": answer.get("p90")}
                | {"close": _hours(close.get("median")), "close_p90": _hours(close.get("p90"))}
                | {"rate": _share(row.get("on_time"), row.get("judged"))}
            )
        columns = self._columns(
            ("category", "calls.category", "text"), ("open", "calls.open", "int"), ("late", "calls.late", "int"),
            ("opened", "calls.opened", "int"), ("answer", "calls.answer_minutes", "float"),
            ("answer_p90", "calls.answer_minutes_p90", "float"), ("close", "calls.close_hours", "float"),
            ("close_p90", "calls.close_hours_p90", "float"), ("limit", "calls.limit_hours", "float"),
            ("judged", "calls.judged", "int"), ("rate", "calls.on_time", "rate"), ("reopened", "calls.reopened", "int"),
        )  # fmt: skip
        chart = Bars("category", ("open", "late"))
        return self._table("calls_categories", columns, rows, ("tickets_open", "tickets_late", "ticket_closing"), chart)

    def _by_unit(self) -> Table:
        rows = []
        for key in {**self._past["units"], **self._now["cells"]}:
            cells, told = list(self._now["cells"].get(key, {}).values()), self._past["units"].get(key, {})
            open_, late = (sum(cell[at] for cell in cells) for at in (0, 1))
            rows.append(
                {"unit": self._unit(key), "open": open_, "late": late, "late_share": _share(late, open_)}
                | {name: told.get(name, 0) for name in ("opened", "reopened", "judged")}
                | {"rate": _share(told.get("on_time"), told.get("judged"))}
            )
        rows.sort(key=lambda row: (-row["late"], -row["open"]))
        columns = self._columns(
            ("unit", "calls.unit", "text"), ("open", "calls.open", "int"), ("late", "calls.late", "int"),
            ("late_share", "calls.late_share", "rate"), ("opened", "calls.opened", "int"),
            ("judged", "calls.judged", "int"), ("rate", "calls.on_time", "rate"), ("reopened", "calls.reopened", "int"),
        )  # fmt: skip
        chart = Bars("unit", ("open", "late"))
        return self._table("calls_units", columns, rows, ("tickets_open", "tickets_late"), chart)

    def _matrix(self) -> Table:
        rows = [
            {"unit": self._unit(key), "category": self._category(code), "open": cell[0], "late": cell[1]}
            for key, cells in self._now["cells"].items()
            for code, cell in cells.items()
        ]
        columns = self._columns(
            ("unit", "calls.unit", "text"), ("category", "calls.category", "text"), ("open", "calls.open", "int"),
            ("late", "calls.late", "int"),
        )  # fmt: skip
        return self._table("calls_matrix", columns, rows, ("tickets_late",), Heat("unit", "category", "late"))

    def _hours(self) -> Table:
        days = [self._words[f"calls.day_{day}"] for day in range(7)]
        rows = [
            {"day": days[day], "hour": f"{hour:02d}", "calls": n}
            for day, line in enumerate(self._past["hours"])
            for hour, n in enumerate(line)
        ]
        columns = self._columns(
            ("day", "calls.day", "text"), ("hour", "calls.hour", "text"), ("calls", "calls.opened", "int")
        )
        return self._table("calls_hours", columns, rows, ("tickets_by_hour",), Heat("day", "hour", "calls"))

    def _waits(self) -> Table:
        ends = (*self._past["bin_ends"], None)
        rows = [
            {
                "what": self._words[f"calls.{name}"],
                "from": ends[place - 1] if place else 0,
                "to": ends[place],
                "calls": n,
            }
            for name in ("answer", "close")
            for place, n in sorted((int(at), n) for at, n in self._past[name]["bins"].items())
        ]
        columns = self._columns(
            ("what", "calls.wait", "text"), ("from", "calls.wait_from", "float"), ("to", "calls.wait_to", "float"),
            ("calls", "calls.opened", "int"),
        )  # fmt: skip
        return self._table("calls_waits", columns, rows, ("ticket_first_answer", "ticket_closing"))

    def _bursts(self) -> Table:
        rows = [
            row | {"unit": self._unit(row["place"]), "category": self._category(row["topic"])}
            for row in self._past["bursts"]
        ]
        columns = self._columns(
            ("unit", "calls.unit", "text"), ("category", "calls.category", "text"),
            ("calls", "calls.week_calls", "int"), ("usual", "calls.usual", "float"),
            ("reopened", "calls.reopened", "int"),
        )  # fmt: skip
        return self._table("calls_bursts", columns, rows, ("ticket_bursts",))

    def _dossiers(self) -> list[Table]:
        if not self._past["dossiers"]:
            return []
        rows = [{"unit": self._unit(key)} | told for key, told in self._past["dossiers"]["units"].items()]
        columns = self._columns(
            ("unit", "calls.unit", "text"), ("about", "calls.about_calls", "int"), ("calls", "calls.opened", "int"),
            ("received", "calls.received", "int"), ("late", "calls.late_dossiers", "int"),
            ("open", "calls.open_dossiers", "int"),
        )  # fmt: skip
        return [self._table("calls_dossiers", columns, rows, ("tickets_about_dossiers",))]

    def _table(
        self, name: str, columns: tuple[Column, ...], rows: list[Json], about: tuple[str, ...], chart: Any = None
    ) -> Table:
        return Table(name, self._words[f"{name}.title"], columns, rows, definitions=about, chart=chart)


def _share(n: int | None, of: int | None) -> float | None:
    return n / of if of and n is not None else None


def _hours(minutes: float | None) -> float | None:
    return None if minutes is None else minutes / 60
