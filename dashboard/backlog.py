"""What waits, and how far behind it is: the part of /metrics that asks Postgres, Valkey and the disk."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from dashboard.asking import ask
from dashboard.cache import Cache, Unavailable
from dashboard.supply import Supply
from sql import valkey

EVERY_S = 10
QUEUE = "etl"  # the queue of Celery's jobs
UNACKED = "unacked"
WINDOWS = ("waiting", "running", "done", "failed")
Row = dict[str, Any]


@dataclass(frozen=True)
class Places:
    """Where to look: how to read Postgres, Valkey (frames), the jobs' broker, a folder of the disk that fills up.

    None = there is no such server.
    """

    read: Callable[[Callable[[Connection], Row]], Row]
    valkey_url: str | None
    broker_url: str | None
    folder: Path


class Backlog(Collector):
    """Queues, lags and what is left of the disk, asked at most once in ten seconds."""

    def __init__(self, places: Places, supply: Supply, clock: Callable[[], float]) -> None:
        self._places, self._supply, self._clock = places, supply, clock
        self._cache = Cache(clock)
        self._clients: dict[str, Any] = {}

    def collect(self) -> Iterator[Metric]:
        """Yield what can be asked now; what does not answer is left out."""
        yield from self._disk()
        yield from self._kept("database", self._ask_database, self._database)
        yield from self._kept("stream", self._ask_stream, _stream)
        yield from self._kept("broker", self._ask_broker, _jobs)

    def _kept(
        self, name: str, question: Callable[[], Row], tell: Callable[[Row], Iterator[Metric]]
    ) -> Iterator[Metric]:
        try:
            found = self._cache.get(name, int(self._clock() // EVERY_S), question)
        except Unavailable:
            return
        yield from tell(found)

    def _disk(self) -> Iterator[Metric]:
        try:
            disk = shutil.disk_usage(self._places.folder)
        except OSError:
            return
        yield gauge("dashboard_disk_free_bytes", "Free bytes on the disk of DATA_DIR", disk.free)
        yield gauge("dashboard_disk_size_bytes", "Size of the disk of DATA_DIR", disk.total)

    def _ask_database(self) -> Row:
        return self._places.read(
            lambda db: {name: ask(db, "backlog", name)[0] for name in ("waiting", "frames", "server")}
        )

    def _database(self, found: Row) -> Iterator[Metric]:
        waiting, frames, server = found["waiting"], found["frames"], found["server"]
        yield gauge("dashboard_ratings_waiting", "Ratings whose dossier has not come", waiting["ratings"])
        yield gauge("dashboard_loads_running", "Loads that run now", waiting["loads"])
        windows = GaugeMetricFamily("dashboard_backfill_windows", "Windows of history, by state", labels=["state"])
        for state in WINDOWS:
            windows.add_metric([state], waiting[f"windows_{state}"])
        yield windows
        behind = max(0, waiting["data_version"] - (frames["data_version"] or 0))
        yield gauge("dashboard_frame_versions_behind", "Changes of the facts that no frame shows yet", behind)
        yield gauge("dashboard_frames_10m", "Frames of the last ten minutes", frames["recent"])
        yield gauge("dashboard_frames_stored", "Frames that are kept, by Postgres's own estimate", frames["kept"])
        yield from _server(server)

    def _ask_stream(self) -> Row:
        keys = valkey.keys(self._places.valkey_url or "")
        client = self._client(self._places.valkey_url)
        try:
            newest, length = client.xrevrange(keys.stream, count=1), client.xlen(keys.stream)
        except valkey.ERRORS as error:
            raise Unavailable(str(error)) from error
        version = int(newest[0][0].partition(b"-")[0]) if newest else 0
        shown = self._supply.edition.version if self._supply.edition else 0
        return {"stream": length, "lag": max(0, version - shown)}

    def _ask_broker(self) -> Row:
        client = self._client(self._places.broker_url)
        try:
            return {"queued": client.llen(QUEUE), "taken": client.hlen(UNACKED)}
        except valkey.ERRORS as error:
            raise Unavailable(str(error)) from error

    def _client(self, url: str | None) -> Any:
        if url is None:
            raise Unavailable("there is no Valkey")
        if url not in self._clients:
            self._clients[url] = valkey.client(url)
        return self._clients[url]


def _server(server: Row) -> Iterator[Metric]:
    yield gauge("dashboard_database_connections", "Connections of programs to Postgres", server["connections"])
    yield gauge("dashboard_database_connections_limit", "Connections that Postgres takes", server["connections_limit"])
    yield gauge("dashboard_database_bytes", "Size of the database", server["database_bytes"])
    yield gauge(
        "dashboard_database_oldest_transaction_seconds", "Age of the oldest transaction", server["oldest_transaction_s"]
    )
    yield gauge("dashboard_replicas", "Replicas that stream from this Postgres", server["replicas"])
    if server["replicas"]:
        yield gauge("dashboard_replica_lag_seconds", "Lag of the replica farthest behind", server["replica_lag_s"] or 0)
        yield gauge("dashboard_replica_lag_bytes", "The same in bytes of log", server["replica_lag_bytes"] or 0)


def _stream(found: Row) -> Iterator[Metric]:
    yield gauge("dashboard_stream_frames", "Changes that the stream holds for late-comers", found["stream"])
    yield gauge("dashboard_stream_lag_frames", "Frames of the stream that this process has not taken", found["lag"])


def _jobs(found: Row) -> Iterator[Metric]:
    yield gauge("dashboard_jobs_queued", "Jobs that wait for an ETL worker", found["queued"])
    yield gauge("dashboard_jobs_taken", "Jobs that a worker has taken and not finished", found["taken"])


def gauge(name: str, words: str, value: float) -> Metric:
    """Return a number that may go up and down."""
    return GaugeMetricFamily(name, words, value=value)
