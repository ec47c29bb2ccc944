"""Several real Valkeys of a test: a master with a replica and sentinels, or a cluster."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from sql import embedded_valkey
from tests.conftest import short_folder

PATIENCE_S = 45.0
SLOTS = 16384


class Valkeys:
    """Processes by name, each on a port of loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports: dict[str, int] = {}
        self.processes: dict[str, subprocess.Popen] = {}

    def start(self, name: str, *lines: str, mode: str = "") -> int:
        """Start a server with lines of configuration; return its port."""
        port = free_port()
        place = self.folder / name
        place.mkdir()
        (place / "log").touch()
        conf = place / "valkey.conf"
        conf.write_text(
            "\n".join([f"port {port}", "bind 127.0.0.1", f"dir {place}", f"logfile {place}/log", *lines, ""])
        )
        command = [str(embedded_valkey._program()), str(conf), *([mode] if mode else [])]
        self.processes[name] = subprocess.Popen(command, cwd="/")
        self.ports[name] = port
        until(lambda: self.client(name).ping())
        return port

    def client(self, name: str) -> redis.Redis:
        """Return a client of one of them."""
        return redis.Redis(port=self.ports[name], socket_timeout=2, decode_responses=True)

    def kill(self, name: str) -> None:
        """End one of them as kill -9 does."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def stop(self) -> None:
        """End all."""
        for name in tuple(self.processes):
            self.kill(name)


@contextmanager
def guarded() -> Iterator[tuple[Valkeys, str]]:
    """A master `first`, a replica `second` and three sentinels; and the URL."""
    with short_folder() as folder:
        made = Valkeys(folder)
        try:
            quick = ('save ""', "repl-diskless-sync-delay 0")
            first = made.start("first", *quick)
            made.start("second", *quick, f"replicaof 127.0.0.1 {first}")
            watch = (
                f"sentinel monitor city 127.0.0.1 {first} 2",
                "sentinel down-after-milliseconds city 700",
                "sentinel failover-timeout city 3000",
            )
            ports = [made.start(f"sentinel{number}", *watch, mode="--sentinel") for number in (1, 2, 3)]
            until(lambda: made.client("second").info("replication")["master_link_status"] == "up")
            until(lambda: all(_sees_all(made.client(f"sentinel{number}")) for number in (1, 2, 3)))
            yield made, f"redis+sentinel://{','.join(f'127.0.0.1:{port}' for port in ports)}/city/0"
        finally:
            made.stop()


@contextmanager
def cluster() -> Iterator[tuple[Valkeys, str]]:
    """Three masters `node0`.. with a third of the slots each, and `spare`, a replica of each in turn; and the URL."""
    with short_folder() as folder:
        made = Valkeys(folder)
        try:
            lines = ('save ""', "cluster-enabled yes", "cluster-node-timeout 1500", "repl-diskless-sync-delay 0",
                     "cluster-require-full-coverage no")  # fmt: skip
            names = ("node0", "node1", "node2", "spare0", "spare1", "spare2")
            for name in names:
                made.start(name, *lines)
            first = made.client("node0")
            for number, name in enumerate(names[:3]):
                low, high = number * SLOTS // 3, (number + 1) * SLOTS // 3 - 1
                made.client(name).execute_command("CLUSTER", "ADDSLOTSRANGE", low, high)
            for name in names[1:]:
                first.execute_command("CLUSTER", "MEET", "127.0.0.1", made.ports[name])
            until(lambda: all(len(_nodes(made.client(name))) == 6 for name in names))
            for number in range(3):
                master = made.client(f"node{number}").execute_command("CLUSTER", "MYID")
                until(lambda at=number, of=master: _replicate(made.client(f"spare{at}"), of))
            until(lambda: all(_is_linked(made.client(f"spare{number}")) for number in range(3)))
            until(lambda: all(_is_whole(made.client(name)) for name in names))
            yield made, f"redis+cluster://{','.join(f'127.0.0.1:{made.ports[name]}' for name in names[:3])}"
        finally:
            made.stop()


def until(so: Callable[[], Any]) -> None:
    """Wait for something; a server that does not answer yet counts as no."""
    end = time.monotonic() + PATIENCE_S
    while not _tried(so):
        assert time.monotonic() < end
        time.sleep(0.05)


def free_port() -> int:
    """Return a port whose cluster bus (10,000 above) can be had, too."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port < 50_000:
            return port


def _tried(so: Callable[[], Any]) -> Any:
    try:
        return so()
    except redis.RedisError:
        return False


def _sees_all(sentinel: redis.Redis) -> bool:
    master = sentinel.sentinel_master("city")
    return master["num-other-sentinels"] == 2 and master["num-slaves"] == 1


def _nodes(client: Any) -> list[str]:
    return client.execute_command("CLUSTER", "NODES").strip().splitlines()


def _is_whole(client: Any) -> bool:
    return "cluster_state:ok" in client.execute_command("CLUSTER", "INFO")


def _replicate(client: Any, master: str) -> bool:
    return bool(client.execute_command("CLUSTER", "REPLICATE", master))


def _is_linked(client: redis.Redis) -> bool:
    return client.info("replication").get("master_link_status") == "up"
