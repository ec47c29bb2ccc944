"""Beat: sends every job when it is due. One beats, others wait; python -m etl.beat is light, etl beat the same."""

from __future__ import annotations

import signal
import sys
from typing import Any

import psycopg2
import structlog
from celery.beat import Scheduler
from psycopg2.extensions import connection as Connection

from etl import leases, logs
from etl.schedule import configure, pulled_feeds
from sql import database, embedded
from sql.settings import Settings, get_settings

log = structlog.get_logger("beat")
LEASE = "beat"
BREATH_S = 15.0
WAIT_S = 1.0


class Leader(Scheduler):
    """Beat only while this process holds the lease of beats; where it is lost, another one takes over in seconds.

    The place of the lease is the database of `city_database_url`. Nothing is kept on disk: every beat that leads begins
    with all jobs due after their own pace.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        """Begin without the lease."""
        self._conn: Connection | None = None
        self._token = 0
        super().__init__(*given, **named)

    def tick(self, *given: Any, **named: Any) -> float:
        """Send what is due, if this one leads; return the seconds until the next turn."""
        return super().tick(*given, **named) if self.leads() else WAIT_S

    def leads(self) -> bool:
        """Tell whether this process leads: it has given a sign of life just now, or could take the lease."""
        try:
            if self._conn is not None:
                if leases.breathe(self._conn, LEASE, self._token, BREATH_S):
                    return True
                log.warning("lease_lost", lease=LEASE)
            return self._take()
        except psycopg2.Error as error:
            log.warning("database_lost", error=str(error).strip())
            self._let_go()
            return False

    def close(self) -> None:
        """Let another one lead at once."""
        if self._conn is not None:
            leases.give_up(self._conn, LEASE, self._token)
        self._let_go()
        super().close()

    def _take(self) -> bool:
        self._let_go()
        self._conn = database.connect(self.app.conf.city_database_url, "beat")
        token = leases.take(self._conn, LEASE, BREATH_S)
        if token is None:
            self._let_go()
            return False
        self._token = token
        log.info("leading")
        return True

    def _let_go(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None


def run(settings: Settings) -> int:
    """Beat until stopped."""
    logs.begin(settings)
    with embedded.prepare(settings) as servers:
        app = configure(settings, embedded.valkey_url(settings), pulled_feeds(settings.profile))
        app.conf.update(city_database_url=servers.database_url, beat_scheduler="etl.beat:Leader")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        app.Beat(loglevel="warning").run()
    return 0


if __name__ == "__main__":
    sys.exit(run(get_settings()))
