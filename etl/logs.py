"""Logs of the programs that run on: one JSON object a line on stderr."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable

import structlog

from sql.settings import Settings


def begin(settings: Settings) -> None:
    """Log from the level that the settings name."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def until_stopped() -> Callable[[], bool]:
    """Return a question that is answered True once SIGTERM or SIGINT has come."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped.is_set
