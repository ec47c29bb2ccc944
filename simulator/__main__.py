"""Command line: python -m simulator --port 8060."""

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import uvicorn

from simulator import instants, world
from simulator.app import create_app
from simulator.clock import Clock

FIRST_YEAR, LAST_YEAR = 2025, 2039  # the calendar knows 2024 to 2040


class Server(uvicorn.Server):
    """Say when it serves, stop on SIGINT and SIGTERM, and end well."""

    def __init__(self, config: uvicorn.Config, city: world.World, greeting: str):
        """Keep what to say and what to draw once it serves."""
        super().__init__(config)
        self.city = city
        self.greeting = greeting

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve first; draw the present, which every first question needs, while waiting for it."""
        await super().startup(sockets)
        print(self.greeting, flush=True)
        threading.Thread(target=self.city.archive.warm, args=(self.city.clock.second(),), daemon=True).start()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals without raising them again at the end."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.handle_exit)
        yield


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="python -m simulator", description="Play the systems of a city over HTTP.")
    made.add_argument("--port", type=int, required=True, help="TCP port to listen on")
    made.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    made.add_argument("--seed", type=int, default=766, help="the same seed plays the same city (default %(default)s)")
    made.add_argument("--scale", type=float, default=0.05, help="share of the city's volume (default %(default)s)")
    made.add_argument("--profile", type=Path, default=Path("profiles/hcmc"), help="profile folder with units.csv …")
    made.add_argument("--days", type=int, default=400, help="days of history before the start (default %(default)s)")
    made.add_argument("--now", type=_instant, help="instant to start at, ISO 8601 (default: the real time)")
    made.add_argument("--speed", type=float, default=1.0, help="city seconds a second; 0 stands still (default 1)")
    made.add_argument("--faults", type=float, default=1.0, help="misbehaviour, times; 0 = none (default 1)")
    made.add_argument(
        "--round-the-clock", action=argparse.BooleanOptionalAction, default=True,
        help="go on at a lower rate outside office hours, so that the board lives at night too (default on)",
    )  # fmt: skip
    return made


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO 8601 time") from error
    return at if at.tzinfo else at.replace(tzinfo=instants.ZONE)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until told to stop; return 1 with one sentence when that is not possible."""
    told = parser().parse_args(argv)
    clock = Clock.start(told.now, told.speed)
    options = world.Options(told.profile, told.seed, told.scale, told.days, told.round_the_clock, told.faults)
    if problem := _problem(told, clock):
        print(f"simulator: {problem}", file=sys.stderr)
        return 1
    try:
        city = world.build(options, clock)
        listener = _listen(told.host, told.port)
    except (OSError, ValueError, KeyError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 1
    host, port = listener.getsockname()[:2]
    config = uvicorn.Config(
        create_app(city), log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=2
    )
    greeting = f"simulated city on http://{host}:{port} (seed {told.seed}, scale {told.scale})"
    asyncio.run(Server(config, city, greeting).serve(sockets=[listener]))
    return 0


def _problem(told: argparse.Namespace, clock: Clock) -> str:
    """Return what is wrong with the options, in one sentence, or nothing."""
    if not 0 < told.scale <= 2:
        return f"--scale {told.scale} is not between 0 and 2"
    if told.days < 1 or told.speed < 0 or told.faults < 0:
        return "--days is at least 1; --speed and --faults are not negative"
    year = clock.started_at.year
    if year - told.days // 365 < FIRST_YEAR or year > LAST_YEAR:
        return f"the history would begin before {FIRST_YEAR} or the city live after {LAST_YEAR}"
    return ""


def _listen(host: str, port: int) -> socket.socket:
    """Open the port; OSError names it when it is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OSError(f"port {port} on {host} cannot be used: {error.strerror}") from error
    listener.set_inheritable(True)
    return listener


if __name__ == "__main__":
    sys.exit(main())
