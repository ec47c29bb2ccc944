"""The page of late dossiers as tables: one row a cell that the screen shows."""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboard.placing import UNASSIGNED, Placed
from dashboard.tables import Bars, Column, Heat, Kind, Table, named
from indicators.rates import wilson_interval
from layouts import text

CITY = "city"
Json = dict[str, Any]


class LateTables:
    """Writes what `Lateness.page` said, in a language; `cells` are [late, of] by tile and field."""

    def __init__(self, page: Json, cells: Mapping[str, Mapping[str, list[int]]], placed: Placed, language: str) -> None:
        self._page = page
        self._cells = cells
        self._words = text.words(language)
        units = {unit.key: vars(unit) for unit in placed.registry.units}
        fields = {field.code: vars(field) for field in placed.registry.fields}
        self._units = {key: named(unit, language) for key, unit in units.items()}
        self._units |= {CITY: self._words["heatmap.city"], UNASSIGNED: self._words["map.unassigned"]}
        self._fields = {code: named(field, language) for code, field in fields.items()}
        self._tiles = [CITY, *sorted(set(placed.tiles[page["geo"]].values()) | {UNASSIGNED})]
        self._language = language

    def all(self, minimum: int) -> list[Table]:
        """Return the tables of the page; cells of fewer than `minimum` are drawn pale."""
        return [
            self._by_field(minimum),
            self._by_week(minimum),
            self._by_holder(),
            self._by_age(),
            self._procedures(),
            self._clocks(),
        ]

    def _table(self, name: str, columns: tuple[Column, ...], rows: Any, chart: Any = None) -> Table:
        definition = {"fields": "late_by_field", "weeks": "late_by_week", "holders": "late_by_holder"}
        more = {"ages": "late_ages", "procedures": "late_procedures", "clocks": "two_clocks"}
        said = (definition | more)[name]
        return Table(name, self._words[f"lateness.{name}"], columns, list(rows), definitions=(said,), chart=chart)

    def _columns(self, *said: tuple[str, str, Kind]) -> tuple[Column, ...]:
        return tuple(Column(key, self._words[word], kind) for key, word, kind in said)

    def _shares(self) -> tuple[tuple[str, str, Kind], ...]:
        return (
            ("late", f"lateness.sum_{self._page['mode']}", "int"), ("of", "export.of", "int"),
            ("rate", "export.rate", "rate"), ("low", "export.low", "rate"), ("high", "export.high", "rate"),
        )  # fmt: skip

    def _by_field(self, minimum: int) -> Table:
        columns = self._columns(
            ("unit", "export.unit", "text"),
            ("code", "export.code", "code"),
            ("field", "export.field", "text"),
            *self._shares(),
        )
        rows = (
            {"unit": self._units[key], "code": key, "field": self._fields.get(field, field), **share(*cell)}
            for key in self._tiles
            for field, cell in self._cells.get(key, {}).items()
        )
        return self._table("fields", columns, rows, Heat("unit", "field", "rate", "of", minimum))

    def _by_week(self, minimum: int) -> Table:
        weeks = self._page["weeks"]
        columns = self._columns(
            ("unit", "export.unit", "text"),
            ("code", "export.code", "code"),
            ("week", "lateness.week", "date"),
            *self._shares(),
        )
        rows = (
            {"unit": self._units[key], "code": key, "week": day, **share(*cell)}
            for key in self._tiles
            for day, cell in zip(weeks["days"], weeks["cells"].get(key, ()), strict=False)
            if cell is not None
        )
        return self._table("weeks", columns, rows, Heat("unit", "week", "rate", "of", minimum))

    def _by_holder(self) -> Table:
        columns = self._columns(
            ("holder", "lateness.holder", "text"), ("field", "export.field", "text"), ("late", "export.late", "int"),
            ("of", "export.of", "int"), ("rate", "export.rate", "rate"),
        )  # fmt: skip
        return self._table("holders", columns, self._holder_rows(), Heat("holder", "field", "late"))

    def _holder_rows(self) -> Iterator[Json]:
        holders = self._page["holders"] or {"cells": {}, "names": {}}
        for field, cell in holders["cells"].items():
            total = sum(cell.values())
            for holder, late in sorted(cell.items(), key=lambda one: -one[1]):
                said = {"holder": self._holder(holder, holders["names"]), "field": self._fields.get(field, field)}
                yield said | {"late": late, "of": total, "rate": late / total}

    def _holder(self, holder: str, names: Mapping[str, list[str]]) -> str:
        """Return the name of who has a file, as the screen writes it."""
        if holder == "0s":
            return self._words["lateness.waiting"]
        agency, department = names.get(holder.rstrip("s"), ["@none", ""])
        if agency.startswith("@"):
            agency = self._words.get(f"lateness.holder_{agency[1:]}", self._words["lateness.holder_other"])
        whole = " · ".join(filter(None, (agency, department)))
        return self._words["lateness.sent"].format(holder=whole) if holder.endswith("s") else whole

    def _by_age(self) -> Table:
        columns = self._columns(("age", "lateness.ages", "text"), ("late", "export.late", "int"))
        rows = (
            {"age": self._words[f"lateness.age_{name.replace('>', 'over_').replace('-', '_')}"], "late": late}
            for name, late in self._page["ages"].items()
        )
        return self._table("ages", columns, rows, Bars("age", ("late",)))

    def _procedures(self) -> Table:
        columns = self._columns(
            ("name", "cases.procedure", "text"), ("code", "export.code", "code"), ("late", "export.late", "int")
        )
        rows = ({"name": named(row, self._language), **row} for row in self._page["procedures"])
        return self._table("procedures", columns, rows, Bars("name", ("late",)))

    def _clocks(self) -> Table:
        columns = self._columns(
            ("unit", "export.unit", "text"), ("code", "export.code", "code"),
            ("accepted_late", "lateness.sum_accepted", "int"), ("accept_judged", "export.of", "int"),
            ("accepted_rate", "lateness.clock_accepted_rate", "rate"),
            ("finished_late", "lateness.sum_finished", "int"), ("judged", "lateness.judged", "int"),
            ("finished_rate", "lateness.clock_finished_rate", "rate"),
        )  # fmt: skip
        clocks = self._page["clocks"]
        rows = (
            {
                "unit": self._units[key], "code": key, "finished_late": cell[0], "judged": cell[1],
                "accepted_late": cell[2], "accept_judged": cell[3],
                "finished_rate": cell[0] / cell[1] if cell[1] else None,
                "accepted_rate": cell[2] / cell[3] if cell[3] else None,
            }
            for key in self._tiles
            if (cell := clocks.get(key))
        )  # fmt: skip
        return self._table("clocks", columns, rows, Bars("unit", ("accepted_rate", "finished_rate")))


def share(late: int, of: int) -> Json:
    """Return a share as columns, with its Wilson interval.

    >>> share(0, 0)
    {'late': 0, 'of': 0, 'rate': None, 'low': None, 'high': None}
    """
    low, high = wilson_interval(late, of) or (None, None)
    return {"late": late, "of": of, "rate": late / of if of else None, "low": low, "high": high}
