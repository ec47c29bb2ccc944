"""Valkey by URL: one server, a master that sentinels know, or a cluster; the same few keys in each.

`redis://h:p/db`, `rediss://…`, `unix://path?db=0` · `redis+sentinel://user:pw@h1:p,h2:p/service/db` ·
`redis+cluster://user:pw@h1:p,h2:p` (`rediss+…` for TLS). Celery speaks to the first two kinds, not to a cluster.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit
from weakref import WeakSet

import redis
import redis.asyncio
import redis.asyncio.retry
import redis.cluster
import redis.retry
from redis.asyncio.sentinel import Sentinel as AsyncSentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError
from redis.sentinel import Sentinel

SINGLE = ("redis", "rediss", "unix")
SENTINEL = ("redis+sentinel", "rediss+sentinel")
CLUSTER = ("redis+cluster", "rediss+cluster")
SENTINEL_PORT, PORT = 26379, 6379
ERRORS = (RedisError, RedisClusterException, OSError)


class Keys(NamedTuple):
    """Name the stream of frames, the newest frame, and what the publisher's last frame has cost."""

    stream: str
    snapshot: str
    cost: str


@dataclass(frozen=True)
class Address:
    """A URL taken apart; `service` is the name of a master, for sentinels only."""

    kind: str
    hosts: tuple[tuple[str, int], ...]
    service: str
    options: Mapping[str, Any]
    sentinel_options: Mapping[str, Any]


def keys(url: str) -> Keys:
    """Return the names of the keys; in a cluster they share a hash tag, as one transaction writes them all.

    >>> keys("redis://h").stream, keys("redis+cluster://h:1,i:2").stream
    ('frames', '{live}frames')
    """
    tag = "{live}" if urlsplit(url).scheme in CLUSTER else ""
    return Keys(f"{tag}frames", f"{tag}frame", f"{tag}publisher")


def check(url: str) -> None:
    """Raise ValueError with what is wrong with a URL."""
    address(url)


def address(url: str) -> Address:
    """Take a URL apart; raise ValueError where it is none of the known kinds.

    >>> address("redis+sentinel://:pw@a:1,b/city/2").hosts, address("redis+sentinel://:pw@a:1,b/city/2").service
    ((('a', 1), ('b', 26379)), 'city')
    """
    parts = urlsplit(url)
    if parts.scheme in SINGLE:
        return Address(parts.scheme, (), "", {}, {})
    if parts.scheme not in (*SENTINEL, *CLUSTER):
        raise ValueError("must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://")
    secret, _, places = parts.netloc.rpartition("@")
    hosts = tuple(_host(place, SENTINEL_PORT if parts.scheme in SENTINEL else PORT) for place in places.split(","))
    options = _login(secret) | ({"ssl": True} if parts.scheme.startswith("rediss") else {})
    service, _, number = parts.path.strip("/").partition("/")
    if parts.scheme in CLUSTER:
        if service:
            raise ValueError("redis+cluster:// has no database number: a cluster has one database")
        return Address(parts.scheme, hosts, "", options, {})
    if not service:
        raise ValueError("redis+sentinel:// must name the master: redis+sentinel://host:port/service")
    return Address(parts.scheme, hosts, service, options | {"db": int(number or 0)}, _sentinel_options(parts.query))


def client(url: str, timeout_s: float = 2.0) -> Any:
    """Return a client that has not connected yet; it tries each command once."""
    at = address(url)
    options: dict[str, Any] = {"socket_timeout": timeout_s, "socket_connect_timeout": timeout_s, "protocol": 2}
    once = redis.retry.Retry(NoBackoff(), 0)
    if at.kind in SINGLE:
        return redis.Redis.from_url(url, retry=once, **options)
    if at.kind in SENTINEL:
        sentinels = Sentinel(list(at.hosts), sentinel_kwargs={**options, **at.sentinel_options}, retry=once)
        return sentinels.master_for(at.service, retry=once, **options, **at.options)
    nodes = [redis.cluster.ClusterNode(host, port) for host, port in at.hosts]
    return redis.RedisCluster(startup_nodes=nodes, **options, **at.options)


