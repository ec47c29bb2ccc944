"""The gate: calls that come within a few milliseconds are stored as one batch, and what waits is bounded."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import structlog

from etl.door.records import Row
from etl.door.senders import Sender
from etl.door.writer import Unavailable

log = structlog.get_logger("door")
GATHER_S = 0.005
MOST_AT_ONCE = 2_000
MOST_WAITING = 20_000


class Full(Exception):
    """As many records wait as may."""


@dataclass
class Call:
    """Hold the records of one call, and whom to tell once they are stored."""

    sender: Sender
    dataset: str
    rows: list[Row]
    stored: asyncio.Future[None] = field(repr=False)

    @property
    def weight(self) -> int:
        """Count what the call takes of the room for waiting; an empty one takes room too."""
        return max(1, len(self.rows))


Write = Callable[[Sequence[Row], Sequence[tuple[Sender, str]]], None]


class Gate:
    """Hand calls to a writer, one batch at a time, in the order in which they came."""

    def __init__(self, write: Write, most_waiting: int = MOST_WAITING, gather_s: float = GATHER_S) -> None:
        """Take the writer, which blocks, and how many records may wait for it."""
        self.write, self.most_waiting, self.gather_s = write, most_waiting, gather_s
        self.waiting = 0
        self.batches = 0
        self._calls: deque[Call] = deque()
        self._come = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "writer")

    async def hand_in(self, sender: Sender, dataset: str, rows: list[Row]) -> None:
        """Return when the records are stored; raise Full, or Unavailable when they could not be stored."""
        call = Call(sender, dataset, rows, asyncio.get_running_loop().create_future())
        if self.waiting + call.weight > self.most_waiting:
            raise Full
        self.waiting += call.weight
        self._calls.append(call)
        self._come.set()
        await asyncio.shield(call.stored)

    async def run(self, warm: Callable[[], None] = lambda: None) -> None:
        """Store what comes, for ever, once the writer is warm."""
        await asyncio.get_running_loop().run_in_executor(self._thread, warm)
        while True:
            await self._come.wait()
            await asyncio.sleep(self.gather_s)
            calls = self._next()
            try:
                await self._store(calls)
            finally:
                self.waiting -= sum(call.weight for call in calls)

    async def close(self) -> None:
        """Wait for what was handed in, then let go of the writer's thread."""
        while self.waiting:
            await asyncio.sleep(self.gather_s)
        self._thread.shutdown()

    def _next(self) -> list[Call]:
        calls: list[Call] = []
        rows = 0
        while self._calls and (not calls or rows + self._calls[0].weight <= MOST_AT_ONCE):
            call = self._calls.popleft()
            calls.append(call)
            rows += call.weight
        if not self._calls:
            self._come.clear()
        return calls

    async def _store(self, calls: list[Call]) -> None:
        rows = [row for call in calls for row in call.rows]
        heard = [(call.sender, call.dataset) for call in calls if not call.rows]
        problem: Exception | None = None
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self.write, rows, heard)
            self.batches += 1
        except Unavailable as error:
            log.warning("not_stored", calls=len(calls), records=len(rows), error=str(error))
            problem = error
        except Exception as error:  # whatever it is: nobody waits for ever, and the next batch has its try
            log.error("writer_failed", calls=len(calls), records=len(rows), exc_info=error)
            problem = Unavailable("the writer failed")
        for call in calls:
            if call.stored.done():
                continue
            if problem is None:
                call.stored.set_result(None)
            else:
                call.stored.set_exception(problem)
                call.stored.exception()  # seen, even when the caller has gone
