"""Watch over a source that keeps a pull waiting: it is told while the pull still waits, not when it gives up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE_S = 6.0  # screens must say within 15 s that a feed does not answer

Tell = Callable[[str, str], None]


class Watch:
    """Call `tell(path, reason)` once for each question that is not answered well within a few seconds."""

    def __init__(self, tell: Tell, patience_s: float = PATIENCE_S) -> None:
        self._tell, self._patience_s = tell, patience_s
        self._reason = ""

    @contextmanager
    def asking(self, path: str) -> Iterator[None]:
        """Watch the time of one question, its retries included."""
        self._reason = f"has not answered for {self._patience_s:.0f} s"
        timer = threading.Timer(self._patience_s, self._speak, (path,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def note(self, reason: str) -> None:
        """Note why the last attempt failed."""
        self._reason = f"{reason}; is being tried again"

    def _speak(self, path: str) -> None:
        self._tell(path, self._reason)


UNWATCHED = Watch(lambda path, reason: None)
