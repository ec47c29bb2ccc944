"""What a load tells while it runs: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from tqdm import tqdm

from etl.connectors.batch import Batch
from etl.ledger import Counts

LINE_EVERY_S = 5.0


class Progress:
    """Tell rows, rows a second and the time left of one run on stderr."""

    def __init__(self, label: str) -> None:
        self.label = label
        self._started = self._told_at = time.monotonic()
        self._bar = (
            tqdm(total=None, desc=label, unit="B", unit_scale=True, file=sys.stderr, leave=False)
            if sys.stderr.isatty()
            else None
        )

    def __call__(self, counts: Counts, batch: Batch) -> None:
        """Tell how far the run is."""
        passed = time.monotonic() - self._started
        speed = counts.read / passed if passed else 0.0
        if self._bar is not None:
            self._bar.total = batch.total_bytes
            self._bar.n = batch.read_bytes
            self._bar.set_postfix_str(f"{counts.read:,} rows · {speed:,.0f} rows/s")
        elif time.monotonic() - self._told_at >= LINE_EVERY_S:
            self._told_at = time.monotonic()
            print(
                f"{self.label}: {counts.read:,} rows, {speed:,.0f} rows/s{self._left(batch, passed)}",
                file=sys.stderr,
                flush=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def _left(self, batch: Batch, passed: float) -> str:
        if not batch.total_bytes or not batch.read_bytes:
            return ""
        return f", {passed * (batch.total_bytes / batch.read_bytes - 1):.0f} s left"
