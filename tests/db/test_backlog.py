"""What waits, as /metrics tells it: from a real Postgres and a real Valkey, and of neither when they are gone."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import redis
from prometheus_client import CollectorRegistry, generate_latest

from dashboard.backlog import Backlog, Places
from dashboard.cache import Unavailable
from dashboard.reading import Source
from etl.publish import publish_once
from sql import database


def told(places: Places, version: int = 0) -> dict[str, float]:
    """Return every number by its name and labels."""
    registry = CollectorRegistry(auto_describe=False)
    edition = SimpleNamespace(version=version)
    registry.register(Backlog(places, SimpleNamespace(edition=edition), lambda: 0.0))
    lines = generate_latest(registry).decode().splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[0] != "#"}


@pytest.fixture
def places(city, valkey_url, tmp_path):
    engine = database.engine(city, "backlog")
    yield Places(Source(engine, None, lambda: None).read_primary, valkey_url, valkey_url, tmp_path)
    engine.dispose()


def test_queues_and_lags_of_postgres_are_told(places, city):
    with closing(database.connect(city)) as conn, conn, conn.cursor() as cursor:
        cursor.execute(
            "insert into backfill_window (feed_id, from_at, to_at, state) values "
            "('dossiers', '2026-01-01', '2026-01-02', 'waiting'), ('dossiers', '2026-01-02', '2026-01-03', 'done')"
        )
        cursor.execute("insert into load (feed_id, kind, source) values ('dossiers', 'pull', 'x')")
        cursor.execute(
            "insert into rating (dossier_code, stage, score, version_at, columns, load_id, waiting) "
            "values ('D1', 'return', 2, %s, 1, 1, true)",
            (datetime.now(UTC),),
        )
    publish_once(city, None)
    with closing(database.connect(city)) as conn, conn, conn.cursor() as cursor:
        cursor.execute("update data_version set version = version + 3")
    found = told(places)
    assert found['dashboard_backfill_windows{state="waiting"}'] == 1
    assert found['dashboard_backfill_windows{state="done"}'] == 1
    assert found["dashboard_loads_running"] == 1
    assert found["dashboard_ratings_waiting"] == 1
    assert found["dashboard_frame_versions_behind"] == 3
    assert found["dashboard_frames_10m"] == 1
    assert found["dashboard_database_connections"] >= 1
    assert found["dashboard_database_bytes"] > 1_000_000
    assert found["dashboard_replicas"] == 0
    assert 0 < found["dashboard_disk_free_bytes"] < found["dashboard_disk_size_bytes"]


def test_queues_and_lags_of_valkey_are_told(places, valkey_url):
    with redis.Redis.from_url(valkey_url) as client:
        client.delete("frames", "etl", "unacked")
        client.xadd("frames", {"delta": b"{}"}, id="7-0")
        client.xadd("frames", {"delta": b"{}"}, id="9-0")
        client.rpush("etl", "a", "b", "c")
        client.hset("unacked", "d", "e")
        found = told(places, version=7)
        client.delete("frames", "etl", "unacked")
    assert found["dashboard_stream_frames"] == 2
    assert found["dashboard_stream_lag_frames"] == 2
    assert found["dashboard_jobs_queued"] == 3
    assert found["dashboard_jobs_taken"] == 1


def test_what_does_not_answer_is_left_out_and_the_rest_is_told(tmp_path):
    def gone(question):
        raise Unavailable("no Postgres")

    found = told(Places(gone, f"unix://{tmp_path}/no.sock", None, tmp_path))
    assert set(found) == {"dashboard_disk_free_bytes", "dashboard_disk_size_bytes"}
