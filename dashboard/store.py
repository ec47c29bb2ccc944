"""The questions that pages ask: answered from Postgres once a minute or once a frame, then from memory."""

from collections.abc import Callable, Hashable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from dashboard import gazetteer, history
from dashboard.asking import Known, ask, raw
from dashboard.cache import Answer, Cache
from dashboard.ledger import LoadSums
from dashboard.past import Past
from dashboard.placing import Placing
from dashboard.questions.cases import Cases
from dashboard.questions.dossier import Dossiers
from dashboard.questions.hotline import Hotline
from dashboard.questions.lateness import Lateness
from dashboard.questions.letters import Letters
from dashboard.questions.sameday import SameDay
from dashboard.questions.satisfaction import Satisfied
from dashboard.questions.senders import Senders
from dashboard.questions.steps import Steps
from dashboard.reading import Source
from indicators import definitions
from sql import frames, queries
from sql.registry_rows import Registry

MINUTE_S = 60
THRIFT = 4000  # the past is not read anew before so many times what reading it took: 15 ms of the database a minute
OLD_S = 900
Rows = list[dict[str, Any]]
Frame = dict[str, Any]


class Store:
    """What pages may ask. Answers are plain lists and dicts; treat them as read-only, they are shared.

    While Postgres is down a question gets its last answer; `failing_s` and `age_s` tell how old that may be.
    """

    def __init__(
        self,
        engine: Engine,
        frame: Callable[[], Frame | None],
        now: Callable[[], datetime],
        replica: Engine | None = None,
        scale: float = 1.0,
    ) -> None:
        self.source = Source(engine, replica, lambda: (frame() or {}).get("data_version"))
        self._frame = frame
        self._now = now
        self._loads = LoadSums()
        self._known = Known()
        self._tables: tuple[Registry, dict[str, Any]] | None = None
        self._past = Past(self._known)
        self._cache = Cache(lambda: now().timestamp())
        self.placing = Placing(self._known)
        self.hotline = Hotline(self, self.placing)
        self.satisfaction = Satisfied(self, self.placing)
        self.same_day = SameDay(self, self.placing, scale)
        self.lateness = Lateness(self, self.placing)
        self.cases = Cases(self, self.placing, self.lateness)
        self.steps = Steps(self, self.placing)
        self.dossier = Dossiers(self, self.placing)
        self.letters = Letters(self, self.placing, self.dossier)
        self.senders = Senders(self, self.placing)

    def frame(self) -> Frame | None:
        """Return the newest frame this process has, or None before the first."""
        return self._frame()

    def frame_at(self, instant: datetime) -> Frame | None:
        """Return the frame that the screens showed at an instant, or None when none is stored for then."""
        question = ("frame_at", instant)
        return self._by_minute(question, lambda: self.source.read_primary(lambda db: frames.at(raw(db), instant)))

    def frame_of(self, version: int) -> Frame | None:
        """Return the frame of a version, or None when it is not kept (any more)."""
        question = ("frame_of", version)
        return self._by_minute(
            question, lambda: self.source.read_primary(lambda db: frames.of_version(raw(db), version))
        )

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
        today = self._now().astimezone(ZoneInfo(self.profile().get("timezone", "UTC"))).date()
        found = self._past_of(("history", days), today, lambda db: self._past.dossiers(db, today, days))
        calls = self._past_of(("history_tickets", days), today, lambda db: self._past.tickets(db, today, days))
        city = found["city"] | history.on_days(found["days"], calls)
        frame = self._frame()
        if frame is not None and frame["as_of"].startswith(found["days"][-1]):
            city = history.with_today(city, frame["city"])
        return found | {"city": city}

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
        return self._cache.get("metrics", stamp, lambda: self.source.read(self._metrics))

    @property
    def failing_s(self) -> float | None:
        """For how long Postgres has not answered, or None when it last did."""
        return self._cache.failing_s

    def age_s(self, question: Hashable) -> float | None:
        """Return how old the kept answer to a question is, or None when there is none."""
        return self._cache.age_s(question)

    def by_minute(self, question: Hashable, ask: Callable[[Connection], Any]) -> Any:
        """Return the answer of this minute to a question of one page; raises StoreUnavailable."""
        return self._by_minute(question, lambda: self.source.read(ask))

    def by_frame(self, question: Hashable, ask: Callable[[Connection], Any]) -> Any:
        """Return the answer of the newest frame to a question of one page; raises StoreUnavailable."""
        frame = self._frame()
        minute = int(self._now().timestamp() // MINUTE_S)
        return self._cache.get(question, (frame["version"] if frame else None, minute), lambda: self.source.read(ask))

    def once(self, ask: Callable[[Connection], Any]) -> Any:
        """Return an answer that is not kept; raises StoreUnavailable."""
        return self.source.read(ask)

    def _registry(self) -> dict[str, Any]:
        return self._by_minute("registry", lambda: self.source.read(self._read_registry))

    def _read_registry(self, db: Connection) -> dict[str, Any]:
        known, kept = self._known.read(db), self._tables
        if kept is None or kept[0] is not known:
            kept = self._tables = known, gazetteer.tables(known)
        return kept[1]

    def _past_of(self, question: Hashable, today: date, ask: Callable[[Connection], Any]) -> Any:
        """Return an answer about the past: asked when facts have changed, a minute after the last time or later."""
        frame, now = self._frame(), self._now().timestamp()
        mark = frame.get("data_version") if frame else None
        stamp = today, now // MINUTE_S if mark is None else mark

        def is_good(kept: Answer) -> bool:
            return kept.stamp[0] == today and now - kept.read_at < min(max(MINUTE_S, THRIFT * kept.cost_s), OLD_S)

        return self._cache.get(question, stamp, lambda: self.source.read(ask), is_good if mark is not None else None)

    def _by_minute(self, question: Hashable, ask: Callable[[], Any]) -> Any:
        return self._cache.get(question, int(self._now().timestamp() // MINUTE_S), ask)

    def _by_frame(self, question: Hashable, stem: str, name: str, **parameters: Any) -> Rows:
        return self.by_frame(question, lambda db: ask(db, stem, name, **parameters))

    def _metrics(self, db: Connection) -> dict[str, Rows]:
        loads = self._loads.add(lambda after: ask(db, "pages", "metrics_loads", after=after))
        return {"loads": loads, "feeds": ask(db, "pages", "metrics_feeds")}


def _with_sql(query: dict[str, str]) -> dict[str, str]:
    return query | {"sql": queries.load(query["file"])[query["name"]]}
