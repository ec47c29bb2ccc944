"""The one error of feeds and connectors."""

from pathlib import Path
from typing import Any


class FeedError(Exception):
    """Say which feed file (or feed, or data file), which key (or url path) and what is wrong with it."""

    def __init__(self, file: str | Path, key: str, reason: str):
        self.file, self.key, self.reason = str(file), key, reason
        super().__init__(": ".join(part for part in (self.file, key, reason) if part))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.file, self.key, self.reason)
