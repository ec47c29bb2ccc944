"""Keep a set of commands running, and the embedded servers below them, until told to stop."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from dashboard.children import Child, Command
from dashboard.mending import Mending
from dashboard.signals import Stop

TICK_S = 0.5
GRACE_S = 10.0
MEND_EVERY_S = 1.0
TRIM_EVERY_S = 60.0


class Supervisor:
    """Start commands, start again what dies, stop them all."""

    def __init__(
        self,
        commands: Sequence[Command],
        log_folder: Path,
        say: Callable[[str], None],
        mend: Callable[[], list[str]],
        grace_s: float = GRACE_S,
    ) -> None:
        """Take the commands, where their logs go, how to tell the operator, and how to mend the servers."""
        self.children = [Child(command, log_folder / f"{command.name}.log") for command in commands]
        self.say = say
        self.mending = Mending(mend, say)
        self.grace_s = grace_s
        self.mend_at = self.trim_at = 0.0

    def run(self, stop: Stop, watch: Callable[[], None]) -> None:
        """Keep everything running until `stop`; `watch` is called at each turn."""
        try:
            while not stop.is_set():
                self.turn(time.monotonic())
                watch()
                stop.wait(TICK_S)
        finally:
            self.stop(stop)

    def turn(self, now: float) -> None:
        """Look after the servers and each child once."""
        if now >= self.mend_at:
            self.mend_at = now + MEND_EVERY_S
            self.mending.begin()
        for child in self.children:
            news = child.check(now)
            if news:
                self.say(news)
        if now >= self.trim_at:
            self.trim_at = now + TRIM_EVERY_S
            for child in self.children:
                child.trim_log()

    def stop(self, stop: Stop) -> None:
        """Ask every child to end, wait a while (until a second signal at most), then end the rest by force."""
        for outlasts in (False, True):
            children = [child for child in self.children if child.command.outlasts is outlasts]
            for child in children:
                child.terminate()
            end, asked = time.monotonic() + self.grace_s, stop.count
            while time.monotonic() < end and stop.count == asked and not all(child.ended() for child in children):
                time.sleep(0.05)
            for child in children:
                child.kill()
