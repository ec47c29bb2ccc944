"""One message to every open screen: the same bytes, without a task, a queue or an encoding per viewer.

A viewer is a connection whose ASGI `send` stands in a set. The broadcaster steps each `send` by hand: it either
ends at once (the bytes went to the socket) or would have to wait, and then the viewer leaves the set until its
socket has drained, and returns with what it missed or with the newest snapshot. So a slow reader holds one message
in memory, however long it sleeps, and delays nobody.
"""

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard import sse
from dashboard.door import Door, Limits, Visitor
from dashboard.edition import PIECE_BYTES, Edition

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)

RING_MESSAGES = 600
HEARTBEAT_S = 15.0
LOOK_S = 0.05
BURST = 256  # viewers that are written to before other work of the process gets its turn
PACK_BYTES = PIECE_BYTES + 1024
PARTING_MS = (500, 2_000)  # who is sent away comes back after this,
PARTING_MS_EACH = 2  # and this for each of those sent away together: 5,000 spread over ten seconds
AHEAD_VERSIONS = 120  # so far another process may be ahead of this one: who comes from there waits for
AHEAD_S = 3.0  # this one to follow; a version further ahead, or for longer, is another database's
SHORT_TAIL_BYTES = 32 * 1024  # up to here missed messages are sent as they are, beyond if smaller than a snapshot


class Viewer:
    """An open connection and the version of the frame that it has."""

    __slots__ = ("is_gone", "return_task", "send", "version", "visitor")

    def __init__(self, send: Send, visitor: Visitor, version: int | None = None) -> None:
        self.send = send
        self.visitor = visitor
        self.version = version
        self.is_gone = False
        self.return_task: asyncio.Task[None] | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """Bytes that take viewers from version `base` to `version`; without a base from any, without both nowhere."""

    data: bytes
    base: int | None = None
    version: int | None = None

    def is_for(self, viewer: Viewer) -> bool:
        """Tell whether a viewer can use the message."""
        if self.base is not None:
            return viewer.version == self.base
        return self.version is None or viewer.version != self.version


