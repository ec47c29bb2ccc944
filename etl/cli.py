"""Commands of the ETL: what they are called, what they take, and how their outcome is told."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg2

from etl import commands, explain, quarantine
from etl.connectors.errors import FeedError
from etl.door import commands as door
from etl.door.senders import DATASETS, SenderError
from sql.embedded import Unavailable
from sql.profile import ProfileError
from sql.settings import SettingsError, get_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    given = parser().parse_args(arguments)
    try:
        return given.run(get_settings(), given)
    except (FeedError, Unavailable, ProfileError, SettingsError, commands.CommandError, SenderError) as error:
        print(error, file=sys.stderr)
        return 1
    except psycopg2.OperationalError as error:
        print(f"Postgres does not answer: {str(error).strip()}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    top = argparse.ArgumentParser(
        prog="python -m etl", description="Bring dossiers, tickets and KPI data into Postgres."
    )
    sub = top.add_subparsers(required=True, metavar="COMMAND")

    check = _command(
        sub, "check", commands.check, "Dry run of a file: what would be merged, refused and why; writes nothing."
    )
    check.add_argument("feed", type=Path, help="feed file (TOML)")
    check.add_argument("file", type=Path, help="file of the feed's kind")
    load = _command(sub, "load", commands.load, "Load files; a refused row is told and kept in quarantine.")
    load.add_argument("feed", type=Path, help="feed file (TOML)")
    load.add_argument("files", type=Path, nargs="+", metavar="file", help="files of the feed's kind")
    pull = _command(sub, "pull", commands.pull, "Pull a feed of the profile once, from where it stands.")
    pull.add_argument("feed", help="id of a feed of the profile, or a feed file")
    back = _command(sub, "backfill", commands.backfill, "Pull a feed's history, window by window, newest first.")
    back.add_argument("feed", help="id of a feed of the profile, or a feed file")
    back.add_argument("--from", dest="since", required=True, help="first day or instant (ISO 8601, the city's zone)")
    back.add_argument("--to", dest="until", help="day or instant to stop before (default: now)")
    recount = _command(sub, "recount", commands.recount, "Compute the indicators straight from the facts.")
    recount.add_argument("--at", help="instant (ISO 8601; default: now)")
    _command(sub, "verify", commands.verify, "Compare rollups and frame with the facts; exit 1 on any difference.")
    _command(sub, "rebuild", commands.rebuild, "Make the rollups anew from the facts and recompute due times owed.")
    attribute = _command(sub, "attribute", explain.attribute, "Tell who made dossiers late: steps and handovers.")
    attribute.add_argument("--all", action="store_true", help="anew for every dossier, after rules or calendar changed")
    _command(sub, "compact", commands.compact, "Fold the rollup rows that speak of one cell into one.", is_json=False)
    kept = _command(
        sub, "retention", commands.retention, "Take the dossiers of old months out; what they counted stays."
    )
    kept.add_argument(
        "--keep-months", type=int, required=True, metavar="N", help="whole months that stay, and this one"
    )
    kept.add_argument("--dry-run", action="store_true", help="only tell what would go, and what holds the rest")
    _quarantine(sub)
    _senders(sub)
    for name, run, said in (
        ("worker", commands.worker, "Run the Celery worker: pulls, backfills, housekeeping."),
        ("beat", commands.beat_on, "Run Celery beat: when each feed is pulled (one in all)."),
        ("publish", commands.publish, "Run the publisher: frames to Postgres and the stream (one leads, others wait)."),
        ("door", door.door, "Run the push door: what other software sends (any number)."),
        ("run", commands.run, "Run worker, beat and publisher in one process."),
    ):
        _command(sub, name, run, said, is_json=False)
    return top


def _quarantine(sub) -> None:
    top = sub.add_parser("quarantine", help="Refused rows: list, show, replay.")
    inner = top.add_subparsers(required=True, metavar="COMMAND")
    listed = _command(inner, "list", quarantine.listed, "Count and list the held rows.")
    listed.add_argument("--feed", help="only this feed")
    listed.add_argument("--limit", type=int, default=20, help="how many rows to list (default 20)")
    shown = _command(inner, "show", quarantine.show, "Show one row as it was received, and why it was refused.")
    shown.add_argument("id", type=int)
    replayed = _command(
        inner, "replay", quarantine.replay, "Load the held rows again, by today's feed file and profile."
    )
    replayed.add_argument("--feed", help="only this feed (id of the profile, or a feed file)")


def _senders(sub) -> None:
    top = sub.add_parser("senders", help="Whose software may push: add, list, disable, replay.")
    inner = top.add_subparsers(required=True, metavar="COMMAND")
    added = _command(inner, "add", door.add, "Let a sender in, and print its password and api_key once.")
    added.add_argument("name", help="a-z, 0-9 and -")
    added.add_argument("--units", nargs="+", required=True, metavar="CODE",
                       help="units that it may write, with all below them; MADONVI=CODE names it")  # fmt: skip
    added.add_argument("--title", help="name on the screens (default: NAME)")
    added.add_argument("--datasets", nargs="+", choices=DATASETS, default=["dossiers", "steps"],
                       help="what it sends (default: dossiers steps)")  # fmt: skip
    added.add_argument("--late-after", default="1h", help="silent for longer = told on the screens (default 1h)")
    added.add_argument("--ok", choices=("0", "00"), default="0", help="error_code that its software takes for success")
    added.add_argument("--password", help="default: a random one")
    _command(inner, "list", door.listed, "List the senders and when each called last.")
    disabled = _command(inner, "disable", door.disable, "Shut a sender out at once; what it sent stays.", is_json=False)
    disabled.add_argument("name")
    replayed = _command(inner, "replay", door.replay, "Store what is held of a sender again, by today's profile.")
    replayed.add_argument("name")


def _command(sub, name: str, run: Callable, said: str, is_json: bool = True) -> argparse.ArgumentParser:
    command = sub.add_parser(name, help=said, description=said)
    command.set_defaults(run=run)
    if is_json:
        command.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    return command
