"""Which tile of which geography shows the facts of which unit: made once for a registry and a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from dashboard.asking import Known
from indicators.geography import memberships
from sql.registry_rows import Registry

UNASSIGNED = "unassigned"  # facts of no unit, and of units that no tile of the geography collects
ALL = -1  # in rollups: every unit, every category


@dataclass(frozen=True)
class Placed:
    """Tiles by geography id and unit id, and the registry they were made of."""

    registry: Registry
    tiles: Mapping[str, Mapping[int, str]]
    default: str

    def geography(self, asked: str | None) -> str:
        """Return the geography asked for, or the default one when there is no such one."""
        return asked if asked and asked in self.tiles else self.default

    def key(self, geography: str, unit_id: int) -> str:
        """Return the key of the tile that shows a unit."""
        return self.tiles[geography].get(unit_id, UNASSIGNED)

    def unit_ids(self, geography: str, key: str | None) -> list[int] | None:
        """Return the units that a tile shows, in another geography if this one has no such tile; None for the city."""
        if not key:
            return None
        for one in (geography, *self.tiles):
            ids = [unit.id for unit in self.registry.units if self.key(one, unit.id) == key]
            if ids:
                return ids
        return []

    def gather(self, geography: str, rows: Iterable[Mapping[str, Any]], names: tuple[str, ...]) -> dict[str, list[int]]:
        """Return the sums of some columns by tile, of rows with unit_id; null counts as nothing."""
        sums: dict[str, list[int]] = {}
        for row in rows:
            total = sums.setdefault(self.key(geography, row["unit_id"]), [0] * len(names))
            for place, name in enumerate(names):
                total[place] += row[name] or 0
        return sums


class Placing:
    """Places the units of the registry that the database has."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._kept: tuple[Registry, date, Placed] | None = None

    def read(self, db: Connection, today: date) -> Placed:
        """Return where units are shown today, as the connection's snapshot has it."""
        registry = self._known.read(db)
        kept = self._kept
        if kept is None or kept[0] is not registry or kept[1] != today:
            kept = self._kept = registry, today, placed(registry, today)
        return kept[2]


def placed(registry: Registry, today: date) -> Placed:
    """Return the tiles of a registry; a registry without a city has one geography without tiles."""
    geographies = registry.city.geographies if registry.city else []
    keys = {unit.id: unit.key for unit in registry.units}
    tiles: dict[str, dict[int, str]] = {}
    for one in geographies:
        members = memberships(registry.units, registry.successors, one, today)
        tiles[one.id] = {id_: keys[to.target_id] for id_, to in members.items() if to.target_id is not None}
    default = next((one.id for one in geographies if one.default), next(iter(tiles), ""))
    return Placed(registry, tiles or {"": {}}, default)
