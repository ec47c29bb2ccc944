"""Three workers and two beats on one Postgres and one Valkey, killed at random instants while they load a history.

Usage: python -m tests.faults.workers [--days 30] [--scale 0.05] [--kills 40] [--seed 1]
prints what was killed, what came of it, and ends with 1 where it is not what one worker alone ends with.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import redis

from etl import backfill, ledger, runs
from etl.schedule import pulled_feeds
from sql import database, embedded, embedded_postgres, embedded_valkey, migrate
from tests.conftest import ROOT, create_database, named, short_folder
from tests.db.deliveries import differences, framer_of, one, rows, state

PROFILE = ROOT / "profiles" / "hcmc"
AT = datetime(2026, 11, 20, 3, 30, tzinfo=UTC)  # where the simulated city stands still: a Friday, 10:30
LOGIN = {"PORTAL_USERNAME": "simulated", "PORTAL_PASSWORD": "simulated"}
PATIENCE_S = 900.0


@contextmanager
def simulated_city(scale: float, days: int) -> Iterator[str]:
    """Play a city that stands still; yield its address."""
    command = [sys.executable, "-m", "simulator", "--port", "0", "--seed", "7", "--scale", str(scale), "--days",
               str(days), "--now", AT.isoformat(), "--speed", "0", "--profile", str(PROFILE)]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield re.search(r"http://\S+", process.stdout.readline())[0]
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


@dataclass
class Company:
    """Run workers and beats of several hosts: each a process of its own, with a DATA_DIR of its own."""

    database_url: str
    redis_url: str
    city: str
    folder: Path
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start worker-N or beat-N, again if it was killed."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        given = {
            "DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url, "SIMULATOR_URL": self.city,
            "PROFILE": str(PROFILE), "DATA_DIR": str(folder), "HISTORY_DAYS": "0", "LOG_LEVEL": "info",
        }  # fmt: skip
        module = ["etl.beat"] if name.startswith("beat") else ["etl", "worker"]
        with (folder / "log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *module],
                cwd=ROOT,
                env=dict(os.environ) | LOGIN | given,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """Kill a process and all that it started, and start it again."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes[name].wait()
        self.start(name)

    def stop(self) -> None:
        """End every process."""
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def said(self, words: str) -> int:
        """Count the lines of all logs that hold the words."""
        return sum((self.folder / name / "log").read_text("utf-8").count(words) for name in self.processes)


def planned(url: str, days: int) -> int:
    """Plan the history of every pulled feed, and let live pulls begin an hour before the city's present."""
    count = 0
    for feed in pulled_feeds(PROFILE).values():
        with closing(database.connect(url)) as conn, conn, conn.cursor() as cursor:
            ledger.keep_feed(cursor, feed)
            since = '{"since": "' + (AT - timedelta(hours=1)).isoformat() + '"}'
            cursor.execute("update feed set cursor = %s where id = %s", (since, feed.id))
        count += backfill.plan(url, feed, AT - timedelta(days=days), AT)
    return count


def alone(url: str, city: str) -> None:
    """Do in this process, one thing after the other, what the workers do together."""
    found = pulled_feeds(PROFILE)
    secret = (LOGIN | {"SIMULATOR_URL": city}).get
    while True:
        now = datetime.now(UTC)
        outcome = backfill.work_once(url, found, secret, now + backfill.LONGEST_REST)
        if outcome is None:
            break
    for feed in found.values():
        while runs.pull(url, feed, datetime.now(UTC), secret).error:
            pass


def together(company: Company, kills: int, seed: int, pulled: int) -> dict[str, int]:
    """Let three workers and two beats do it, killing one of them now and then; return what was killed."""
    chance = random.Random(seed)
    killed: dict[str, int] = {}
    names = ["worker-1", "worker-2", "worker-3", "beat-1", "beat-2"]
    for name in names:
        company.start(name)
    until = time.monotonic() + PATIENCE_S
    with closing(database.connect(company.database_url)) as conn:
        while sum(killed.values()) < kills or not _is_done(conn, pulled):
            assert time.monotonic() < until, rows(conn, "select state, count(*) from backfill_window group by 1")
            time.sleep(chance.uniform(0.5, 3.0))
            if sum(killed.values()) < kills:
                name = chance.choice(names if killed else names[:3])
                company.kill(name)
                killed[name] = killed.get(name, 0) + 1
    company.stop()
    return killed


