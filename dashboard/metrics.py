"""/metrics: what Prometheus asks for."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from dashboard.cache import Unavailable
from dashboard.store import Store
from dashboard.supply import Supply
from dashboard.tally import Tally

REPLICA_STATES = ("none", "unused", "used", "behind", "down")
OUTCOMES = ("read", "merged", "unchanged", "refused")


def router(
    supply: Supply, store: Store, tally: Tally, now: Callable[[], datetime], backlog: Collector | None = None
) -> APIRouter:
    """Return the route that Prometheus scrapes."""
    routes = APIRouter(tags=["operation"])
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Numbers(supply, store, tally, now))
    if backlog is not None:
        registry.register(backlog)

    @routes.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def metrics() -> Response:
        """Return every queue, age, lag and refusal in Prometheus' text format."""
        return Response(
            generate_latest(registry), headers={"Cache-Control": "no-store"}, media_type=CONTENT_TYPE_LATEST
        )

    return routes


class Numbers(Collector):
    """The numbers of this machine's web program and of the database behind it."""

    def __init__(self, supply: Supply, store: Store, tally: Tally, now: Callable[[], datetime]) -> None:
        self.supply = supply
        self.store = store
        self.tally = tally
        self.now = now

    def collect(self) -> Iterator[Metric]:
        """Yield every number there is; those of the database only while it answers."""
        yield from self._supply()
        yield from self._frame()
        yield from self._viewers()
        yield from self._reads()
        try:
            found = self.store.metrics()
        except Unavailable:
            return
        yield from _loads(found["loads"])
        yield from self._feeds(found["feeds"])

    def _supply(self) -> Iterator[Metric]:
        state = GaugeMetricFamily("dashboard_live_state", "1 for the state of the live updates", labels=["state"])
        for name in ("live", "paused", "stale"):
            state.add_metric([name], float(self.supply.status.state == name))
        yield state
        yield _gauge("dashboard_database_up", "1 while Postgres answers", float(bool(self.supply.database_answers)))
        yield _gauge("dashboard_valkey_up", "1 while Valkey answers", float(self.supply.valkey_answers))

    def _frame(self) -> Iterator[Metric]:
        frame = self.supply.frame
        if frame is None:
            return
        yield _gauge("dashboard_frame_version", "Version of the newest frame", frame["version"])
        yield _gauge("dashboard_frame_age_seconds", "Age of the newest frame", self._age(frame["as_of"]))
        if "publish_s" in frame:
            yield _gauge("dashboard_publish_seconds", "Time it took to make the newest frame", frame["publish_s"])

    def _viewers(self) -> Iterator[Metric]:
        total = self.tally.total()
        yield _gauge("dashboard_viewers", "Open live connections to this machine", total["viewers"])
        yield _counter("dashboard_viewers_slow", "Viewers that could not keep up for a while", total["slow"])
        yield _counter("dashboard_viewers_refused", "Live connections refused", total["refused"])

    def _reads(self) -> Iterator[Metric]:
        source = self.store.source
        reads = CounterMetricFamily(
            "dashboard_reads",
            "Questions of pages by where they were answered (replica, primary), or why the replica was passed by",
            labels=["by"],
        )
        for name in ("primary", "replica", "behind", "down"):
            reads.add_metric([name], source.reads[name])
        state = GaugeMetricFamily("dashboard_replica_state", "1 for the state of the replica", labels=["state"])
        for name in REPLICA_STATES:
            state.add_metric([name], float(source.replica_state == name))
        yield from (reads, state)
        yield _gauge("dashboard_pool_in_use", "Connections of this process's pool in use", source.connections_in_use)
        yield _gauge(
            "dashboard_replica_versions_behind", "Changes the replica lacked when last asked", source.versions_behind
        )

    def _feeds(self, rows: list[dict[str, Any]]) -> Iterator[Metric]:
        event = GaugeMetricFamily("dashboard_feed_event_age_seconds", "Age of a feed's newest event", labels=["feed"])
        fetched = GaugeMetricFamily(
            "dashboard_feed_fetched_age_seconds", "Age of a feed's last good run", labels=["feed"]
        )
        late = GaugeMetricFamily("dashboard_feed_late_after_seconds", "Older than this is silent", labels=["feed"])
        failing = GaugeMetricFamily("dashboard_feed_failing", "1 when the last run failed", labels=["feed"])
        held = GaugeMetricFamily("dashboard_quarantine_held", "Refused rows that wait", labels=["feed"])
        for row in rows:
            label = [row["feed"]]
            late.add_metric(label, row["late_after_s"])
            failing.add_metric(label, float(row["is_failing"]))
            held.add_metric(label, row["held"])
            for family, at in ((event, row["event_at"]), (fetched, row["fetched_at"])):
                if at is not None:
                    family.add_metric(label, self._age(at))
        yield from (event, fetched, late, failing, held)

    def _age(self, at: str) -> float:
        return (self.now() - datetime.fromisoformat(at)).total_seconds()


def _loads(rows: list[dict[str, Any]]) -> Iterator[Metric]:
    loads = CounterMetricFamily("dashboard_loads", "Loads that ended, by feed and state", labels=["feed", "state"])
    handled = CounterMetricFamily("dashboard_rows", "Rows of loads, by feed and outcome", labels=["feed", "outcome"])
    sums: dict[tuple[str, str], int] = {}
    for row in rows:
        loads.add_metric([row["feed"], row["state"]], row["loads"])
        for outcome in OUTCOMES:
            sums[row["feed"], outcome] = sums.get((row["feed"], outcome), 0) + row[outcome]
    for labels, count in sums.items():
        handled.add_metric(list(labels), count)
    yield from (loads, handled)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(name, words, value=value)
