"""The turn and the command that explain what ended late: `python -m etl attribute`."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import closing

from etl import attribution, letters
from sql import database, embedded
from sql.settings import Settings


def turn(database_url: str, is_over: Callable[[], bool] = lambda: False, every: bool = False) -> int:
    """Explain what ended late and judge the letters sent (with `every`, all of them anew); return how many dossiers."""
    with closing(database.connect(database_url, "attribute")) as conn:
        if every:
            attribution.owe_all(conn)
            letters.owe_all(conn)
        judged = letters.work(conn)
        return judged + attribution.work(conn, is_over)


def attribute(settings: Settings, given: Namespace) -> int:
    """Explain what is owed and say how many dossiers that were."""
    with embedded.prepare(settings, valkey=False) as servers:
        done = turn(servers.database_url, every=given.all)
    if given.json:
        print(json.dumps({"dossiers": done}))
    print(f"{done:,} dossiers explained", file=sys.stderr if given.json else sys.stdout)
    return 0
