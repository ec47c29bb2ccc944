"""Do not wait for ever for a Postgres that is there and does not answer (frozen, or behind a dead network).

A statement timeout is kept by the server, so a frozen one keeps none; this one is kept here.
"""

from __future__ import annotations

import select
import time
from typing import Any

import psycopg2
import psycopg2.extensions

PATIENCE_S = 8.0  # more than any statement timeout of the web program


def begin() -> None:
    """Bound the wait for every answer of Postgres in this process; COPY is not possible in it afterwards."""
    psycopg2.extensions.set_wait_callback(wait)


def end() -> None:
    """Wait as psycopg2 does by itself."""
    psycopg2.extensions.set_wait_callback(None)


def wait(connection: Any) -> None:
    """Wait until a connection has its answer; raise OperationalError, which closes it, when that takes too long."""
    end_at = time.monotonic() + PATIENCE_S
    while (state := connection.poll()) != psycopg2.extensions.POLL_OK:
        poller = select.poll()  # select.select knows no descriptor beyond 1,023, and a thousand viewers have those
        is_reading = state == psycopg2.extensions.POLL_READ
        poller.register(connection.fileno(), select.POLLIN if is_reading else select.POLLOUT)
        left_s = end_at - time.monotonic()
        if left_s <= 0 or not poller.poll(left_s * 1000):
            raise psycopg2.OperationalError(f"Postgres did not answer within {PATIENCE_S:.0f} s")
