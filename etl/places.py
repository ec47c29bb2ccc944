"""What feeds call units, procedures and categories → the ids of the registry, a column at once."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sql.registry_rows import Category, Procedure, Registry, Unit

MISSING = -1


def plain(name: str) -> str:
    """Return a name for comparing: NFC, one space between words, no case.

    >>> plain("  QUẬN   Gò Vấp ") == plain("Quận Gò Vấp")
    True
    """
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


class Codes:
    """Find the one id that a text names; what is not found may be created, kept under id 0 or refused."""

    def __init__(self, rows: Iterable[Procedure | Category], create: Callable[[str], int] | None = None) -> None:
        self._ids: dict[str, int] = {}
        self._create = create
        for row in rows:
            for name in (row.name_en, row.name_vi):
                self._ids.setdefault(plain(name), row.id)
        for row in rows:
            self._ids[plain(row.code)] = row.id

    def find(self, column: pa.Array, unknown: str) -> tuple[np.ndarray, np.ndarray]:
        """Return (ids, unknown) of a text column: nulls are id 0; unknown marks what has to be refused."""
        values, places = _distinct(column)
        ids = np.array([self._id(value, unknown) for value in values] + [0], np.int32)[places]
        return np.maximum(ids, 0), ids == MISSING

    def _id(self, value: str, unknown: str) -> int:
        found = self._ids.get(plain(value))
        if found is None and unknown == "create" and self._create:
            found = self._ids[plain(value)] = self._create(value)
        return found if found is not None else 0 if unknown == "keep" else MISSING


class Units:
    """Find units by code, alias or name; of several bearers of a name, the one that was valid on the day."""

    def __init__(self, registry: Registry, create: Callable[[str], int] | None = None) -> None:
        self._bearers: dict[str, list[Unit]] = defaultdict(list)
        self._create = create
        by_code: dict[str, list[Unit]] = defaultdict(list)
        for unit in registry.units:
            by_code[plain(unit.code)].append(unit)
        for names in (
            by_code.items(),
            ((plain(unit.key), [unit]) for unit in registry.units),
            ((plain(alias), by_code[plain(code)]) for alias, code in registry.aliases.items()),
            _named(registry.units, "name_vi"),
            _named(registry.units, "name_en"),
        ):
            for name, units in names:
                if units and name not in self._bearers:
                    self._bearers[name] = sorted(units, key=lambda unit: unit.valid_from)

    def find(self, column: pa.Array, days: np.ndarray, unknown: str) -> tuple[np.ndarray, np.ndarray]:
        """Return (ids, unknown) of a text column; `days` (datetime64[D], NaT = today's bearer) date the rows."""
        values, places = _distinct(column)
        bearers = [self._bearers.get(plain(value)) or self._created(value, unknown) for value in values]
        single = [found[-1].id if found else 0 if unknown == "keep" else MISSING for found in bearers]
        ids = np.array([*single, 0 if unknown == "keep" else MISSING], np.int32)[places]
        for place, found in enumerate(bearers):
            if len(found) > 1:
                rows = np.flatnonzero(places == place)
                ids[rows] = _on(found, days[rows])
        return np.maximum(ids, 0), ids == MISSING

    def _created(self, value: str, unknown: str) -> list[Unit]:
        if unknown != "create" or self._create is None:
            return []
        unit = Unit(self._create(value), value, value, value, value, "created", "created", None,
                    date(1900, 1, 1), None, None, None, None, None, 0)  # fmt: skip
        self._bearers[plain(value)] = [unit]
        return [unit]


def _named(units: Iterable[Unit], attribute: str) -> Iterable[tuple[str, list[Unit]]]:
    named: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        named[plain(getattr(unit, attribute))].append(unit)
    return named.items()


def _on(bearers: list[Unit], days: np.ndarray) -> np.ndarray:
    """Return the id of the bearer of each day: the last that began by then (the first, before all of them)."""
    begins = np.array([unit.valid_from for unit in bearers], "datetime64[D]")
    place = np.clip(np.searchsorted(begins, days, side="right") - 1, 0, len(bearers) - 1)
    return np.array([unit.id for unit in bearers], np.int32)[place]


def _distinct(column: pa.Array) -> tuple[list[str], np.ndarray]:
    """Return the distinct values and, for each row, the place of its value (-1 = null, which picks the last)."""
    encoded = pc.dictionary_encode(column)
    encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    return encoded.dictionary.to_pylist(), pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
