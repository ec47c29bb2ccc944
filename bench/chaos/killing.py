"""One kill after the other: when, what, how long until everything is as it was, and whether nothing is lost."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from bench.chaos import comparing, loader
from bench.chaos.comparing import Found
from bench.chaos.program import Program, kill, wait_until
from bench.chaos.source import Source
from bench.chaos.truth import Truth
from bench.chaos.viewer import Viewer
from etl import verify
from etl.framing import Framer
from etl.publish import to_the_millisecond
from sql import database, registry

KINDS = {"postgres": 4, "valkey": 5, "publisher": 4, "worker": 3, "web": 5, "backend": 3, "loader": 4, "beat": 1}
HELD = ("publisher", "postgres", "worker", "valkey")  # kinds kept dead until a screen says so
TELL_S = 15.0
HEAL_S = 90.0
AFTER_S = 0.3  # traffic goes on for so long after a kill, then stands still for the comparison
AIMED = 0.5  # share of kills that wait for a pull to be at its merge
WHOLE_EVERY = 25


@dataclass
class Kill:
    """Say what became of one kill."""

    kind: str
    held: bool
    heal_s: float | None = None
    tell_s: float | None = None
    found: Found = field(default_factory=Found)
    differences: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def told_in_time(self) -> bool:
        """Tell whether a screen said it within 15 s, or all was well again by then.

        A load that an operator begins again shows on no screen.
        """
        if self.kind == "loader":
            return True
        if self.heal_s is not None and self.heal_s <= TELL_S and not self.held:
            return True
        return self.tell_s is not None and self.tell_s <= TELL_S

    @property
    def is_well(self) -> bool:
        """Tell whether it healed, told, lost nothing and doubled nothing."""
        return self.heal_s is not None and self.told_in_time and self.found.is_well and not self.differences


class Killer:
    """Kills what a seed chooses, and looks after each kill."""

    def __init__(self, program: Program, source: Source, truth: Truth, viewer: Viewer, seed: int) -> None:
        self.program, self.source, self.truth, self.viewer = program, source, truth, viewer
        self.rng = random.Random(seed)
        self.framer: Framer | None = None
        self.pending: dict[str, set[str]] = {}
        self.kills = 0

    def settle(self, limit_s: float = HEAL_S) -> float | None:
        """Let the traffic stand still until all that happened is on screen; return the seconds, None if it is not."""
        started = time.monotonic()
        self.source.flows.clear()
        is_settled = wait_until(self._is_settled, limit_s)
        return time.monotonic() - started if is_settled else None

    def one(self, kind: str, is_held: bool) -> Kill:
        """Kill once, wait until everything is as it should be, and compare."""
        self.kills += 1
        self.source.flows.set()
        self._wait_for_the_instant(kind)
        if is_held:
            wait_until(lambda: self.viewer.is_well, TELL_S)
        self.viewer.forget()
        done = Kill(kind, is_held)
        began = time.monotonic()
        files = self._strike(kind)
        if is_held:
            self._keep_dead(kind)
        time.sleep(AFTER_S)
        if files:
            loader.complete(self.program.database_url, files)
        done.heal_s = None if self.settle() is None else time.monotonic() - began
        told_at = self._told_at(kind)
        done.tell_s = None if told_at is None else told_at - began
        self._compare(done)
        return done

    def _wait_for_the_instant(self, kind: str) -> None:
        if kind in ("loader", "web", "publisher") or self.rng.random() > AIMED:
            time.sleep(self.rng.uniform(0.05, 1.0))
        else:
            time.sleep(self.rng.uniform(0.0, 0.3))
            self.source.await_last_page(2.0)
            time.sleep(self.rng.uniform(0.0, 0.05))

    def _strike(self, kind: str) -> list[Path]:
        """Kill; return the files whose load was cut short."""
        if kind == "loader":
            files = loader.write(self.program.folder, self.truth)
            loader.cut_short(self.program.database_url, files, self.rng)
            return files
        wait_until(lambda: kill(self.program.victims(kind, self.rng)) > 0, HEAL_S, 0.05)
        return []

    def _keep_dead(self, kind: str) -> None:
        """Kill it again whenever it comes back, until a screen says so or it is too late for that."""
        end = time.monotonic() + TELL_S + 1
        while self._told_at(kind) is None and time.monotonic() < end:
            kill(self.program.victims(kind, self.rng))
            time.sleep(0.1)

    def _told_at(self, kind: str) -> float | None:
        """Return when the screen said what a kill of a kind means: a dead worker shows in its feeds."""
        return self.viewer.feed_told_at if kind in ("worker", "beat") else self.viewer.state_told_at

    def _is_settled(self) -> bool:
        """Tell whether every change is in the facts and on screen, and every process there."""
        for feed, keys in self.truth.take_fresh().items():
            self.pending.setdefault(feed, set()).update(keys)
        if self.viewer.state != "live" or not self.program.is_whole():
            return False
        try:
            with closing(database.connect(self.program.database_url, "chaos")) as conn, conn:
                self.pending = comparing.stale(conn, self.truth, self.pending)
                if any(self.pending.values()) or not comparing.totals(conn, self.truth).is_well:
                    return False
                return self.viewer.data_version == _data_version(conn)
        except psycopg2.Error:
            return False

    def _compare(self, done: Kill) -> None:
        """Compare facts with the truth, rollups and the stored frame with the facts."""
        compare: Callable[..., Found] = comparing.totals
        if self.kills % WHOLE_EVERY == 0 or done.heal_s is None:
            compare = comparing.everything
        try:
            with closing(database.connect(self.program.database_url, "chaos")) as conn:
                with conn:
                    done.found = compare(conn, self.truth)
                    self.framer = self.framer or Framer(registry.read(conn), to_the_millisecond())
                differences = verify.verify(conn, self.framer, to_the_millisecond())
        except psycopg2.Error as error:
            done.heal_s = None
            done.examples.append(str(error).strip())
            return
        done.differences = len(differences)
        done.examples += done.found.examples + [str(one) for one in differences[:3]]
        if done.heal_s is None:
            done.examples.append(f"not healed: {self._state()}")

    def _state(self) -> str:
        pending = {feed: len(keys) for feed, keys in self.pending.items() if keys}
        return f"screen {self.viewer.state}, records missing {pending}, whole {self.program.is_whole()}"


def _data_version(conn: psycopg2.extensions.connection) -> int:
    with conn.cursor() as cursor:
        cursor.execute("select version from data_version")
        return cursor.fetchone()[0]


def order(kills: int, holds: int, rng: random.Random) -> list[tuple[str, bool]]:
    """Return the kinds of all kills in random order, each with its share, and which are kept dead for a while.

    >>> made = order(25, 3, random.Random(1))
    >>> len(made), sum(held for _, held in made), {kind for kind, _ in made} == set(KINDS)
    (25, 3, True)
    """
    shares = sorted(((nth + 0.5) / weight, kind) for kind, weight in KINDS.items() for nth in range(weight))
    weights = [kind for _, kind in shares]
    held = [(HELD[nth % len(HELD)], True) for nth in range(min(holds, kills))]
    kinds = [(weights[nth % len(weights)], False) for nth in range(kills - len(held))]
    rng.shuffle(made := held + kinds)
    return made
