"""Where answers are read: from the replica as long as it has what the newest frame is of, else from the primary.

The frame's `data_version` is the fence: a replica is asked for its own first, in the very snapshot that then answers,
so a page never shows older facts beside a newer frame.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from dashboard.asking import ask
from dashboard.cache import Unavailable
from sql import queries

WAIT_S = 0.25  # for a replica that is a little behind
LOOK_S = 0.025
BEHIND_PAUSE_S = 1.0
DOWN_PAUSE_S = 5.0
Answer = TypeVar("Answer")


class StoreUnavailable(Unavailable):
    """Postgres does not answer and the question was never answered before."""


class Behind(Exception):
    """The replica has not replayed what the frame was made of."""


class Source:
    """The databases that answer pages. `fence` gives the data_version below which no answer may be."""

    def __init__(
        self,
        primary: Engine,
        replica: Engine | None,
        fence: Callable[[], int | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.reads: Counter[str] = Counter()  # by where they were answered, and passed by: "behind", "down"
        self.replica_state = "none" if replica is None else "unused"
        self.versions_behind = 0
        self._primary = primary
        self._replica = replica
        self._fence = fence
        self._clock = clock
        self._pause_until = 0.0
        self._lock = threading.Lock()
        for engine in filter(None, (primary, replica)):
            sqlalchemy.event.listen(engine, "connect", _limit_statements)

    @property
    def connections_in_use(self) -> int:
        """How many connections of the primary's pool are answering now."""
        return self._primary.pool.checkedout()  # type: ignore[attr-defined]

    def read(self, question: Callable[[Connection], Answer]) -> Answer:
        """Answer a question in one read-only snapshot of a database; raise StoreUnavailable."""
        fence = self._fence()
        if self._replica is not None and fence is not None and self._clock() >= self._pause_until:
            try:
                answer = self._read_behind_fence(self._replica, fence, question)
            except Behind:
                self._pass_by("behind", BEHIND_PAUSE_S)
            except SQLAlchemyError:  # whatever it is: where it is the question's own fault, the primary says so too
                self._pass_by("down", DOWN_PAUSE_S)
            else:
                self._note("replica", "used")
                return answer
        return self.read_primary(question)

    def read_primary(self, question: Callable[[Connection], Answer]) -> Answer:
        """Answer a question that the fence does not cover (stored frames); raise StoreUnavailable."""
        try:
            with _snapshot(self._primary) as db:
                answer = question(db)
        except (OperationalError, InterfaceError, sqlalchemy.exc.TimeoutError) as error:
            raise StoreUnavailable(_sentence(error)) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise StoreUnavailable(_sentence(error)) from error
            raise
        self._note("primary")
        return answer

    def _read_behind_fence(self, replica: Engine, fence: int, question: Callable[[Connection], Answer]) -> Answer:
        end = time.monotonic() + WAIT_S
        while True:
            with _snapshot(replica) as db:
                version: int = ask(db, "pages", "data_version")[0]["version"]
                self.versions_behind = max(fence - version, 0)
                if version >= fence:
                    return question(db)
            if time.monotonic() >= end:
                raise Behind
            time.sleep(LOOK_S)

    def _pass_by(self, why: str, pause_s: float) -> None:
        self._pause_until = self._clock() + pause_s
        self._note(why, why)

    def _note(self, what: str, state: str | None = None) -> None:
        with self._lock:
            self.reads[what] += 1
            self.replica_state = state or self.replica_state


def _snapshot(engine: Engine) -> Any:
    return engine.connect().execution_options(isolation_level="REPEATABLE READ")


def _limit_statements(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(queries.load("pages")["statement_timeout"])
    connection.commit()


def _sentence(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
