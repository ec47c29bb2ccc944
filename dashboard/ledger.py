"""The sums of all loads by feed and state: read once, then only what has been added."""

from collections.abc import Callable
from typing import Any

SUMS = ("loads", "read", "merged", "unchanged", "refused")
Rows = list[dict[str, Any]]


class LoadSums:
    """Running sums; `add` is called by one thread at a time."""

    def __init__(self) -> None:
        self._through = 0
        self._sums: dict[tuple[str, str], dict[str, int]] = {}

    def add(self, read_after: Callable[[int], Rows]) -> Rows:
        """Add the loads after the last one counted and return the sums by feed and state.

        >>> sums = LoadSums()
        >>> row = {"feed": "a", "state": "done", "loads": 2, "read": 5, "merged": 4, "unchanged": 1, "refused": 0}
        >>> sums.add(lambda after: [row | {"newest_id": 9}])[0]["read"]
        5
        >>> sums.add(lambda after: [row | {"newest_id": after + 1}])[0]["read"], sums.add(lambda after: [])[0]["loads"]
        (10, 4)
        """
        rows = read_after(self._through)
        for row in rows:
            kept = self._sums.setdefault((row["feed"], row["state"]), dict.fromkeys(SUMS, 0))
            for name in SUMS:
                kept[name] += row[name]
        self._through = max([self._through, *(row["newest_id"] for row in rows)])
        return [{"feed": feed, "state": state, **sums} for (feed, state), sums in sorted(self._sums.items())]
