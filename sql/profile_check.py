"""Check what the files of a profile say of each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

from sql.profile_files import Row
from sql.profile_parts import Geography, Problem, Successor, Unit

Units = list[tuple[Row, Unit]]


def check_units(pairs: Units, codes: set[str]) -> None:
    """Note overlapping eras of one code, unknown parents, circles and a second root."""
    _check_eras(pairs)
    parents = {unit.code: unit.parent_code for _, unit in pairs}
    roots: list[Unit] = []
    for row, unit in pairs:
        if unit.parent_code is None:
            roots.append(unit)
            if any(other.code != unit.code for other in roots):
                row.refuse(
                    f"{unit.code} has no parent_code, and neither has {roots[0].code}: only the city may lack one"
                )
        elif unit.parent_code not in codes:
            row.refuse(f"parent_code {unit.parent_code} is no unit")
        elif _circles(unit.code, parents):
            row.refuse(f"{unit.code} is its own ancestor")


def _check_eras(pairs: Units) -> None:
    eras: dict[str, list[tuple[Row, Unit]]] = defaultdict(list)
    for row, unit in pairs:
        eras[unit.code].append((row, unit))
    for same_code in eras.values():
        same_code.sort(key=lambda pair: pair[1].valid_from)
        for (row, unit), (next_row, after) in pairwise(same_code):
            if unit.valid_to is None or unit.valid_to >= after.valid_from:
                later, earlier = (next_row, row) if next_row.line > row.line else (row, next_row)
                later.refuse(f"{unit.code} is valid at the same time as in line {earlier.line}")


def _circles(code: str, parents: dict[str, str | None]) -> bool:
    above, seen = parents.get(code), set()
    while above and above not in seen:
        if above == code:
            return True
        seen.add(above)
        above = parents.get(above)
    return False


def check_geographies(
    geographies: list[Geography], pairs: Units, problems: list[Problem], line: Callable[[int], int | None]
) -> None:
    """Note unknown levels, geographies without a unit and two units on one tile; `line(nth)` is that of a geography."""
    levels = {unit.level for _, unit in pairs}
    for nth, geography in enumerate(geographies):
        for level in geography.levels:
            if level not in levels:
                problems.append(
                    Problem("profile.toml", line(nth), f'geography {geography.id}: no unit has the level "{level}"')
                )
        tiles = [(row, unit) for row, unit in pairs if geography.has(unit)]
        if not tiles and set(geography.levels) & levels:
            problems.append(
                Problem("profile.toml", line(nth), f"geography {geography.id}: no unit stood on {geography.on}")
            )
        _check_tiles(geography, tiles)


def _check_tiles(geography: Geography, tiles: Units) -> None:
    taken: dict[tuple, Unit] = {}
    for row, unit in tiles:
        place = (unit.map_col, unit.map_row)
        if place == (None, None):
            continue
        other = taken.setdefault(place, unit)
        if other is not unit:
            row.refuse(f"tile {place[0]},{place[1]} of geography {geography.id} is taken by {other.key}")


def check_successors(pairs: list[tuple[Row, Successor]], units: Units, said: set[tuple[str, str]]) -> None:
    """Note unknown units, successors of what has not ended or ended later, and shares that add up to more than 1."""
    by_key = {(unit.code, unit.valid_from): unit for _, unit in units}
    given: dict[tuple, float] = defaultdict(float)
    for row, one in pairs:
        ends = [(one.from_code, one.from_valid_from), (one.to_code, one.to_valid_from)]
        for code, start in ends:
            if (code, start.isoformat()) not in said:
                row.refuse(f"unit {code} from {start} is not in units.csv")
        if not all(end in by_key for end in ends):
            continue
        before, after = (by_key[end] for end in ends)
        if reason := _not_succeeded(before, after):
            row.refuse(reason)
            continue
        # A unit may be followed twice: at once, and later by those who followed its successor. Each time it is a whole.
        moment = (ends[0], max(after.valid_from, _day_after(before)))
        given[moment] += one.share
        if given[moment] > 1 + 1e-6:
            who = f"{one.from_code} from {one.from_valid_from}"
            row.refuse(f"the successors of {who} have together more than its whole ({given[moment]:g})")


def _day_after(unit: Unit) -> date:
    return (unit.valid_to or unit.valid_from) + timedelta(days=1)


def _not_succeeded(before: Unit, after: Unit) -> str | None:
    if before.valid_to is None:
        return f"{before.key} has a successor but no valid_to"
    if after is before or (after.valid_to is not None and after.valid_to <= before.valid_to):
        return f"{after.key} ended no later than {before.key}"
    return None


def check_aliases(triples: list[tuple[Row, str, str]], codes: set[str]) -> None:
    """Note aliases of unknown units."""
    for row, alias, code in triples:
        if code not in codes:
            row.refuse(f'alias "{alias}": unit {code} is not in units.csv')


def last_change(units: list[Unit]) -> date:
    """Return the day from which the newest set of units stands."""
    days = [unit.valid_from for unit in units]
    days += [unit.valid_to + timedelta(days=1) for unit in units if unit.valid_to]
    return max(days)
