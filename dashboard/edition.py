"""A frame as it is sent: encoded once, whoever asks for it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import orjson

from dashboard import compression, sse

PIECE_BYTES = 32 * 1024
Step = tuple[int, int, bytes]  # from a version, to a version, the change as JSON


class Edition:
    """One version of the frame with its encodings, each made when it is first asked for."""

    def __init__(self, frame: dict[str, Any], body: bytes | None = None, trail: Sequence[Step] = ()) -> None:
        self.frame = frame
        self.trail = trail  # the last changes that led to a first frame, for viewers who have seen an earlier one
        self.version: int = frame["version"]
        self._codings: dict[str, bytes] = {}
        if body is not None:
            self.body = body

    @cached_property
    def body(self) -> bytes:
        """The whole frame as UTF-8 JSON."""
        return orjson.dumps(self.frame)

    @cached_property
    def pieces(self) -> tuple[bytes, ...]:
        """The snapshot event, cut so that a slow reader never makes the server hold all of it."""
        event = sse.message("snapshot", self.body, self.version)
        return tuple(event[start : start + PIECE_BYTES] for start in range(0, len(event), PIECE_BYTES))

    @property
    def etag(self) -> str:
        """The validator of the JSON API."""
        return f'W/"frame-{self.version}"'

    def encoded(self, coding: str) -> bytes:
        """Return the body in a content coding (`br`, `gzip`, `identity`)."""
        if coding not in self._codings:
            self._codings[coding] = compression.encode(self.body, coding, compression.QUICK)
        return self._codings[coding]
