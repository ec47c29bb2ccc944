"""A program for the tests: the real supervisor over two small commands, one of which has a child of its own.

Usage: python -m tests.faults.watched FOLDER
"""

import os
import sys
from pathlib import Path

from dashboard import children, places
from dashboard.children import MARK, Command
from dashboard.run import say
from dashboard.signals import Stop
from dashboard.supervisor import Supervisor

STEADY = "import time; time.sleep(600)"
STUBBORN = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).touch()
time.sleep(600)
"""


def main(folder: Path) -> int:
    """Run until told to stop."""
    stop = Stop()
    stop.listen()
    (folder / "ready").unlink(missing_ok=True)
    with places.only_one(folder, "http://127.0.0.1:1"):
        say(f"orphans {children.end_orphans(folder)}")
        surroundings = dict(os.environ) | {MARK: str(folder)}
        commands = [
            Command("steady", (sys.executable, "-c", STEADY), surroundings, outlasts=True),
            Command("stubborn", (sys.executable, "-c", STUBBORN, str(folder / "ready")), surroundings),
        ]
        supervisor = Supervisor(commands, folder, say, mend=list, grace_s=1.0)
        told = []

        def watch() -> None:
            pids = [child.process.pid for child in supervisor.children if child.process]
            if pids != told and (folder / "ready").exists():
                told[:] = pids
                say(f"pids {pids}")

        supervisor.run(stop, watch)
    say("Stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
