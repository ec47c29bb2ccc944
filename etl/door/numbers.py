"""What the door tells Prometheus: records, calls, what waits, who was turned away, and how long it took."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from etl.door.records import Row

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 15, 60)


class Numbers:
    """Count what happens at one door."""

    def __init__(self, waiting: Callable[[], float], batches: Callable[[], float]) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self.records = Counter(
            "door_records", "Records that were answered, by dataset and outcome", ["dataset", "outcome"],
            registry=self.registry,
        )  # fmt: skip
        self.calls = Counter(
            "door_calls", "Calls that were answered, by address and HTTP status", ["path", "status"],
            registry=self.registry,
        )  # fmt: skip
        self.seconds = Histogram(
            "door_seconds", "Time from a call to its answer", ["path"], buckets=BUCKETS, registry=self.registry
        )
        gauge = Gauge("door_waiting_records", "Records that wait to be stored", registry=self.registry)
        gauge.set_function(waiting)
        stored = Gauge("door_batches_stored", "Transactions that stored records", registry=self.registry)
        stored.set_function(batches)

    def count(self, rows: Iterable[Row]) -> None:
        """Count records whose outcome is known."""
        for row in rows:
            self.records.labels(row.dataset, row.outcome).inc()
