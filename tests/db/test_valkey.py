import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import celery
import pytest

from etl.publish import Stream
from sql import valkey
from tests.db.newswire import Clock, Listener, Publisher, until
from tests.db.valkeys import Valkeys, cluster, guarded


@pytest.fixture
def sentinels() -> Iterator[tuple[Valkeys, str]]:
    with guarded() as made:
        yield made


@pytest.fixture
def nodes() -> Iterator[tuple[Valkeys, str]]:
    with cluster() as made:
        yield made


async def follow_over_a_loss(database_url: str, url: str, folder: Path, lose: Any) -> None:
    """Frames go through the stream, a master is lost, and they go through the stream again; none is missed."""
    publisher = Publisher(database_url, folder, url)
    try:
        publisher.publish(1)
        async with Listener(database_url, url, Clock()) as listener:
            await listener.says("live", "ok")
            for version in (2, 3):
                publisher.publish(version, stored=False)
            await listener.has(3)
            assert listener.frames == [(None, 1), (1, 2), (2, 3)]
            lose()
            publisher.publish(4, streamed=False)
            await listener.has(4)
            await until(lambda: streams(publisher, 5 + len(listener.frames)))
            await listener.has((publisher.frame or {})["version"])
            await listener.says("live", "ok")
            bases, versions = zip(*listener.frames, strict=True)
            assert bases == (None, *versions[:-1])
            assert listener.shown == publisher.frame
    finally:
        publisher.close()


def streams(publisher: Publisher, version: int) -> bool:
    """Tell whether a frame could be published over the stream."""
    try:
        publisher.publish(version, stored=False)
    except valkey.ERRORS:
        return False
    return True


def test_frames_follow_the_master_that_the_sentinels_choose(
    database_url: str, sentinels: tuple[Valkeys, str], tmp_path: Path
) -> None:
    servers, url = sentinels
    asyncio.run(follow_over_a_loss(database_url, url, tmp_path, lambda: servers.kill("first")))
    assert servers.client("second").info("replication")["role"] == "master"


def test_frames_follow_the_cluster_over_the_loss_of_the_node_that_had_them(
    database_url: str, nodes: tuple[Valkeys, str], tmp_path: Path
) -> None:
    servers, url = nodes
    slot = servers.client("node0").execute_command("CLUSTER", "KEYSLOT", valkey.keys(url).stream)
    owner = f"node{slot * 3 // 16384}"
    asyncio.run(follow_over_a_loss(database_url, url, tmp_path, lambda: servers.kill(owner)))


def test_the_publisher_writes_snapshot_and_stream_of_a_cluster_in_one_transaction(nodes: tuple[Valkeys, str]) -> None:
    _, url = nodes
    frame = {"version": 7, "city": {}}
    assert Stream(url).send(frame, {"version": 7, "base": 6}, {"bytes": 5})
    with valkey.client(url) as client:
        assert client.get("{live}frame") == b'{"version":7,"city":{}}'
        assert client.xrevrange("{live}frames")[0][0] == b"7-0"


def test_a_publisher_does_not_wait_for_a_cluster_that_is_gone() -> None:
    stream = Stream("redis+cluster://127.0.0.1:1,127.0.0.1:2")
    assert not stream.send({"version": 1}, None, {})
    assert not Stream("redis+sentinel://127.0.0.1:1/city").send({"version": 1}, None, {})


def test_celery_sends_jobs_over_the_sentinels(sentinels: tuple[Valkeys, str]) -> None:
    servers, url = sentinels
    broker_url, options = valkey.broker(url)
    app = celery.Celery("test")
    app.conf.update(broker_url=broker_url, broker_transport_options=options, task_ignore_result=True)
    with app.connection_for_write() as connection:
        app.send_task("etl.pull", args=("portal",), queue="etl", connection=connection)
    assert servers.client("first").llen("etl") == 1
    app.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://valkey", "must begin with"),
        ("redis+sentinel://a:1,b:2", "must name the master"),
        ("redis+sentinel://a:x/city", "is no host:port"),
        ("redis+sentinel://a/city?password=x", "password is not known"),
        ("redis+cluster://a:1/2", "one database"),
    ],
)
def test_a_url_that_leads_nowhere_is_told(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        valkey.check(url)
