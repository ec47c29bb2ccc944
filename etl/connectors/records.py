"""Records of JSON and its like, as batches: mapped values become text, everything else is left behind."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from etl.connectors.batch import NO_RECORD, ROWS_PER_BATCH, UNREADABLE, Batch, Rejected, screen
from etl.connectors.source import JSON_MARK

_LONE_SURROGATE = "\udcff"


def pick(record: Mapping[str, Any], name: str) -> Any:
    """Return the value of a source column; a dotted name reaches into nested objects, None where there is nothing.

    >>> pick({"a.b": 1}, "a.b"), pick({"a": {"b": 2}}, "a.b"), pick({"a": 3}, "a.b")
    (1, 2, None)
    """
    if name in record or "." not in name:
        return record.get(name)
    value: Any = record
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def text(value: Any) -> str | None:
    """Return a value of a record as text, None for what is empty; TypeError for a list or an object.

    >>> text(True), text(12), text(""), text(None)
    ('true', '12', None, None)
    """
    if isinstance(value, str):
        return (value.replace(JSON_MARK, _LONE_SURROGATE) if JSON_MARK in value else value) or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    raise TypeError("a list" if isinstance(value, list | tuple) else "an object")


class Gathered:
    """Gather records until there are enough of them for a batch."""

    def __init__(self, names: Sequence[str]):
        self.names = tuple(names)
        self.read = 0
        self._clear()

    def _clear(self) -> None:
        self._row_no: list[int] = []
        self._values: list[list[str | None]] = [[] for _ in self.names]
        self._rejected: list[Rejected] = []

    def __len__(self) -> int:
        return len(self._row_no) + len(self._rejected)

    def add(self, record: Any) -> None:
        """Take the mapped values of the next record of the source, or refuse it."""
        self.read += 1
        if not isinstance(record, Mapping):
            self.refuse(NO_RECORD, "not an object")
            return
        row: list[str | None] = []
        for name in self.names:
            try:
                row.append(text(pick(record, name)))
            except TypeError as error:
                self.refuse(UNREADABLE, f"{name}: {error} where a value should be", dict(zip(self.names, row)))  # noqa: B905
                return
        for values, value in zip(self._values, row, strict=True):
            values.append(value)
        self._row_no.append(self.read)

    def refuse(self, reason: str, detail: str, row: dict[str, str | None] | None = None) -> None:
        """Refuse the record that `read` counted last."""
        self._rejected.append(Rejected(self.read, row or {}, reason, detail))

    def batch(self, read_bytes: int, total_bytes: int | None = None, cursor: dict[str, Any] | None = None) -> Batch:
        """Return what was gathered, and begin anew."""
        columns = [_column(values) for values in self._values]
        table, unreadable = screen(self.names, columns, np.array(self._row_no, dtype=np.int64))
        rejected = self._rejected + unreadable
        self._clear()
        return Batch(table, rejected, read_bytes, total_bytes, cursor)


def _column(values: list[str | None]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return pa.array([None if v is None else v.encode("utf-8", "surrogatepass") for v in values], pa.binary())


def batches(gathered: Gathered, records: Iterable[Any], progress: Callable[[], tuple[int, int]]) -> Iterator[Batch]:
    """Yield records in batches; `progress` tells the bytes read so far and in all."""
    for record in records:
        gathered.add(record)
        if len(gathered) >= ROWS_PER_BATCH:
            yield gathered.batch(*progress())
    if len(gathered):
        yield gathered.batch(*progress())
