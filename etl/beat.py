"""Beat: sends every job when it is due. One in all; python -m etl.beat is light, python -m etl beat the same."""

from __future__ import annotations

import signal
import sys

from etl import logs
from etl.schedule import configure, pulled_feeds
from sql import embedded
from sql.settings import Settings, get_settings


def run(settings: Settings) -> int:
    """Beat until stopped."""
    logs.begin(settings)
    with embedded.prepare(settings):
        app = configure(settings, embedded.valkey_url(settings), pulled_feeds(settings.profile))
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        app.Beat(loglevel="warning").run()
    return 0


if __name__ == "__main__":
    sys.exit(run(get_settings()))
