"""`make run`: everything, from an empty folder to a live page, until Ctrl-C."""

import http.client
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from dashboard import children, places, processes
from dashboard.signals import Stop, terminal_of_our_own
from dashboard.supervisor import Supervisor
from sql import embedded
from sql.settings import SIMULATOR_PORT, Settings

SLOW_AFTER_TURNS = 120


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
        say(f"Starting the database in {folder}" if not settings.database_url else "Joining the database")
        with embedded.prepare(settings) as servers:
            if servers.redis_url is None:
                say("Valkey did not start: the pages will ask the database every 5 s")
            if not stop.is_set():
                _keep_running(settings, _joined(settings, servers, folder), folder, only, stop)
            say("Stopping the database" if servers.embedded_database else "Leaving the database")
    say("Stopped")
    return 0


def address(settings: Settings) -> str:
    """Return the address to open in a browser on this machine."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://{host}:{settings.port}"


def say(sentence: str) -> None:
    """Tell the operator."""
    print(sentence, flush=True)


def _joined(settings: Settings, servers: embedded.Servers, folder: Path) -> Settings:
    """Return the settings of the children: with the addresses of what this program has started."""
    found = {
        "database_url": servers.database_url,
        "redis_url": servers.redis_url or embedded.valkey_url(settings),
        "data_dir": folder,
        "profile": settings.profile.resolve(),
    }
    wanted = settings.simulate if settings.simulate is not None else not settings.database_url
    if wanted and not settings.simulator_url:
        found["simulator_url"] = f"http://127.0.0.1:{places.own_port(folder / SIMULATOR_PORT)}"
    return settings.model_copy(update=found)


def _keep_running(given: Settings, joined: Settings, folder: Path, only: Sequence[str], stop: Stop) -> None:
    log_folder = folder / "log"
    log_folder.mkdir(exist_ok=True)
    commands = [one for one in processes.commands(joined, folder) if not only or one.name in only]
    say(f"Starting {', '.join(one.name for one in commands)} (logs in {log_folder})")
    supervisor = Supervisor(commands, log_folder, say, partial(embedded.mend, given))
    watch = Doorbell(joined).ring if any(one.name == "web" for one in commands) else nothing
    supervisor.run(stop, watch)


def nothing() -> None:
    """Do nothing."""


class Doorbell:
    """Ask the web program whether it is there, and tell the address once it is."""

    def __init__(self, settings: Settings, tell: Callable[[str], None] = say) -> None:
        self.settings = settings
        self.tell = tell
        self.turns = 0
        self.open = False

    def ring(self) -> None:
        """Ask once, unless it has answered already."""
        if self.open:
            return
        self.turns += 1
        self.open = answers(self.settings.host, self.settings.port)
        if self.open:
            self.tell(f"The dashboard is at {address(self.settings)}   (Ctrl-C stops it)")
        elif self.turns == SLOW_AFTER_TURNS:
            self.tell("The web program does not answer yet; its log tells why")


def answers(host: str, port: int) -> bool:
    """Return whether the web program answers /healthz with 200."""
    connection = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