class Fanout:
    """The open connections of this process and the last messages they were sent."""

    def __init__(
        self, limits: Limits | None = None, ring_messages: int = RING_MESSAGES, heartbeat_s: float = HEARTBEAT_S
    ) -> None:
        self.door = Door(limits or Limits())
        self.edition: Edition | None = None
        self.is_closed = False
        self.slow_total = 0
        self._heartbeat_s = heartbeat_s
        self._status = Message(b"")
        self._ring: deque[Message] = deque(maxlen=ring_messages)
        self._pending: deque[Message] = deque()
        self._wake = asyncio.Event()
        self._ready: set[Viewer] = set()

    @property
    def viewers(self) -> int:
        """How many connections are open, slow ones included."""
        return self.door.inside

    def admit(self, viewer: Viewer) -> None:
        """Count a viewer in; raise Full where there is no room for it."""
        self.door.enter(viewer.visitor)

    def publish(self, edition: Edition, delta: bytes, base: int | None) -> None:
        """Send a new frame: the delta to those who have its base, or the snapshot to everybody when it has none."""
        if self.edition is None or base is None:
            self._ring.clear()
            self._ring.extend(Message(sse.message("frame", raw, to), at, to) for at, to, raw in edition.trail)
            message = Message(b"".join(edition.pieces), None, edition.version)
        else:
            message = Message(sse.message("frame", delta, edition.version), base, edition.version)
            self._ring.append(message)
        self.edition = edition
        self._pass_on(message)

    def tell_status(self, data: bytes) -> None:
        """Send the state of the supply, now to everybody and later to whoever comes."""
        self._status = Message(sse.message("status", data))
        self._pass_on(self._status)

    async def run(self) -> None:
        """Write what was published, and heartbeats in between, until cancelled."""
        beat = asyncio.create_task(self._beat())
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._pending:
                    await self._broadcast(self._pending.popleft())
        finally:
            beat.cancel()

    async def join(self, viewer: Viewer, greeting: bytes) -> None:
        """Bring an admitted viewer up to the newest frame and the state of the supply, and keep it informed."""
        end = time.monotonic() + AHEAD_S
        while self._is_ahead(viewer) and time.monotonic() < end:
            await asyncio.sleep(LOOK_S)
        await self._bring_up(viewer, greeting)

    def leave(self, viewer: Viewer) -> None:
        """Forget an admitted viewer; safe to call twice."""
        if viewer.is_gone:
            return
        viewer.is_gone = True
        self._ready.discard(viewer)
        if viewer.return_task is not None:
            viewer.return_task.cancel()
        self.door.leave(viewer.visitor)

    def close(self) -> None:
        """End every response, each with a wait of its own after which the browser comes back (to another process)."""
        self.is_closed = self.door.is_closed = True
        for viewer in tuple(self._ready):
            self._push(viewer, self._parting())
            self._ready.discard(viewer)

    def _parting(self) -> MutableMapping[str, Any]:
        least, most = PARTING_MS
        wait_ms = random.randint(least, most + PARTING_MS_EACH * self.viewers)
        return {"type": "http.response.body", "body": sse.retry(wait_ms), "more_body": False}

    def missed(self, version: int | None) -> Sequence[bytes]:
        """Return what brings a viewer from its version to the newest: messages of the ring, or a snapshot."""
        if self.edition is None or version == self.edition.version:
            return ()
        tail = self._tail(version)
        if tail is None:
            return self.edition.pieces
        size = sum(map(len, tail))
        if size > SHORT_TAIL_BYTES and size > sum(map(len, self.edition.pieces)):
            return self.edition.pieces
        return tail

    def _is_ahead(self, viewer: Viewer) -> bool:
        if viewer.version is None or viewer.is_gone or self.is_closed:
            return False
        return self.edition is None or 0 < viewer.version - self.edition.version <= AHEAD_VERSIONS

    def _tail(self, version: int | None) -> list[bytes] | None:
        """Return the messages since a version, or None when the ring does not reach back to it."""
        tail: list[bytes] = []
        for message in reversed(self._ring):
            tail.append(message.data)
            if message.base == version:
                return tail[::-1]
        return None

    def _pass_on(self, message: Message) -> None:
        self._pending.append(message)
        self._wake.set()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._heartbeat_s)
            self._pass_on(Message(sse.HEARTBEAT))

    async def _broadcast(self, message: Message) -> None:
        event = {"type": "http.response.body", "body": message.data, "more_body": True}
        for number, viewer in enumerate(tuple(self._ready), 1):
            if viewer in self._ready and message.is_for(viewer):
                viewer.version = message.version or viewer.version
                self._push(viewer, event)
            if number % BURST == 0:
                await asyncio.sleep(0)

    def _push(self, viewer: Viewer, event: MutableMapping[str, Any]) -> None:
        """Write to one viewer without waiting; one that cannot take it leaves the set until it can."""
        step = viewer.send(event)
        try:
            waiting = step.send(None)  # type: ignore[attr-defined]
        except StopIteration:
            return
        except Exception:  # whatever a broken connection raises: its own task sees the disconnect and cleans up
            self._ready.discard(viewer)
            return
        self._ready.discard(viewer)
        self.slow_total += 1
        viewer.return_task = asyncio.create_task(self._come_back(viewer, step, waiting))  # type: ignore[arg-type]

    async def _come_back(
        self, viewer: Viewer, step: Coroutine[Any, None, None], waiting: asyncio.Future[Any] | None
    ) -> None:
        """Finish a write that had to wait, then return the viewer to the set at the newest frame."""
        try:
            await _finish(step, waiting)
            if self.is_closed:
                await viewer.send(self._parting())
            else:
                await self._bring_up(viewer)
        except Exception as error:  # a broken connection: its own task sees the disconnect and cleans up
            log.debug("a slow viewer could not be brought back: %r", error)
        viewer.return_task = None

    async def _bring_up(self, viewer: Viewer, greeting: bytes = b"") -> None:
        """Send what a viewer lacks until it lacks nothing; between the last check and the set nothing is awaited."""
        parts, told = [greeting], None
        while not viewer.is_gone:
            parts += self.missed(viewer.version)
            if told is not self._status:
                parts.append(self._status.data)
            if not parts:
                break
            viewer.version, told = self.edition.version if self.edition else None, self._status
            for part in packed(parts):
                await viewer.send({"type": "http.response.body", "body": part, "more_body": True})
            parts = []
        if self.is_closed:
            await viewer.send(self._parting())
        elif not viewer.is_gone:
            self._ready.add(viewer)


def packed(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the parts joined to fewer, each a little larger than a piece of a snapshot at most.

    >>> list(packed([b"", b"a", b"b"])), [len(part) for part in packed([b"a", b"b" * PIECE_BYTES, b"c" * PIECE_BYTES])]
    ([b'ab'], [32769, 32768])
    """
    held = b""
    for part in parts:
        if held and len(held) + len(part) > PACK_BYTES:
            yield held
            held = b""
        held += part
    if held:
        yield held


async def _finish(step: Coroutine[Any, None, None], waiting: asyncio.Future[Any] | None) -> None:
    """Await the rest of a coroutine whose first steps were made by hand."""
    try:
        while True:
            if waiting is None:
                await asyncio.sleep(0)
            else:
                await asyncio.wait([waiting])
            waiting = step.send(None)
    except StopIteration:
        return
    finally:
        step.close()
