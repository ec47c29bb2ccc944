"""The difference between two frames, and a frame made from another by a difference.

A frame is the JSON object that holds every live number of the city at one instant. Null is a value in it
("not fed"), so JSON merge patches (RFC 7396) cannot be used: what vanishes is named under `gone`.
"""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

HEAD = ("version", "as_of", "data_version")
SECTIONS = ("feeds", "city", "units", "fields", "attention")
FRAME = "frame"
_MISSING = object()


class WrongBaseError(ValueError):
    """A delta was applied to another frame than the one it was made from."""


def diff(old: Json, new: Json) -> Json:
    """Return the delta that turns the frame `old` into the frame `new`.

    A delta has version, base, as_of, data_version and only what changed: `city` by indicator, `units` by key and
    indicator, `fields` by key and field (null = the cell is gone), feeds whole, attention lists by unit (`entries`
    that changed, and their `order` when it did), any other key of the frame whole. `gone` = {section: [keys]} comes
    first when a delta is applied; section "frame" names keys of the frame itself. Values are shared with `new`.

    >>> old = {"version": 1, "as_of": "a", "data_version": 1, "city": {"open": 5, "late": None}}
    >>> diff(old, old | {"version": 2, "as_of": "b", "city": {"open": 5, "late": 0}})
    {'version': 2, 'as_of': 'b', 'data_version': 1, 'base': 1, 'city': {'late': 0}}
    """
    delta: Json = {key: new[key] for key in HEAD} | {"base": old["version"]}
    gone = _vanished(old, new)
    for key, value in new.items():
        if key in HEAD:
            continue
        before = old.get(key, _MISSING)
        if key not in SECTIONS:
            if before is _MISSING or before != value:
                delta[key] = value
        elif before is _MISSING:
            delta[key] = value
        elif before is not value and (part := _section(key, before, value, gone)):
            delta[key] = part
    if gone:
        delta["gone"] = gone
    return delta


def apply(frame: Json, delta: Json) -> Json:
    """Return a new frame: `frame` changed by `delta`.

    Neither argument is written to; parts that did not change are shared. Raises WrongBaseError when the delta was
    made from another version.

    >>> frame = {"version": 1, "as_of": "a", "data_version": 1, "units": {"760": {"open": 5}, "761": {"open": 1}}}
    >>> delta = {"version": 2, "base": 1, "as_of": "b", "data_version": 1,
    ...          "units": {"760": {"open": 6}}, "gone": {"units": ["761"]}}
    >>> apply(frame, delta)["units"]
    {'760': {'open': 6}}
    """
    if delta["base"] != frame["version"]:
        raise WrongBaseError(f"delta {delta['version']} starts at {delta['base']}, the frame is {frame['version']}")
    changed = _without(frame, delta.get("gone", {}))
    for key, part in delta.items():
        if key in ("base", "gone"):
            continue
        if key not in SECTIONS:
            changed[key] = part
            continue
        section = dict(changed.get(key, {}))
        if key == "units":
            section.update({unit: section.get(unit, {}) | values for unit, values in part.items()})
        elif key == "fields":
            section.update({unit: _merge_cells(section.get(unit, {}), cells) for unit, cells in part.items()})
        elif key == "attention":
            section.update({geography: _relisted(section.get(geography), listed) for geography, listed in part.items()})
        else:
            section.update(part)
        changed[key] = section
    return changed


def _vanished(old: Json, new: Json) -> dict[str, list[str]]:
    """Name what `new` has no longer: keys of the frame, and keys of each section."""
    gone = {}
    if keys := [key for key in old if key not in new]:
        gone[FRAME] = keys
    for section in SECTIONS:
        if section in new and section in old and (keys := [key for key in old[section] if key not in new[section]]):
            gone[section] = keys
    return gone


def _section(name: str, old: Json, new: Json, gone: dict[str, list[str]]) -> Json:
    """Return what changed within one section; a unit that lost an indicator goes and comes back whole."""
    if name == "fields":
        return {key: _cells(old.get(key), row) for key, row in new.items() if row != old.get(key)}
    if name == "attention":
        return {key: _listed(old.get(key), entries) for key, entries in new.items() if old.get(key) != entries}
    if name != "units":
        return _changes(old, new)
    changed = {}
    for key, values in new.items():
        before = old.get(key)
        if before is values or before == values:
            continue
        if before is not None and before.keys() <= values.keys():
            changed[key] = _changes(before, values)
            continue
        changed[key] = values
        if before is not None:
            gone.setdefault(name, []).append(key)
    return changed


def _changes(old: Json, new: Json) -> Json:
    return {key: value for key, value in new.items() if old.get(key, _MISSING) != value}


def _listed(old: Any, new: Any) -> Any:
    """Return what changed in a list of entries that each name their unit; the list whole when they do not."""
    before, after = _by_unit(old), _by_unit(new)
    if before is None or after is None:
        return new
    patch: Json = {"entries": _changes(before, after)}
    return patch if list(before) == list(after) else patch | {"order": list(after)}


def _by_unit(entries: Any) -> Json | None:
    """Return entries by their unit, None when they are not all told apart by it."""
    if not isinstance(entries, list) or not all(
        isinstance(one, dict) and isinstance(one.get("unit"), str) for one in entries
    ):
        return None
    by_unit = {one["unit"]: one for one in entries}
    return by_unit if len(by_unit) == len(entries) else None


def _relisted(old: Any, part: Any) -> Any:
    if not isinstance(part, dict):
        return part
    entries = (_by_unit(old) or {}) | part["entries"]
    return [entries[unit] for unit in part.get("order", entries)]


def _cells(old: Json | None, new: Json) -> Json:
    """Return the changed cells of one row of fields, null for those that are gone."""
    old = old or {}
    return _changes(old, new) | {field: None for field in old if field not in new}


def _merge_cells(old: Json, changed: Json) -> Json:
    return {field: cell for field, cell in (old | changed).items() if cell is not None}


def _without(frame: Json, gone: Mapping[str, list[str]]) -> Json:
    """Return a shallow copy of the frame without the keys named by `gone`."""
    left = {key: value for key, value in frame.items() if key not in gone.get(FRAME, ())}
    for section, keys in gone.items():
        if section != FRAME and section in left:
            left[section] = {key: value for key, value in left[section].items() if key not in keys}
    return left
