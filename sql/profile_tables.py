"""Turn the CSV files of a profile folder into values, leaving out the lines that have something wrong."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from sql.profile_files import Row, read_rows, slug
from sql.profile_parts import Category, Field, Indicator, Problem, Procedure, Successor, Unit

UNIT_COLUMNS = ("code", "kind", "level", "parent_code", "valid_from", "valid_to")
SUCCESSOR_COLUMNS = ("from_code", "from_valid_from", "to_code", "to_valid_from", "share")
UNASSIGNED = "unassigned"
DIRECTIONS = ("higher_better", "lower_better", "neutral")
NAMES = ("name_vi", "name_en")


def rows_of(
    folder: Path, name: str, required: tuple[str, ...], problems: list[Problem], named: bool = True
) -> list[Row]:
    """Return the rows of a file that needs `required` columns and, when its lines have names, one of the two."""
    rows = read_rows(folder / name, name, required, problems)
    if named and rows and not any(column in rows[0].cells for column in NAMES):
        problems.append(Problem(name, 1, "column name_vi or name_en is missing"))
        return []
    return rows


def once(rows: list[Row], columns: tuple[str, ...]) -> list[Row]:
    """Return the rows whose key comes for the first time and note the others as duplicates."""
    seen: dict[tuple, int] = {}
    for row in rows:
        key = tuple(row.cells.get(column, "") for column in columns)
        if key in seen:
            row.refuse(f"{' '.join(key)} stands already in line {seen[key]}")
        seen.setdefault(key, row.line)
    return [row for row in rows if not row.refused]


def units(folder: Path, problems: list[Problem]) -> tuple[list[tuple[Row, Unit]], set[tuple[str, str]]]:
    """Return the units and the (code, valid_from) of every line, bad ones too, so that no error breeds others."""
    rows = rows_of(folder, "units.csv", UNIT_COLUMNS, problems)
    said = {(row.cells["code"], row.cells["valid_from"]) for row in rows}
    last_start: dict[str, str] = defaultdict(str)
    for code, start in said:
        last_start[code] = max(last_start[code], start)
    pairs = [
        (row, _unit(row, position, last_start)) for position, row in enumerate(once(rows, ("code", "valid_from")), 1)
    ]
    return [(row, unit) for row, unit in pairs if unit], said


def _unit(row: Row, position: int, last_start: dict[str, str]) -> Unit | None:
    code, level = row.text("code", required=True), row.text("level", required=True)
    if code == UNASSIGNED:
        row.refuse(f'code "{UNASSIGNED}" means what no unit could be found for')
    start, end = row.day("valid_from", required=True), row.day("valid_to")
    vi, en = row.names()
    if start and end and end < start:
        row.refuse(f"valid_to {end} is before valid_from {start}")
    col, map_row = row.integer("map_col"), row.integer("map_row")
    if (col is None) != (map_row is None):
        row.refuse("one of map_col and map_row is empty")
    lat, lon = row.number("lat", -90, 90), row.number("lon", -180, 180)
    if row.refused or start is None:
        return None
    return Unit(
        key=code if last_start[code] == start.isoformat() else f"{code}@{start}",
        code=code, name_vi=vi, name_en=en, kind=row.text("kind") or level, level=level,
        parent_code=row.text("parent_code") or None, valid_from=start, valid_to=end,
        map_col=col, map_row=map_row, lat=lat, lon=lon, position=position,
    )  # fmt: skip


def successors(folder: Path, problems: list[Problem]) -> list[tuple[Row, Successor]]:
    """Return who followed whom."""
    rows = rows_of(folder, "unit_successors.csv", SUCCESSOR_COLUMNS, problems, named=False)
    pairs = []
    for row in once(rows, SUCCESSOR_COLUMNS[:4]):
        share = row.number("share", 0, 1) if row.text("share", required=True) else None
        if share == 0:
            row.refuse("share is 0: leave the line out")
        start, to_start = row.day("from_valid_from", required=True), row.day("to_valid_from", required=True)
        code, to_code = row.text("from_code", required=True), row.text("to_code", required=True)
        if not row.refused and start and to_start and share:
            pairs.append((row, Successor(code, start, to_code, to_start, share)))
    return pairs


def aliases(folder: Path, problems: list[Problem]) -> list[tuple[Row, str, str]]:
    """Return (row, alias, code)."""
    rows = once(rows_of(folder, "unit_aliases.csv", ("alias", "code"), problems, named=False), ("alias",))
    triples = [(row, row.text("alias", required=True), row.text("code", required=True)) for row in rows]
    return [triple for triple in triples if not triple[0].refused]


def fields(folder: Path, problems: list[Problem]) -> list[Field]:
    """Return the fields of fields.csv."""
    rows = once(rows_of(folder, "fields.csv", ("code",), problems), ("code",))
    values = [(row, Field(row.text("code", required=True), *row.names())) for row in rows]
    return [value for row, value in values if not row.refused]


def procedures(folder: Path, known: list[Field], problems: list[Problem]) -> tuple[list[Procedure], list[Field]]:
    """Return the procedures and all fields: the `known` ones and those that only procedures.csv names."""
    by_name = {name: one for one in known for name in (one.code, one.name_vi, one.name_en)}
    by_code = {one.code: one for one in known}
    found = []
    for row in once(rows_of(folder, "procedures.csv", ("code", "field", "statutory_days"), problems), ("code",)):
        name = row.text("field", required=True)
        one = by_name.get(name) or by_code.setdefault(slug(name), Field(slug(name), name, name))
        vi, en = row.names()
        days = row.number("statutory_days", low=0)
        code = row.text("code", required=True)
        if not row.refused:
            found.append(Procedure(code, vi, en, one.code, row.text("level"), days))
    return found, [one for one in by_code.values() if one.code]


def categories(folder: Path, problems: list[Problem]) -> list[Category]:
    """Return the kinds of hotline tickets."""
    found = []
    for row in once(rows_of(folder, "categories.csv", ("code", "sla_hours"), problems), ("code",)):
        sla, answer, forward = (_limit(row, name) for name in ("sla_hours", "first_answer_hours", "forward_minutes"))
        code, (vi, en) = row.text("code", required=True), row.names()
        value = Category(code, vi, en, sla, answer, forward, row.flag("about_dossiers"))
        if not row.refused:
            found.append(value)
    return found


def _limit(row: Row, name: str) -> float | None:
    value = row.number(name, low=0)
    if value == 0:
        row.refuse(f"{name} is 0: leave it empty for no time limit")
    return value


def indicators(folder: Path, problems: list[Problem]) -> list[Indicator]:
    """Return the indicators of all catalogues, in the order of their files and lines."""
    rows = []
    for path in sorted((folder / "indicators").glob("*.csv")):
        rows += [(path.stem, n, row) for n, row in enumerate(
            rows_of(folder, f"indicators/{path.name}", ("code", "group"), problems), 1)]  # fmt: skip
    good = set(map(id, once([row for _, _, row in rows], ("code",))))
    values = [(row, _indicator(catalogue, n, row)) for catalogue, n, row in rows if id(row) in good]
    return [value for row, value in values if not row.refused]


def _indicator(catalogue: str, position: int, row: Row) -> Indicator:
    vi, en = row.names()
    group = row.text("group", required=True)
    return Indicator(
        code=row.text("code", required=True), catalogue=catalogue, position=position,
        group_vi=group, group_en=row.text("group_en") or group, name_vi=vi, name_en=en,
        unit=row.text("unit"), frequency=row.text("frequency"), agency=row.text("agency"),
        direction=row.choice("direction", DIRECTIONS, "neutral"), provisional=row.flag("provisional"),
    )  # fmt: skip
