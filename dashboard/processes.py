"""Which processes make up the running program; the Procfile names the same for servers."""

import sys
from pathlib import Path

from dashboard.children import MARK, Command
from sql import settings as environment
from sql.settings import Settings

PYTHON = sys.executable
GUNICORN: tuple[str, ...] = (PYTHON, "-m", "gunicorn", "-c", "dashboard/gunicorn_conf.py", "dashboard.server:app")
ETL = {"publisher": "publish", "worker": "worker", "beat": "beat"}


def commands(settings: Settings, run_folder: Path) -> list[Command]:
    """Return what the supervisor keeps running; a simulated city only when `simulator_url` is set."""
    surroundings = environment.inherited() | settings.as_environment() | {MARK: str(run_folder)}
    lines: dict[str, tuple[str, ...]] = {"web": GUNICORN}
    lines |= {name: (PYTHON, "-m", "etl", word) for name, word in ETL.items()}
    if settings.simulator_url:
        lines = {"simulator": simulator(settings)} | lines
    return [Command(name, arguments, surroundings) for name, arguments in lines.items()]


def simulator(settings: Settings) -> tuple[str, ...]:
    """Return the command line of the simulated city: a program that knows nothing of this one's settings."""
    return (
        PYTHON, "-m", "simulator",
        "--port", settings.simulator_url.rpartition(":")[2],
        "--seed", str(settings.seed),
        "--scale", str(settings.scale),
        "--profile", str(settings.profile),
    )  # fmt: skip
