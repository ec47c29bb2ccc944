"""The command line: `python -m dashboard …`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg2

from dashboard import accounts, backup, places, release, run, users, web
from sql import dumping, embedded, settings
from sql.profile import ProfileError

EXPECTED = (
    accounts.AccountError,
    dumping.DumpError,
    settings.SettingsError,
    embedded.Unavailable,
    places.Taken,
    ProfileError,
    psycopg2.OperationalError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; what goes wrong in an expected way is told in one sentence."""
    given = parser().parse_args(arguments)
    try:
        return given.command(given)
    except EXPECTED as error:
        print(str(error).strip(), file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """Describe the commands."""
    top = argparse.ArgumentParser(prog="python -m dashboard", description="The leadership operations dashboard.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("run", help="run everything: servers, simulated city, ETL and web program")
    one.add_argument("--only", action="append", default=[], metavar="PROCESS", help="run this process alone")
    one.set_defaults(command=lambda given: run.run(settings.get_settings(), given.only))

    one = commands.add_parser("web", help="run the web program")
    one.set_defaults(command=lambda given: web.serve(settings.get_settings()))

    one = commands.add_parser("release", help="migrate the database and load PROFILE")
    one.set_defaults(command=lambda given: release.release(settings.get_settings()))

    one = commands.add_parser("backup", help="write everything the database holds into a new folder")
    one.add_argument("folder", type=Path, metavar="DIR")
    one.set_defaults(command=lambda given: backup.backup(settings.get_settings(), given.folder))

    one = commands.add_parser("restore", help="bring a backup back, into an empty database, and verify it")
    one.add_argument("folder", type=Path, metavar="DIR")
    one.add_argument("--force", action="store_true", help="put a database that is not empty aside")
    one.set_defaults(command=lambda given: backup.restore(settings.get_settings(), given.folder, given.force))

    registry = commands.add_parser("registry", help="the city's units, procedures, rules and feeds")
    actions = registry.add_subparsers(required=True, metavar="ACTION")
    one = actions.add_parser("load", help="check a profile folder and load it")
    one.add_argument("folder", type=Path, metavar="PROFILE_DIR")
    one.set_defaults(command=lambda given: release.load_profile(settings.get_settings(), given.folder))

    people = commands.add_parser("users", help="accounts: who may see case files and pin notes")
    actions = people.add_subparsers(required=True, metavar="ACTION")
    one = actions.add_parser(
        "add", help="add an account, or change the one of that name; the password is read from the terminal or stdin"
    )
    one.add_argument("name", metavar="NAME")
    one.add_argument("--role", choices=accounts.ROLES, required=True)
    one.add_argument("--units", metavar="KEY,KEY", help="the units of a chair")
    one.set_defaults(command=lambda given: users.add(settings.get_settings(), given))
    one = actions.add_parser("list", help="list the accounts")
    one.set_defaults(command=lambda given: users.show(settings.get_settings()))
    one = actions.add_parser("disable", help="disable an account and end its sessions")
    one.add_argument("name", metavar="NAME")
    one.set_defaults(command=lambda given: users.disable(settings.get_settings(), given.name))
    return top


if __name__ == "__main__":
    sys.exit(main())
