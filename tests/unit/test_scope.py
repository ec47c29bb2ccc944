from typing import Any

import pytest

from dashboard.accounts import Account
from dashboard.problems import Problem
from dashboard.scope import Scope

CHAIR = Account(1, "chair", "chair", ("760",))
LEADER = Account(2, "leader", "leader", ())
NOBODY: Any = None


def scope(host: str = "127.0.0.1", accounts: bool = False, simulated: bool = False) -> Scope:
    return Scope(lambda _request: None, lambda: accounts, lambda: {"simulated": simulated}, host)


def test_a_chair_sees_the_own_units_and_a_leader_all() -> None:
    for city in (scope(), scope(accounts=True), scope(simulated=True)):
        assert city.of(CHAIR) == {"760"}
        assert city.of(LEADER) is None


def test_a_simulated_city_is_open() -> None:
    assert scope("0.0.0.0", accounts=True, simulated=True)(NOBODY) is None


def test_alone_on_this_machine_before_any_account_all_is_open() -> None:
    assert scope()(NOBODY) is None
    assert scope("::1")(NOBODY) is None


@pytest.mark.parametrize("city", [scope(accounts=True), scope("0.0.0.0"), scope("10.0.0.7"), scope("board.example")])
def test_anybody_else_has_to_sign_in(city: Scope) -> None:
    with pytest.raises(Problem) as refused:
        city(NOBODY)
    assert refused.value.status == 401
