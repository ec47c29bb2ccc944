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
    """A shared claim on a server, from its creation until it is given up; a dead process claims nothing."""

    def __init__(self, path: Path) -> None:
        self.owner = os.getpid()
        self.file = path.open("a")
        fcntl.flock(self.file, fcntl.LOCK_SH)

    def mine(self) -> bool:
        """Return whether this process made the claim; a forked child merely shares its parent's."""
        return os.getpid() == self.owner

    def give_up(self) -> bool:
        """Drop the claim; return whether it was the last one, so that the server may stop."""
        last = take(self.file.fileno())
        fcntl.flock(self.file, fcntl.LOCK_UN)
        self.file.close()
        return last

    def forget(self) -> None:
        """Close a forked child's copy; its parent's claim stands."""
        self.file.close()


def take(descriptor: int) -> bool:
    """Lock an open file for this process alone if nobody else has it; return whether that went well."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
