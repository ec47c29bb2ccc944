"""Answers kept in the process: each question is asked once, however many ask it at the same time."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

KEPT = 256
PATIENCE_S = 10.0  # of those who wait for another's question
PAUSE_S = 2.0  # after a failure, so that a dead database is not asked by every viewer in turn


class Unavailable(Exception):
    """The source of the answers does not answer, and there is no older answer."""


@dataclass(slots=True)
class Answer:
    """An answer, the stamp it is good for, when it was read (on the cache's clock), and how long that took."""

    value: Any
    stamp: Any
    read_at: float
    cost_s: float = 0.0


class Cache:
    """Answers by question, good as long as their stamp is the wanted one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._flights: dict[Hashable, threading.Event] = {}
        self._error: Unavailable | None = None
        self._failed_at = 0.0
        self._failing_since = 0.0

    def get(
        self,
        question: Hashable,
        stamp: Hashable,
        ask: Callable[[], Any],
        is_good: Callable[[Answer], bool] | None = None,
    ) -> Any:
        """Return the answer for a stamp; while `ask` raises Unavailable the last answer, or else that error.

        `is_good` may let an answer stand that has another stamp.
        """
        with self._lock:
            kept = self._answers.get(question)
            if kept is not None and (kept.stamp == stamp or (is_good is not None and is_good(kept))):
                self._answers.move_to_end(question)
                return kept.value
            if self._error is not None and self._clock() - self._failed_at < PAUSE_S:
                return self._fall_back(question, self._error)
            landed = self._flights.get(question)
            if landed is None:
                self._flights[question] = threading.Event()
        if landed is None:
            return self._ask(question, stamp, ask)
        landed.wait(PATIENCE_S)
        with self._lock:
            return self._fall_back(question, self._error or Unavailable("another's question was not answered"))

    @property
    def failing_s(self) -> float | None:
        """For how long the source has not answered, or None when it last did."""
        return None if self._error is None else self._clock() - self._failing_since

    def age_s(self, question: Hashable) -> float | None:
        """Return how old the kept answer to a question is, or None when there is none."""
        kept = self._answers.get(question)
        return None if kept is None else self._clock() - kept.read_at

    def _ask(self, question: Hashable, stamp: Hashable, ask: Callable[[], Any]) -> Any:
        begin = time.perf_counter()
        try:
            value = ask()
        except Unavailable as error:
            with self._lock:
                self._failed_at = self._clock()
                self._failing_since = self._failing_since if self._error else self._failed_at
                self._error = error
                return self._fall_back(question, error)
        else:
            self._keep(question, Answer(value, stamp, self._clock(), time.perf_counter() - begin))
            return value
        finally:
            with self._lock:
                self._flights.pop(question).set()

    def _keep(self, question: Hashable, answer: Answer) -> None:
        with self._lock:
            self._error = None
            self._answers[question] = answer
            self._answers.move_to_end(question)
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)

    def _fall_back(self, question: Hashable, error: Unavailable) -> Any:
        kept = self._answers.get(question)
        if kept is None:
            raise error
        return kept.value
