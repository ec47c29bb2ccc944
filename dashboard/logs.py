"""Logs of the web program: gunicorn's, uvicorn's and our own, in one form."""

import logging
from typing import Any

from gunicorn import glogging

from sql import logs
from sql.settings import get_settings


class Logger(glogging.Logger):
    """gunicorn's logger, which hands on what it is told instead of writing it itself."""

    def setup(self, cfg: Any) -> None:
        """Set up the logs of this process as the settings say."""
        super().setup(cfg)
        settings = get_settings()
        logs.begin(settings.log_level, settings.log_format)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        logging.getLogger("uvicorn.error").handlers.clear()
