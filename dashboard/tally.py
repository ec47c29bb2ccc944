"""Numbers that the web workers of one machine share, so that any of them can tell the sum.

The memory is made before the workers are forked (gunicorn_conf.py imports this module in the master); each writes
its own slot alone.
"""

import mmap
import struct
from collections.abc import Mapping

NAMES = ("viewers", "slow", "refused")
SLOTS = 128
SLOT = struct.Struct(f"={len(NAMES)}q")


class Tally:
    """A slot of numbers a worker, in memory that forked processes share."""

    def __init__(self, slots: int = SLOTS) -> None:
        self._memory = mmap.mmap(-1, slots * SLOT.size)
        self._free = list(range(slots - 1, -1, -1))
        self.slot = 0

    def reserve(self) -> int:
        """Return a free slot; only the master reserves and releases."""
        return self._free.pop()

    def release(self, slot: int) -> None:
        """Give a slot back: what its worker counted is over."""
        self.write({}, slot)
        self._free.append(slot)

    def write(self, numbers: Mapping[str, int], slot: int | None = None) -> None:
        """Set the numbers of a slot, by default of this process's own; what is not named is 0."""
        where = (self.slot if slot is None else slot) * SLOT.size
        SLOT.pack_into(self._memory, where, *(numbers.get(name, 0) for name in NAMES))

    def total(self) -> dict[str, int]:
        """Return the sums over all slots."""
        slots = SLOT.iter_unpack(self._memory[:])
        return dict(zip(NAMES, (sum(column) for column in zip(*slots, strict=True)), strict=True))


SHARED = Tally()
