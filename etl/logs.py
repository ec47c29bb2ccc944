"""Logs of the ETL's programs, and how they learn that they are to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

from sql import logs
from sql.settings import Settings


def begin(settings: Settings) -> None:
    """Log as the settings say."""
    logs.begin(settings.log_level, settings.log_format)


def until_stopped() -> Callable[[], bool]:
    """Return a question that is answered True once SIGTERM or SIGINT has come."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped.is_set
