"""Who uses an embedded server: claims that the kernel forgets when their process dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock of `path` while the block runs; other processes wait for it."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Claim:
    """A shared claim on a server, from its creation until `give_up`; a dead process claims nothing."""

    def __init__(self, path: Path) -> None:
        self.owner = os.getpid()
        self.file = path.open("a")
        fcntl.flock(self.file, fcntl.LOCK_SH)

    def give_up(self) -> bool:
        """Drop the claim; return whether it was the last one, so that the server may stop.

        A forked child shares its parent's claim and therefore gives up nothing.
        """
        if self.file.closed:
            return False
        try:
            return os.getpid() == self.owner and _take_alone(self.file.fileno())
        finally:
            if os.getpid() == self.owner:
                fcntl.flock(self.file, fcntl.LOCK_UN)
            self.file.close()


def _take_alone(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
