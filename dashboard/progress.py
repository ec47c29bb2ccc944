"""What `make run` tells while it works: the address once the pages answer, and how far the history is."""

import http.client
from collections.abc import Callable
from contextlib import closing

import psycopg2

from sql import database, queries
from sql.settings import Settings

SLOW_AFTER_S = 60
HISTORY_EVERY_S = 10
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # addresses to listen on, and where this machine finds them


def address(settings: Settings) -> str:
    """Return the address to open in a browser on this machine."""
    return f"http://{EVERYWHERE.get(settings.host, settings.host)}:{settings.port}"


class Progress:
    """Ask the web program and the database how far they are, and tell what is new."""

    def __init__(self, settings: Settings, tell: Callable[[str], None], now: float) -> None:
        """Take the settings of the children and a monotonic time in seconds."""
        self.settings = settings
        self.tell = tell
        self.late_at: float | None = now + SLOW_AFTER_S
        self.history_at = now
        self.is_open = False
        self.loaded: tuple[int, int] = (0, 0)

    def look(self, now: float) -> None:
        """Ask what is still unknown, each question in its own time."""
        if not self.is_open:
            self._look_at_the_pages(now)
        elif now >= self.history_at:
            self.history_at = now + HISTORY_EVERY_S
            self._look_at_the_history()

    def _look_at_the_pages(self, now: float) -> None:
        self.is_open = is_ready(self.settings)
        if self.is_open:
            self.tell(f"The dashboard is at {address(self.settings)}   (Ctrl-C stops it)")
        elif self.late_at and now >= self.late_at:
            self.late_at = None
            self.tell("The pages are not ready yet; the logs tell why")

    def _look_at_the_history(self) -> None:
        loaded = history(self.settings.database_url)
        if loaded is None or loaded == self.loaded:
            return
        self.loaded = loaded
        done, windows = loaded
        self.tell(f"History: {done} of {windows} parts loaded" if done < windows else "The whole history is loaded")


def is_ready(settings: Settings) -> bool:
    """Return whether the web program is ready: it answers and has a frame to show."""
    connection = http.client.HTTPConnection(EVERYWHERE.get(settings.host, settings.host), settings.port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def history(database_url: str) -> tuple[int, int] | None:
    """Return how many parts of the history are loaded and how many there are, or None when Postgres is away."""
    try:
        with closing(database.connect(database_url, "progress")) as connection, connection.cursor() as cursor:
            [(done, windows)] = queries.run(cursor, "run", "history")
            return done, windows
    except psycopg2.Error:
        return None
