"""`make run`: everything, from an empty folder to a live page, until Ctrl-C."""

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from dashboard import children, places, processes, users
from dashboard.progress import Progress, address
from dashboard.signals import Stop, terminal_of_our_own
from dashboard.supervisor import Supervisor
from sql import embedded, migrate, profile
from sql.settings import SIMULATOR_PORT, Settings


def run(settings: Settings, only: Sequence[str] = ()) -> int:
    """Run the whole program, or `only` some of its processes, until told to stop; return the exit code.

    Raises places.Taken, embedded.Unavailable or profile.ProfileError, each with a sentence for the operator.
    """
    stop = Stop()
    stop.listen()
    folder = embedded.data_dir(settings)
    with terminal_of_our_own(), places.only_one(folder, address(settings)):
        orphans = children.end_orphans(folder)
        if orphans:
            say(f"Ended {orphans} processes that an earlier run had left behind")
        places.check_port(settings.host, settings.port)
        say("Joining the database" if settings.database_url else f"Starting the database in {folder}")
        with embedded.ensure(settings) as servers:
            _bring_up_to_date(settings, servers)
            _tell_demo_accounts(settings, servers)
            if not stop.is_set():
                _keep_running(settings, _joined(settings, servers, folder), only, stop)
            if servers.embedded_database:
                say("Stopping the database")
    say("Stopped")
    return 0


def say(sentence: str) -> None:
    """Tell the operator."""
    print(sentence, flush=True)


def _bring_up_to_date(settings: Settings, servers: embedded.Servers) -> None:
    if servers.redis_url is None:
        say("Valkey did not start: the pages will ask the database every 5 s")
    if migrate.upgrade(servers.database_url):
        say(f"Migrated the database to {migrate.head()}")
    if embedded.load_profile(servers.database_url, settings.profile):
        say(f"Loaded the profile {settings.profile}")


def _tell_demo_accounts(settings: Settings, servers: embedded.Servers) -> None:
    """Add accounts to a simulated city that has none, and tell their passwords this once."""
    if _is_city_played(settings) and (lines := users.add_demo(servers.database_url)):
        say("\n".join(["Demo accounts (told this once; `python -m dashboard users add` makes others):", *lines]))


def _joined(settings: Settings, servers: embedded.Servers, folder: Path) -> Settings:
    """Return the settings of the children: with the addresses of what this program has started."""
    found = {
        "database_url": servers.database_url,
        "redis_url": servers.redis_url or embedded.valkey_url(settings),
        "data_dir": folder,
        "profile": settings.profile.resolve(),
    }
    if _is_city_played(settings):
        found["simulator_url"] = f"http://127.0.0.1:{places.own_port(folder / SIMULATOR_PORT)}"
    else:
        (folder / SIMULATOR_PORT).unlink(missing_ok=True)
    return settings.model_copy(update=found)


def _is_city_played(settings: Settings) -> bool:
    if settings.simulator_url:
        return False  # somebody else plays it
    if settings.simulate is not None:
        return settings.simulate
    return not settings.database_url and profile.read(settings.profile).simulated


def _keep_running(given: Settings, joined: Settings, only: Sequence[str], stop: Stop) -> None:
    log_folder = joined.data_dir / "log"
    log_folder.mkdir(exist_ok=True)
    commands = processes.commands(joined, joined.data_dir)
    if joined.simulator_url != given.simulator_url:
        commands.insert(0, processes.simulator(joined, joined.data_dir))
    commands = [one for one in commands if not only or one.name in only]
    say(f"Starting {', '.join(one.name for one in commands)} (logs in {log_folder})")
    progress = Progress(joined, say, time.monotonic())
    has_pages = any(one.name == "web" for one in commands)
    supervisor = Supervisor(commands, log_folder, say, partial(embedded.mend, given))
    supervisor.run(stop, lambda: progress.look(time.monotonic()) if has_pages else None)
