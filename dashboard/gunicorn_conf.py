"""How gunicorn runs the web program."""

from pathlib import Path

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from dashboard.tally import SHARED
from sql.settings import get_settings

_settings = get_settings()

bind = f"{_settings.host}:{_settings.port}"
workers = _settings.web_workers
worker_class = "dashboard.worker.Worker"
loglevel = _settings.log_level
logger_class = "dashboard.logs.Logger"
backlog = 4096  # thousands of screens come back after a restart
keepalive = 20
forwarded_allow_ips = _settings.trusted_proxies
timeout = 60  # a worker that has not shown itself for so long is replaced
graceful_timeout = 8
preload_app = False  # threads, loops and sockets do not survive a fork
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None


def pre_fork(_arbiter: Arbiter, worker: Worker) -> None:
    """Give the worker a slot for what it counts."""
    worker.tally_slot = SHARED.reserve()


def post_fork(_arbiter: Arbiter, worker: Worker) -> None:
    """Tell the worker its slot."""
    SHARED.slot = worker.tally_slot


def child_exit(_arbiter: Arbiter, worker: Worker) -> None:
    """Take the slot back."""
    SHARED.release(worker.tally_slot)
