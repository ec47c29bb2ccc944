"""`python -m dashboard users`: accounts from the command line."""

import argparse
import getpass
import secrets
import sys
from collections.abc import Sequence

from dashboard import accounts
from sql import database, embedded
from sql.settings import Settings

DEMO = (("lanhdao", "leader"), ("chutich", "chair"), ("thongke", "statistician"), ("vanhanh", "operator"))


def add(settings: Settings, given: argparse.Namespace) -> int:
    """Add an account; the password comes from standard input or from the terminal."""
    asked = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    units = [key for key in (given.units or "").split(",") if key]
    with embedded.prepare(settings) as servers, database.engine(servers.database_url, "users").begin() as db:
        accounts.add(db, given.name, given.role, units, asked)
    print(f"{given.name} is a {given.role}{' of ' + ', '.join(units) if units else ''}")
    return 0


def show(settings: Settings) -> int:
    """List the accounts."""
    with embedded.prepare(settings) as servers, database.engine(servers.database_url, "users").begin() as db:
        rows = accounts.run(db, "listed")
    for row in rows:
        state = (
            "disabled"
            if row.disabled_at
            else f"last signed in {row.signed_in_at:%Y-%m-%d %H:%M}Z"
            if row.signed_in_at
            else ""
        )
        print("\t".join([row.name, row.role, ",".join(row.units) or "the whole city", state]).rstrip())
    return 0


def disable(settings: Settings, name: str) -> int:
    """Disable an account and end its sessions."""
    with embedded.prepare(settings) as servers, database.engine(servers.database_url, "users").begin() as db:
        accounts.disable(db, name)
    print(f"{name} is disabled")
    return 0


def add_demo(database_url: str) -> Sequence[str]:
    """Add the accounts of a simulated city where there are none; return a line on each, with its new password."""
    lines = []
    with database.engine(database_url, "users").begin() as db:
        if accounts.one(db, "any")["found"]:
            return ()
        unit = accounts.one(db, "busiest_unit")
        for name, role in DEMO:
            units = [unit["key"]] if role == "chair" and unit else []
            if role == "chair" and not units:
                continue
            password = secrets.token_urlsafe(9)
            accounts.add(db, name, role, units, password)
            lines.append(f"  {name:<10} {password}   {role}{' of ' + unit['name_vi'] if units else ''}")
    return lines
