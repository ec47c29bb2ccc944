"""The questions that pages ask: answered from Postgres once a minute or once a frame, then from memory."""

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from dashboard import gazetteer, history
from dashboard.cache import Cache, Unavailable
from dashboard.ledger import LoadSums
from indicators import definitions
from sql import frames, queries, registry

LATE_DAYS = 28
MINUTE_S = 60
Rows = list[dict[str, Any]]
Frame = dict[str, Any]


class StoreUnavailable(Unavailable):
    """Postgres does not answer and the question was never answered before."""


class Store:
    """What pages may ask. Answers are plain lists and dicts; treat them as read-only, they are shared.

    While Postgres is down a question gets its last answer; `failing_s` and `age_s` tell how old that may be.
    """

    def __init__(self, engine: Engine, frame: Callable[[], Frame | None], now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._frame = frame
        self._now = now
        self._loads = LoadSums()
        self._cache = Cache(lambda: now().timestamp())
        sqlalchemy.event.listen(engine, "connect", _limit_statements)

    def frame(self) -> Frame | None:
        """Return the newest frame this process has, or None before the first."""
        return self._frame()

    def frame_at(self, instant: datetime) -> Frame | None:
        """Return the frame that the screens showed at an instant, or None when none is stored for then."""
        question = ("frame_at", instant)
        return self._by_minute(question, lambda: self._read(lambda db: frames.at(_raw(db), instant)))

    def units(self) -> Rows:
        """Return every unit of every era, each with the geographies it is a tile of."""
        return self._registry()["units"]

    def geographies(self) -> Rows:
        """Return the ways to cut the city into units, the default one first."""
        return self._registry()["geographies"]

    def fields(self) -> Rows:
        """Return the fields of procedures: code, name_vi, name_en."""
        return self._registry()["fields"]

    def profile(self) -> dict[str, Any]:
        """Return title, timezone, locale, rules, thresholds and simulated of the city; empty before it is loaded."""
        return self._registry()["profile"]

    def history(self, days: int = 60) -> dict[str, Any]:
        """Return the city's lines over the last days and the late dossiers of each unit over the last 28.

        {"days": [ISO date], "city": {series: [value or None]}, "units": {key: {"dossiers_late": [value]}}}; the last
        point of the city's lines is the live frame's.
        """
        found = self._by_minute(("history", days), lambda: self._read(lambda db: self._history(db, days)))
        frame = self._frame()
        if frame is None or not frame["as_of"].startswith(found["days"][-1]):
            return found
        return found | {"city": history.with_today(found["city"], frame["city"])}

    def feeds(self) -> Rows:
        """Return the feeds in use with their last load, what is held of them, and their backfill."""
        return self._by_frame("feeds", "sources", "feeds")

    def loads(self, feed: str | None = None, limit: int = 50) -> Rows:
        """Return the newest loads, of one feed or of all."""
        return self._by_frame(("loads", feed, limit), "sources", "loads", feed=feed, limit=limit)

    def quarantine(self, feed: str | None = None, state: str = "held", limit: int = 100) -> Rows:
        """Return the newest refused rows in a state (held, replayed), of one feed or of all."""
        question = ("quarantine", feed, state, limit)
        return self._by_frame(question, "sources", "quarantine", feed=feed, state=state, limit=limit)

    def quarantine_reasons(self) -> Rows:
        """Return how many rows are held by feed and reason, the most first."""
        return self._by_frame("quarantine_reasons", "sources", "quarantine_reasons")

    def definitions(self) -> Rows:
        """Return what each number on the screens means, with the SQL that counts it."""
        return [row | {"queries": [_with_sql(query) for query in row["queries"]]} for row in definitions.table()]

    def metrics(self) -> dict[str, Rows]:
        """Return the sums of loads and the ages of feeds, at most ten seconds old."""
        stamp = int(self._now().timestamp() // 10)
        return self._cache.get("metrics", stamp, lambda: self._read(self._metrics))

    @property
    def failing_s(self) -> float | None:
        """For how long Postgres has not answered, or None when it last did."""
        return self._cache.failing_s

    def age_s(self, question: Hashable) -> float | None:
        """Return how old the kept answer to a question is, or None when there is none."""
        return self._cache.age_s(question)

    def by_minute(self, question: Hashable, ask: Callable[[Connection], Any]) -> Any:
        """Return the answer of this minute to a question of one page; raises StoreUnavailable."""
        return self._by_minute(question, lambda: self._read(ask))

    def by_frame(self, question: Hashable, ask: Callable[[Connection], Any]) -> Any:
        """Return the answer of the newest frame to a question of one page; raises StoreUnavailable."""
        frame = self._frame()
        minute = int(self._now().timestamp() // MINUTE_S)
        return self._cache.get(question, (frame["version"] if frame else None, minute), lambda: self._read(ask))

    def _registry(self) -> dict[str, Any]:
        return self._by_minute("registry", lambda: self._read(lambda db: gazetteer.tables(registry.read(_raw(db)))))

    def _by_minute(self, question: Hashable, ask: Callable[[], Any]) -> Any:
        return self._cache.get(question, int(self._now().timestamp() // MINUTE_S), ask)

    def _by_frame(self, question: Hashable, stem: str, name: str, **parameters: Any) -> Rows:
        return self.by_frame(question, lambda db: ask(db, stem, name, **parameters))

    def _read(self, question: Callable[[Connection], Any]) -> Any:
        """Answer a question in one read-only snapshot of the database; raise StoreUnavailable."""
        try:
            with self._engine.connect().execution_options(isolation_level="REPEATABLE READ") as db:
                return question(db)
        except (OperationalError, InterfaceError, sqlalchemy.exc.TimeoutError) as error:
            raise StoreUnavailable(_sentence(error)) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise StoreUnavailable(_sentence(error)) from error
            raise

    def _metrics(self, db: Connection) -> dict[str, Rows]:
        loads = self._loads.add(lambda after: ask(db, "pages", "metrics_loads", after=after))
        return {"loads": loads, "feeds": ask(db, "pages", "metrics_feeds")}

    def _history(self, db: Connection, count: int) -> dict[str, Any]:
        known = registry.read(_raw(db))
        zone = ZoneInfo(known.city.timezone if known.city else "UTC")
        days = history.last_days(self._now().astimezone(zone).date(), count)
        from_on = days[0] - timedelta(days=history.WINDOW_DAYS - 1)
        city = history.city_lines(
            days,
            ask(db, "overview", "dossier_days", from_on=from_on),
            ask(db, "overview", "ticket_days", from_on=days[0]),
            ask(db, "overview", "first_days")[0],
            ask(db, "overview", "stock")[0],
        )
        units = gazetteer.gather(known, _late_by_unit(db, history.last_days(days[-1], LATE_DAYS)), days[-1])
        return {
            "days": [day.isoformat() for day in days],
            "city": city,
            "units": {key: {"dossiers_late": line} for key, line in units.items()},
        }


def ask(db: Connection, stem: str, name: str, **parameters: Any) -> Rows:
    """Return the rows of one named query as dicts; instants are ISO 8601 texts."""
    found = db.execute(queries.text(stem, name), parameters)
    names = tuple(found.keys())
    return [dict(zip(names, map(_plain, row), strict=True)) for row in found]


def _with_sql(query: dict[str, str]) -> dict[str, str]:
    return query | {"sql": queries.load(query["file"])[query["name"]]}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _raw(db: Connection) -> Any:
    """Return the psycopg2 connection below, for the readers that the load path shares."""
    return db.connection.dbapi_connection


def _late_by_unit(db: Connection, days: list) -> dict[int, list[int]]:
    changes: dict[int, dict] = {}
    for row in ask(db, "overview", "unit_late_days", from_on=days[0], through=days[-1]):
        changes.setdefault(row["unit_id"], {})[row["day"]] = row["change"]
    stock = {row["unit_id"]: row["dossiers_due"] for row in ask(db, "overview", "unit_due_stock")}
    return history.late_lines(days, changes, stock)


def _limit_statements(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(queries.load("pages")["statement_timeout"])
    connection.commit()


def _sentence(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
