"""The registry as pages read it: units with their geographies, fields, the city's head; and facts gathered by unit."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from indicators.geography import is_valid, memberships
from sql.registry_rows import Registry, Unit

Rows = list[dict[str, Any]]
SHOWN = (
    "key",
    "code",
    "name_vi",
    "name_en",
    "kind",
    "level",
    "parent_code",
    "valid_from",
    "valid_to",
    "map_col",
    "map_row",
)


def tables(known: Registry) -> dict[str, Any]:
    """Return everything below by name: units, geographies, fields, profile."""
    return {
        "units": units(known),
        "geographies": geographies(known),
        "fields": fields(known),
        "profile": profile(known),
    }


def units(known: Registry) -> Rows:
    """Return every unit of every era, in the profile's order; days are ISO texts."""
    return [
        {name: _plain(getattr(unit, name)) for name in SHOWN} | {"geographies": _tile_of(known, unit)}
        for unit in sorted(known.units, key=lambda unit: unit.position)
    ]


def geographies(known: Registry) -> Rows:
    """Return the geographies of the profile, the default one first: id, name_vi, name_en, on, levels, default."""
    rows = [asdict(one) for one in (known.city.geographies if known.city else ())]
    plain = [row | {"on": row["on"].isoformat(), "levels": list(row["levels"])} for row in rows]
    return sorted(plain, key=lambda row: not row["default"])


def fields(known: Registry) -> Rows:
    """Return the fields of procedures."""
    return [{"code": one.code, "name_vi": one.name_vi, "name_en": one.name_en} for one in known.fields]


def profile(known: Registry) -> dict[str, Any]:
    """Return the city's head; empty before a profile was loaded."""
    city = known.city
    if city is None:
        return {}
    names = ("title", "timezone", "locale", "rules", "thresholds", "simulated")
    return {name: getattr(city, name) for name in names}


def gather(known: Registry, lines: Mapping[int, Sequence[int]], today: date) -> dict[str, list[int]]:
    """Sum lines of facts, by unit id, into the units of all geographies, by key.

    A unit that is a tile of several geographies collects what the first of them gives it, as in the frame.
    """
    keys = {unit.id: unit.key for unit in known.units}
    found: dict[str, list[int]] = {}
    for one in known.city.geographies if known.city else ():
        placed = memberships(known.units, known.successors, one, today)
        sums: dict[str, list[int]] = {}
        for unit_id, line in lines.items():
            target = placed[unit_id].target_id if unit_id in placed else None
            if target is not None:
                sums[keys[target]] = _add(sums.get(keys[target]), line)
        found = sums | found
    return found


def _add(total: list[int] | None, line: Sequence[int]) -> list[int]:
    return list(line) if total is None else [a + b for a, b in zip(total, line, strict=True)]


def _tile_of(known: Registry, unit: Unit) -> list[str]:
    geographies = known.city.geographies if known.city else ()
    return [one.id for one in geographies if unit.level in one.levels and is_valid(unit, one.on)]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
