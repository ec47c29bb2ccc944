"""Where things lie: the servers' sockets, and the programs that came in a wheel."""

import hashlib
import importlib.util
import os
import tempfile
from pathlib import Path

LONGEST_SOCKET_PATH = 100  # the kernel's limit is 107 on Linux, 103 on macOS


def socket_folder(folder: Path, socket_name: str) -> Path:
    """Return the folder for the socket of the server that keeps its data in `folder`; it exists.

    The answer depends on the path alone, so that every process finds the same socket.
    """
    folder = folder.resolve()
    if len(os.fsencode(folder / socket_name)) <= LONGEST_SOCKET_PATH:
        return folder
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()).resolve() / f"leadership-{os.geteuid()}-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    return short


def leave_socket_folder(folder: Path, socket_name: str) -> None:
    """Remove the short folder that a stopped server's socket lay in, if it had one."""
    short = socket_folder(folder, socket_name)
    if short != folder.resolve() and not any(short.iterdir()):
        short.rmdir()


def package_folder(name: str) -> Path:
    """Return the folder of an installed package without importing it; raise ModuleNotFoundError."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(name)
    return Path(found.origin).parent
