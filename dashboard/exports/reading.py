"""What a page's tables are read from: the frame on the screen, the names of things, and what is chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dashboard.tables import Column, Kind, named
from indicators.definitions import BY_NAME
from layouts import text

State = Mapping[str, str]


@dataclass(frozen=True)
class Reading:
    """One look at the city: a frame (empty before the first), the store that names things, the address, a language."""

    store: Any
    frame: Mapping[str, Any]
    state: State
    language: str

    @cached_property
    def words(self) -> dict[str, str]:
        """Every word of the language."""
        return text.words(self.language)

    @cached_property
    def profile(self) -> dict[str, Any]:
        """The city's head: rules, thresholds, time zone."""
        return self.store.profile()

    @property
    def thresholds(self) -> Mapping[str, Any]:
        """The lines that the profile draws."""
        return self.profile.get("thresholds", {})

    @property
    def minimum(self) -> int:
        """Below how many cases nothing is judged."""
        return int(self.profile.get("rules", {}).get("ranking", {}).get("minimum_n", 0))

    @cached_property
    def geography(self) -> str:
        """The geography that is chosen, or the profile's default one."""
        known = self.store.geographies()
        asked = [one["id"] for one in known if one["id"] == self.state.get("geo")]
        default = [one["id"] for one in known if one["default"]]
        return (asked or default or [one["id"] for one in known] or [""])[0]

    @property
    def unit(self) -> str | None:
        """The unit that is chosen, when there is one such."""
        asked = self.state.get("unit")
        return asked if asked in self._units else None

    @cached_property
    def _units(self) -> dict[str, dict[str, Any]]:
        return {unit["key"]: unit for unit in self.store.units()}

    @cached_property
    def _fields(self) -> dict[str, dict[str, Any]]:
        return {one["code"]: one for one in self.store.fields()}

    def say(self, key: str) -> str:
        """Return a word of the exports."""
        return self.words[f"export.{key}"]

    def columns(self, *said: tuple[str, str, Kind]) -> tuple[Column, ...]:
        """Return columns from (key, word of the exports, kind)."""
        return tuple(Column(key, self.say(word), kind) for key, word, kind in said)

    def title_of(self, indicator: str) -> str:
        """Return the title of an indicator."""
        return getattr(BY_NAME[indicator], f"title_{self.language}")

    def unit_name(self, key: str) -> str:
        """Return the name of a unit."""
        if key not in self._units:
            return self.words["map.unassigned"] if key == "unassigned" else key
        return named(self._units[key], self.language)

    def field_name(self, code: str) -> str:
        """Return the name of a field."""
        return named(self._fields[code], self.language) if code in self._fields else code

    def geography_name(self) -> str:
        """Return the name of the geography."""
        return next((named(one, self.language) for one in self.store.geographies() if one["id"] == self.geography), "")

    def values(self, key: str) -> Mapping[str, Any]:
        """Return the indicators of a unit."""
        return self.frame.get("units", {}).get(key) or {}

    def red_first(self) -> list[str]:
        """Return the keys of the geography's units: those that need attention first, then in the profile's order."""
        listed = [one["unit"] for one in self.frame.get("attention", {}).get(self.geography, [])]
        place = {key: number for number, key in enumerate(listed)}
        keys = [key for key, unit in self._units.items() if self.geography in unit["geographies"]]
        return sorted(keys, key=lambda key: place.get(key, len(place)))
