"""Rows of lateness as cells of tiles, and which of them are selected."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

import numpy as np

from dashboard.placing import UNASSIGNED, Placed
from dashboard.questions import Rows
from indicators import seriation

WINDOWED = ("finished_late", "judged", "accepted_late", "accept_judged")
KEPT = 64
Json = dict[str, Any]


class Memo:
    """What was made of some answers, kept as long as these are the very same."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[tuple[object, ...], Any]] = OrderedDict()

    def get(self, name: Hashable, sources: tuple[object, ...], make: Callable[[], Any]) -> Any:
        """Return what `make` made the last time under a name from these sources, or make it."""
        kept = self._kept.get(name)
        if kept is None or any(one is not other for one, other in zip(kept[0], sources, strict=True)):
            kept = self._kept[name] = sources, make()
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return kept[1]


class Selected:
    """The rows of one unit and one field, or of all of either."""

    def __init__(self, placed: Placed, geo: str, unit: str, field: str) -> None:
        self.geo = geo
        self.unit = unit
        self.field = field
        self.unit_ids = placed.unit_ids(geo, unit)
        self._units = None if self.unit_ids is None else frozenset(self.unit_ids)

    def of(self, rows: Iterable[Json]) -> Rows:
        """Return those of some rows with unit_id and field."""
        return [
            row
            for row in rows
            if (self._units is None or row["unit_id"] in self._units) and self.field in ("", row["field"])
        ]


def groups(placed: Placed, geo: str) -> dict[str, str]:
    """Return the tile of the default geography that holds each tile of a finer one; empty where it is not finer."""
    coarse = placed.tiles.get(placed.default, {})
    fine = placed.tiles[geo]
    if len(set(fine.values())) < 2 * max(1, len(set(coarse.values()))):
        return {}
    ids = {unit.key: unit.id for unit in placed.registry.units}
    return {key: coarse.get(ids[key], UNASSIGNED) for key in sorted(set(fine.values()))}


def by_field(rows: Rows, placed: Placed, geo: str, part: str, whole: str) -> dict[str, dict[str, list[int]]]:
    """Return [part, whole] by tile and field, and by "city" and field; cells of nothing are left out."""
    cells: dict[str, dict[str, list[int]]] = {"city": {}}
    for row in rows:
        if not row[whole]:
            continue
        for key in (placed.key(geo, row["unit_id"]), "city"):
            cell = cells.setdefault(key, {}).setdefault(row["field"], [0, 0])
            cell[0] += row[part]
            cell[1] += row[whole]
    return cells


def alike(cells: Mapping[str, Mapping[str, list[int]]], placed: Placed, geo: str) -> list[str]:
    """Return the tiles in an order in which those that are late in the same fields stand together.

    Frames hold [open, late], windows [late, of]: the larger of the two is the whole either way.
    """
    keys = sorted(set(placed.tiles[geo].values()) & cells.keys())
    fields = sorted(cells.get("city", {}))
    rates = [[_share(cells[key].get(field)) for field in fields] for key in keys]
    return [keys[place] for place in seriation.order(np.array(rates, float).reshape(len(keys), len(fields)))]


def _share(cell: list[int] | None) -> float:
    return min(cell) / max(cell) if cell and max(cell) else np.nan


def clocks(rows: Rows, placed: Placed, geo: str, selected: Selected) -> dict[str, list[int]]:
    """Return [finished late, judged, accepted late, accept judged] by tile, of the "city" and of what is "chosen"."""
    of_field = [row for row in rows if selected.field in ("", row["field"])]
    return placed.gather(geo, of_field, WINDOWED) | {"city": _sum(of_field), "chosen": _sum(selected.of(rows))}


def _sum(rows: Rows) -> list[int]:
    return [sum(row[name] or 0 for row in rows) for name in WINDOWED]
