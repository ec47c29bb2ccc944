"""Logs of every program that runs on: a line an event, for eyes (LOG_FORMAT=console) or for a collector (json).

A line names what it speaks of: `feed` and `load`, or `frame`. Within `about(...)` every line does, whoever writes it.
"""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.types import Processor

about = structlog.contextvars.bound_contextvars


def begin(level: str, form: str) -> None:
    """Log from a level (debug … error) in a form (json or console), of this program and of the libraries it uses."""
    number = logging.getLevelNamesMapping()[level.upper()]
    told: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    last = _renderer(form)
    structlog.configure(
        processors=[*told, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*told, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=max(number, logging.INFO), handlers=[handler], force=True)


def _renderer(form: str) -> list[Processor]:
    if form == "json":
        told = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # locals hold what citizens filed
        return [structlog.processors.ExceptionRenderer(told), structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            exception_formatter=structlog.dev.plain_traceback,  # with every local variable one fault takes a minute
        )
    ]
