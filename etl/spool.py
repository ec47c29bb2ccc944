"""Batches laid by on disk, for what can be merged only when the last one has come."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from typing import IO, Self

from etl.connectors.batch import Batch


class Spool:
    """Hold batches in a file without a name, to be read from the first one any number of times."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None

    def add(self, batch: Batch) -> None:
        """Lay a batch by, after those before it."""
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="etl-")  # noqa: SIM115 (closed with the spool)
        pickle.dump(batch, self._file, protocol=5)

    def __bool__(self) -> bool:
        return self._file is not None

    def __iter__(self) -> Iterator[Batch]:
        if self._file is None:
            return
        self._file.seek(0)
        while True:
            try:
                yield pickle.load(self._file)
            except EOFError:
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
