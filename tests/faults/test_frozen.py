"""Servers that are frozen (SIGSTOP), not dead: screens say so within 15 s, and all is well when they go on."""

from __future__ import annotations

import http.client
import signal
import time

import psutil
import pytest

from bench.chaos import run
from bench.chaos.killing import TELL_S, Killer
from bench.chaos.program import wait_until

PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def killer():
    with run.stage(766) as opened:
        yield opened


def freeze(killer: Killer, kind: str) -> list[psutil.Process]:
    """Stop the processes of a kind where they stand."""
    killer.source.flows.set()
    assert wait_until(lambda: killer.viewer.is_well, PATIENCE_S)
    killer.viewer.forget()
    frozen = killer.program.victims(kind, killer.rng)
    assert frozen
    for process in frozen:
        process.send_signal(signal.SIGSTOP)
    return frozen


def thaw(frozen: list[psutil.Process]) -> None:
    for process in frozen:
        if process.is_running():
            process.send_signal(signal.SIGCONT)


def told_within(killer: Killer) -> float:
    """Return after how many seconds the screen said that something is wrong."""
    began = time.monotonic()
    assert wait_until(lambda: killer.viewer.state_told_at is not None, TELL_S + 5)
    return killer.viewer.state_told_at - began


def is_whole_again(killer: Killer) -> bool:
    done = killer.settle(PATIENCE_S)
    return done is not None


def answer_of(killer: Killer, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", killer.program.port, timeout=TELL_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.full
@pytest.mark.timeout(900)
def test_a_frozen_postgres_is_told_pages_answer_and_all_goes_on(killer):
    frozen = freeze(killer, "postgres")
    try:
        assert told_within(killer) <= TELL_S
        assert killer.viewer.state == "stale"
        for path in ("/healthz", "/api/v1/indicators", "/api/v1/units", "/"):
            assert answer_of(killer, path) in (200, 503)
        assert answer_of(killer, "/readyz") == 503
    finally:
        thaw(frozen)
    assert is_whole_again(killer)


@pytest.mark.full
@pytest.mark.timeout(900)
def test_a_frozen_valkey_is_told_and_replaced(killer):
    frozen = freeze(killer, "valkey")
    try:
        assert told_within(killer) <= TELL_S
        assert is_whole_again(killer)  # the supervisor has put another one in its place
        assert not frozen[0].is_running() or frozen[0].status() == psutil.STATUS_ZOMBIE
    finally:
        thaw(frozen)


@pytest.mark.full
@pytest.mark.timeout(900)
def test_a_frozen_publisher_is_told_and_goes_on_when_it_may(killer):
    frozen = freeze(killer, "publisher")
    try:
        assert told_within(killer) <= TELL_S
        assert killer.viewer.state == "stale"
    finally:
        thaw(frozen)
    assert is_whole_again(killer)


@pytest.mark.full
@pytest.mark.timeout(900)
def test_a_frozen_worker_shows_in_its_feeds_and_loses_nothing(killer):
    frozen = freeze(killer, "worker")
    try:
        assert wait_until(lambda: killer.viewer.feed_told_at is not None, TELL_S + 8)
    finally:
        thaw(frozen)
    assert is_whole_again(killer)
