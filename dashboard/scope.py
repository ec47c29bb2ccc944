"""Whose case files a viewer may see: aggregates are for everybody, case files are not."""

import ipaddress
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request

from dashboard.accounts import Account
from dashboard.problems import Problem

Units = frozenset[str]


class Scope:
    """Decides by the account, the city and the address that the program listens on.

    `who` tells the account that sends a request, `has_accounts` whether there is any, `profile` the city's head,
    `host` the address that the program listens on.
    """

    def __init__(
        self,
        who: Callable[[Request], Account | None],
        has_accounts: Callable[[], bool],
        profile: Callable[[], Mapping[str, Any]],
        host: str,
    ) -> None:
        self._who = who
        self._has_accounts = has_accounts
        self._profile = profile
        self._is_local = is_loopback(host)

    def __call__(self, request: Request) -> Units | None:
        """Return the keys of the units whose case files a request may see, None for all; raise Problem 401."""
        return self.of(self._who(request))

    def of(self, account: Account | None) -> Units | None:
        """Return the keys of the units of an account, None for all; raise Problem 401 for who must sign in first."""
        if account is not None:
            return frozenset(account.units) or None
        if self._profile().get("simulated") or (self._is_local and not self._has_accounts()):
            return None
        raise Problem(401, "case files need an account", "Sign in to see case files; the counts are for everybody.")


def is_loopback(host: str) -> bool:
    """Tell whether an address can be reached from this machine alone.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
