"""Ports and folders that one running program has to itself."""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sql import claims


class Taken(Exception):
    """A port or DATA_DIR belongs to somebody else; the message is one sentence for the operator."""


@contextmanager
def only_one(folder: Path, address: str) -> Iterator[None]:
    """Hold `folder` for this program alone while the block runs; raise Taken when another one has it."""
    with (folder / "run.lock").open("a+") as file:
        if not claims.take(file.fileno()):
            file.seek(0)
            raise Taken(f"The dashboard already runs on DATA_DIR {folder}: {file.read().strip()}.")
        file.truncate(0)
        file.write(f"process {os.getpid()}, {address}")
        file.flush()
        yield
        file.truncate(0)


def check_port(host: str, port: int) -> None:
    """Raise Taken, naming what to do, when this program cannot listen on the port."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Taken(f"Port {port} on {host} is taken; choose another one, for example PORT={port + 1}.") from None
        raise Taken(f"This program cannot listen on {host}:{port}: {error.strerror}.") from None


def own_port(memory: Path) -> int:
    """Return a free port on this machine: the one remembered in the file, if it still is free."""
    try:
        wanted = int(memory.read_text())
        check_port("127.0.0.1", wanted)
    except (OSError, ValueError, Taken):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            wanted = probe.getsockname()[1]
        memory.write_text(str(wanted))
    return wanted
