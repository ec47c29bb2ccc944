"""Twenty-five kills at random instants of live traffic; `make chaos N=1000` makes more of the same."""

from __future__ import annotations

import pytest

from bench.chaos import run
from bench.chaos.comparing import Found
from bench.chaos.killing import KINDS, Kill

KILLS, SEED = 25, 766


@pytest.mark.full
@pytest.mark.timeout(900)
def test_whatever_is_killed_nothing_is_lost_or_doubled_and_screens_say_so():
    done = run.run(KILLS, seconds=800, seed=SEED)
    assert [run.verdict(one) for one in done if not one.is_well] == []
    assert len(done) == KILLS
    assert {one.kind for one in done} == set(KINDS)
    told = [one.tell_s for one in done if one.held]
    assert len(told) == 3
    assert max(told) <= 15


@pytest.mark.parametrize(
    "bad",
    [
        Kill("postgres", False, heal_s=3.0, found=Found(lost=1)),
        Kill("postgres", False, heal_s=3.0, found=Found(doubled=1)),
        Kill("postgres", False, heal_s=3.0, differences=1),
        Kill("postgres", False, heal_s=None),
        Kill("publisher", True, heal_s=16.0, tell_s=15.5),
        Kill("publisher", False, heal_s=16.0),
    ],
)
def test_a_kill_that_does_harm_ends_in_exit_code_1(monkeypatch, capsys, bad):
    monkeypatch.setattr(run, "run", lambda *given: [bad])
    assert run.chaos(1, 1.0, SEED) == 1
    assert "0 well, 1 not" in capsys.readouterr().out


def test_kills_that_do_no_harm_end_in_exit_code_0(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(run, "run", lambda *given: [Kill("valkey", False, heal_s=3.0, tell_s=0.1)])
    assert run.chaos(1, 1.0, SEED, tmp_path / "kills.json") == 0
    assert "| valkey     | 1     | 0    | 0       | 1 of 1" in capsys.readouterr().out
    assert '"is_well": true' in (tmp_path / "kills.json").read_text()
