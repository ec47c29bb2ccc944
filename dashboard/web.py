"""`python -m dashboard web`: the web program alone, with the embedded servers where no URL names others."""

import os
import signal
import subprocess

from dashboard import places, processes
from dashboard.signals import Stop
from sql import embedded
from sql import settings as environment
from sql.settings import Settings

GRACE_S = 10
LOOK_EVERY_S = 1.0


def serve(settings: Settings) -> int:
    """Serve until told to stop and return the exit code; becomes gunicorn itself where it has no server to keep."""
    places.check_port(settings.host, settings.port)
    if settings.database_url and settings.redis_url:
        embedded.check_database(settings.database_url)
        os.execve(processes.GUNICORN[0], processes.GUNICORN, environment.inherited())
    stop = Stop()
    stop.listen()
    with embedded.prepare(settings) as servers:
        found = {"database_url": servers.database_url, "redis_url": servers.redis_url or ""}
        surroundings = environment.inherited() | settings.model_copy(update=found).as_environment()
        return _keep(settings, subprocess.Popen(processes.GUNICORN, env=surroundings, start_new_session=True), stop)


def _keep(settings: Settings, process: subprocess.Popen, stop: Stop) -> int:
    while process.poll() is None and not stop.wait(LOOK_EVERY_S):
        embedded.mend(settings)
    if not stop.is_set():
        return process.returncode
    process.terminate()
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return 0
