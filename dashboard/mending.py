"""Mending in the background: Postgres may go through a long log after a crash, and nothing else waits for it."""

import threading
from collections.abc import Callable


class Mending:
    """Run `mend` in a thread of its own, one at a time, and tell what became of it."""

    def __init__(self, mend: Callable[[], list[str]], say: Callable[[str], None]) -> None:
        self._mend = mend
        self._say = say
        self._thread: threading.Thread | None = None
        self._complaint = ""

    @property
    def is_busy(self) -> bool:
        """Tell whether a turn is still going on."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self) -> None:
        """Begin a turn, unless the last one still goes on."""
        if not self.is_busy:
            self._thread = threading.Thread(target=self._turn, name="mending", daemon=True)
            self._thread.start()

    def wait(self, timeout_s: float) -> None:
        """Wait until the turn is over, `timeout_s` seconds at most."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _turn(self) -> None:
        """Start the servers that died; a failure is told once and tried again at the next turn."""
        try:
            for name in self._mend():
                self._say(f"{name} had died and was started again")
            self._complaint = ""
        except Exception as error:
            if str(error) != self._complaint:
                self._complaint = str(error)
                self._say(self._complaint)
