"""The publisher as a program; python -m etl.publisher is light, python -m etl publish the same."""

from __future__ import annotations

import sys

from etl import logs, publish
from sql import embedded
from sql.settings import Settings, get_settings


def run(settings: Settings) -> int:
    """Publish until stopped."""
    logs.begin(settings)
    with embedded.prepare(settings) as servers:
        publish.run(servers.database_url, embedded.valkey_url(settings), logs.until_stopped())
    return 0


if __name__ == "__main__":
    sys.exit(run(get_settings()))
