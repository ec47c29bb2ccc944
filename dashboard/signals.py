"""Being told to stop, and taking the terminal so that Ctrl-C tells this program alone."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """Whether, and how often, the operator has asked this program to stop."""

    def __init__(self) -> None:
        self.count = 0
        self._asked = threading.Event()

    def listen(self) -> None:
        """Take SIGINT, SIGTERM and SIGHUP as the wish to stop."""
        for number in STOPPING:
            signal.signal(number, self._note)

    def is_set(self) -> bool:
        """Return whether stopping was asked for."""
        return self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait until stopping is asked for, `seconds` at most; return whether it was."""
        return self._asked.wait(seconds)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        self._asked.set()


@contextmanager
def terminal_of_our_own() -> Iterator[None]:
    """Move into a process group of our own that has the terminal, and give the terminal back afterwards.

    Otherwise Ctrl-C would also reach `make`, which would then end with an error of its own.
    Does nothing where there is no terminal, or where this process leads its group already.
    """
    group = os.getpgrp()
    if not _in_foreground(group) or os.getpid() == group:
        yield
        return
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # a group in the background may not hand over the terminal
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)  # nobody would wake this group again
    os.setpgid(0, 0)
    os.tcsetpgrp(sys.stdin.fileno(), os.getpgrp())
    try:
        yield
    finally:
        os.tcsetpgrp(sys.stdin.fileno(), group)


def _in_foreground(group: int) -> bool:
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == group
    except (OSError, ValueError):
        return False
