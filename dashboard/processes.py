"""Which processes make up the running program; the Procfile names the same for servers."""

import sys
from pathlib import Path

from dashboard.children import MARK, Command
from sql import settings as environment
from sql.settings import Settings

PYTHON = sys.executable
GUNICORN: tuple[str, ...] = (PYTHON, "-m", "gunicorn", "-c", "dashboard/gunicorn_conf.py", "dashboard.server:app")
PROGRAM = {
    "web": GUNICORN,
    "publisher": (PYTHON, "-m", "etl.publisher"),
    "worker": (PYTHON, "-m", "etl", "worker"),
    "beat": (PYTHON, "-m", "etl.beat"),
    "door": (PYTHON, "-m", "etl", "door"),
}


def commands(settings: Settings, run_folder: Path) -> list[Command]:
    """Return what the supervisor of `run_folder` keeps running."""
    surroundings = _surroundings(settings, run_folder)
    return [Command(name, arguments, surroundings) for name, arguments in PROGRAM.items()]


def simulator(settings: Settings, run_folder: Path) -> Command:
    """Return the simulated city at `simulator_url`: a program that knows nothing of this one's settings."""
    arguments = (
        PYTHON, "-m", "simulator",
        "--port", settings.simulator_url.rpartition(":")[2],
        "--seed", str(settings.seed),
        "--scale", str(settings.scale),
        "--days", str(settings.history_days),
        "--profile", str(settings.profile),
    )  # fmt: skip
    return Command("simulator", arguments, _surroundings(settings, run_folder), outlasts=True)


def _surroundings(settings: Settings, run_folder: Path) -> dict[str, str]:
    return environment.inherited() | settings.as_environment() | {MARK: str(run_folder)}
