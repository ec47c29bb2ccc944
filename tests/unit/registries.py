"""The registry of the small test profile, as the database would give it, without a database."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from etl.connectors.batch import Batch
from sql import profile
from sql.registry_rows import Category, City, Field, Procedure, Registry, Unit

SMALL = Path(__file__).parents[1] / "profiles" / "small"
STARTED = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def small() -> Registry:
    """Return the registry of the small profile; ids follow the lines of its files, 0 is "unassigned"."""
    read = profile.read(SMALL)
    city = City(
        read.name, read.title, read.timezone, read.locale, read.simulated, read.rules, read.thresholds,
        read.geographies, read.calendar, read.hash, STARTED,
    )  # fmt: skip
    fields = [Field(at, one.code, one.name_vi, one.name_en) for at, one in enumerate(read.fields, 1)]
    field_ids = {one.code: one.id for one in fields}
    procedures = [
        Procedure(at, one.code, one.name_vi, one.name_en, field_ids[one.field], one.level, one.statutory_days, False)
        for at, one in enumerate(read.procedures, 1)
    ]
    categories = [
        Category(at, one.code, one.name_vi, one.name_en, one.sla_hours, False)
        for at, one in enumerate(read.categories, 1)
    ]
    units = [
        Unit(at, **{name: getattr(one, name) for name in one.__dataclass_fields__})
        for at, one in enumerate(read.units, 1)
    ]
    return Registry(city, units, [], read.aliases, fields, procedures, categories)


def batch(rows: list[dict[str, str | None]]) -> Batch:
    """Return rows as extract hands them on."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    return Batch(pa.table(columns | {"row_no": pa.array(range(1, len(rows) + 1), pa.int64())}), [], 0, None, None)