@asynccontextmanager
async def connected(url: str, timeout_s: float = 5.0, connect_timeout_s: float = 3.0) -> AsyncIterator[Any]:
    """Give a client for asyncio that tries each command once; whatever it opens is closed afterwards."""
    at = address(url)
    options: dict[str, Any] = {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": connect_timeout_s,
        "protocol": 2,
    }
    once = redis.asyncio.retry.Retry(NoBackoff(), 0)
    async with AsyncExitStack() as exits:
        if at.kind in SINGLE:
            client: Any = redis.asyncio.from_url(url, retry=once, **options)
        elif at.kind in SENTINEL:
            sentinels = AsyncSentinel(list(at.hosts), sentinel_kwargs={**options, **at.sentinel_options})
            for one in sentinels.sentinels:
                exits.push_async_callback(one.aclose)
            client = sentinels.master_for(at.service, retry=once, **options, **at.options)
        else:
            nodes = [redis.asyncio.cluster.ClusterNode(host, port) for host, port in at.hosts]
            client = redis.asyncio.RedisCluster(startup_nodes=nodes, **options, **at.options)
            exits.push_async_callback(_leave_cluster, _noted(client))
        exits.push_async_callback(client.aclose)
        yield client


def broker(url: str) -> tuple[str, dict[str, Any]]:
    """Return a URL as Celery writes it, with the options of its transport; raise ValueError for a cluster.

    >>> broker("redis+sentinel://:pw@a:1,b:2/city/3")
    ('sentinel://:pw@a:1/3;sentinel://:pw@b:2/3', {'master_name': 'city', 'sentinel_kwargs': {}})
    """
    at = address(url)
    if at.kind in CLUSTER:
        raise ValueError("Celery cannot use a cluster as its broker: name a Valkey or its sentinels in BROKER_URL")
    if at.kind in SINGLE:
        return url.replace("unix://", "redis+socket://"), {}
    secret = urlsplit(url).netloc.rpartition("@")[0]
    login = f"{secret}@" if secret else ""
    places = [f"sentinel://{login}{host}:{port}/{at.options['db']}" for host, port in at.hosts]
    return ";".join(places), {"master_name": at.service, "sentinel_kwargs": dict(at.sentinel_options)}


def _noted(client: redis.asyncio.RedisCluster) -> WeakSet[redis.asyncio.Connection]:
    """Note each connection that a client will make: it drops those to nodes that left the cluster without a word."""
    opened: WeakSet[redis.asyncio.Connection] = WeakSet()
    kind = client.connection_kwargs["connection_class"]

    def connection(**options: Any) -> redis.asyncio.Connection:
        made = kind(**options)
        opened.add(made)
        return made

    client.connection_kwargs["connection_class"] = connection
    for node in client.nodes_manager.startup_nodes.values():
        node.connection_class = connection  # type: ignore[assignment]
    return opened


async def _leave_cluster(opened: WeakSet[redis.asyncio.Connection]) -> None:
    """Close what the client's own end leaves open: connections to nodes that it first asked, or that are gone."""
    for connection in list(opened):
        await connection.disconnect()


def _host(place: str, port: int) -> tuple[str, int]:
    name, _, number = place.rpartition(":") if ":" in place else (place, "", str(port))
    if not name or not number.isdigit():
        raise ValueError(f"{place or 'nothing'} is no host:port")
    return name.strip("[]"), int(number)


def _login(secret: str) -> dict[str, Any]:
    user, _, password = secret.partition(":")
    found = {"username": unquote(user), "password": unquote(password)}
    return {name: value for name, value in found.items() if value}


def _sentinel_options(query: str) -> dict[str, Any]:
    """Return what follows `sentinel_` in the query: the sentinels' own user name and password."""
    said = dict(parse_qsl(query))
    unknown = [name for name in said if name not in ("sentinel_username", "sentinel_password")]
    if unknown:
        raise ValueError(f"{unknown[0]} is not known: sentinel_username and sentinel_password are")
    return {name.removeprefix("sentinel_"): value for name, value in said.items()}