def _is_done(conn, pulled: int) -> bool:
    left = one(conn, "select count(*) from backfill_window where state <> 'done'")
    live = one(conn, "select count(distinct feed_id) from load where kind = 'pull' and state = 'done'")
    return not left and live == pulled


@dataclass(frozen=True)
class Ended:
    """Hold what stands in a database in the end."""

    facts: dict
    rollups: dict
    recount: dict
    quarantine: list[tuple]
    differences: list
    windows: list[tuple]
    running: int


def ended(url: str) -> Ended:
    """Return what stands in a database."""
    framer = framer_of(url, AT)
    with closing(database.connect(url)) as conn:
        ledger.mark_interrupted(conn)
        found = state(conn)
        return Ended(
            found.facts, found.rollups, framer.recount(conn, AT),
            rows(conn, "select feed_id, encode(row_hash, 'hex'), reason, state from quarantine order by 1, 2"),
            differences(conn, framer, AT), rows(conn, "select feed_id, from_at, to_at, state from backfill_window "
                                                      "order by 1, 2"),
            one(conn, "select count(*) from load where state = 'running'"),
        )  # fmt: skip


def pace(url: str) -> dict[str, float]:
    """Return the shortest time between two live pulls of a feed that one lead of the beats has sent, by feed."""
    asked = (
        "select feed_id, min(gap) from (select feed_id, extract(epoch from started_at - lag(started_at) over "
        "(partition by feed_id order by started_at))::float as gap from load where kind = 'pull') as gaps "
        "where gap is not null group by 1 order by 1"
    )
    with closing(database.connect(url)) as conn:
        return dict(rows(conn, asked))


def run(server: str, valkey: str, folder: Path, days: int, scale: float, kills: int, seed: int) -> tuple:
    """Return what was killed, what one worker and three end with, and how many windows there were."""
    urls = {}
    create_database(server, "template_city", "empty_city")
    embedded.load_profile(named(server, "template_city"), PROFILE)
    for name in ("alone", "together"):
        create_database(server, name, "template_city")
        urls[name] = named(server, name)
    pulled = len(pulled_feeds(PROFILE))
    with simulated_city(scale, days + 2) as city:
        windows = {planned(url, days) for url in urls.values()}
        alone(urls["alone"], city)
        redis.Redis.from_url(valkey).flushall()
        company = Company(urls["together"], valkey, city, folder)
        try:
            killed = together(company, kills, seed, pulled)
        finally:
            company.stop()
    return killed, ended(urls["alone"]), ended(urls["together"]), windows.pop(), company


def main() -> int:
    """Run a bigger one than the tests do."""
    given = argparse.ArgumentParser()
    given.add_argument("--days", type=int, default=30)
    given.add_argument("--scale", type=float, default=0.05)
    given.add_argument("--kills", type=int, default=40)
    given.add_argument("--seed", type=int, default=1)
    told = given.parse_args()
    began = time.monotonic()
    with short_folder() as folder:
        server = embedded_postgres.start(folder / "postgres", durable=False)
        valkey = embedded_valkey.start(folder / "valkey")
        try:
            create_database(server, "empty_city", "template0")
            migrate.upgrade(named(server, "empty_city"))
            killed, one_worker, three, windows, _ = run(
                server, valkey, folder, told.days, told.scale, told.kills, told.seed
            )
        finally:
            embedded_valkey.stop(folder / "valkey")
            embedded_postgres.stop(folder / "postgres")
    same = {name: getattr(one_worker, name) == getattr(three, name) for name in ("facts", "rollups", "recount",
            "quarantine", "windows")}  # fmt: skip
    count = {name: len(found) for name, found in three.facts.items()}
    print(f"{windows} windows, killed {killed}, {time.monotonic() - began:.0f} s")
    print(f"facts {count}, {len(three.quarantine)} held, {len(three.differences)} differences of verify")
    print(f"the same as one worker: {same}")
    return 0 if all(same.values()) and not three.differences and not three.running else 1


if __name__ == "__main__":
    sys.exit(main())
