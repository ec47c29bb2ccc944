"""Reading ahead: the next batch is made ready while this one is worked on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

Read = TypeVar("Read")
Ready = TypeVar("Ready")
AHEAD = 1


def ahead(batches: Iterable[Read], prepare: Callable[[Read], Ready]) -> Generator[Ready]:
    """Yield prepared batches, reading and preparing the next ones meanwhile; at most AHEAD wait in memory."""
    ready: queue.Queue = queue.Queue(AHEAD)
    is_over = threading.Event()

    def put(item: object) -> bool:
        while not is_over.is_set():
            try:
                ready.put(item, timeout=0.2)
                return True
            except queue.Full:
                continue
        return False

    def produce() -> None:
        try:
            for batch in batches:
                if not put(prepare(batch)):
                    return
            put(None)
        except BaseException as error:  # handed to the consumer, which raises it
            put(error)

    thread = threading.Thread(target=produce, name="extract", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        is_over.set()
        thread.join()
