"""What cannot be a fact: each row refused once, with the first reason found and the value that gave it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from etl.connectors.batch import Rejected
from etl.facts import Fact
from etl.feeds import Feed


class Refusals:
    """Collect why rows of one batch are refused."""

    def __init__(self, rows: int, feed: Feed) -> None:
        self.feed = feed
        self.refused = np.zeros(rows, bool)
        self._why: dict[int, tuple[str, str]] = {}

    def add(self, mask: np.ndarray | pa.Array, reason: str, column: str) -> None:
        """Refuse the rows of a mask for a reason that a canonical column gave; the first reason of a row stands."""
        mask = mask if isinstance(mask, np.ndarray) else np.asarray(mask)
        for row in np.flatnonzero(mask & ~self.refused):
            self._why[int(row)] = (reason, column)
        self.refused |= mask

    def closed_before_opened(self, fact: Fact, instants: dict[str, np.ndarray]) -> None:
        """Refuse rows that ended before they began."""
        for closing in fact.closing:
            opened = instants.get(fact.opening[0])
            if opened is not None and closing in instants:
                self.add(instants[closing] < opened, "closed before opened", closing)

    def rejected(self, table: pa.Table) -> list[Rejected]:
        """Return the refused rows as received: their mapped columns, nothing else."""
        places = sorted(self._why)
        if not places:
            return []
        rows = table.take(pa.array(places)).to_pylist()
        return [self._rejected(row, *self._why[place]) for place, row in zip(places, rows, strict=True)]

    def _rejected(self, row: dict, reason: str, column: str) -> Rejected:
        number = row.pop("row_no")
        source = self.feed.columns.get(column, column)
        return Rejected(number, row, reason, f"{source} = {row.get(source)!r}")
