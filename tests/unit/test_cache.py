import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dashboard.cache import KEPT, PAUSE_S, Answer, Cache, Unavailable


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Source:
    """Answers with the number of times it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_down = False

    def __call__(self) -> int:
        self.asked += 1
        if self.is_down:
            raise Unavailable("connection refused")
        return self.asked


def test_an_answer_is_good_as_long_as_its_stamp() -> None:
    cache, source = Cache(Clock()), Source()
    assert [cache.get("q", 1, source), cache.get("q", 1, source), cache.get("q", 2, source)] == [1, 1, 2]
    assert cache.get("other", 2, source) == 3


def test_an_answer_with_another_stamp_may_be_let_stand_by_what_it_cost() -> None:
    clock = Clock()
    cache, source = Cache(clock), Source()
    costs: list[float] = []

    def is_good(kept: Answer) -> bool:
        costs.append(kept.cost_s)
        return clock() - kept.read_at < 60

    assert cache.get("q", 1, source, is_good) == 1
    clock.now += 59
    assert cache.get("q", 2, source, is_good) == 1
    clock.now += 1
    assert cache.get("q", 2, source, is_good) == 2
    assert all(0 < cost < 5 for cost in costs)


def test_however_many_ask_the_question_is_asked_once() -> None:
    cache, may_answer, asked = Cache(), threading.Event(), []

    def slow() -> str:
        asked.append(1)
        may_answer.wait(10)
        return "answer"

    with ThreadPoolExecutor(16) as crowd:
        answers = [crowd.submit(cache.get, "q", 1, slow) for _ in range(16)]
        may_answer.set()
        assert {answer.result(10) for answer in answers} == {"answer"}
    assert len(asked) == 1


def test_while_the_source_is_down_the_last_answer_stands() -> None:
    clock = Clock()
    cache, source = Cache(clock), Source()
    assert cache.get("q", 1, source) == 1
    source.is_down = True
    clock.now += 60
    assert cache.get("q", 2, source) == 1
    assert cache.age_s("q") == 60
    clock.now += 30
    assert cache.get("q", 3, source) == 1
    assert cache.failing_s == 30
    source.is_down = False
    clock.now += PAUSE_S
    assert cache.get("q", 3, source) == 4
    assert (cache.failing_s, cache.age_s("q")) == (None, 0)


def test_what_was_never_answered_is_refused_with_the_cause() -> None:
    cache, source = Cache(Clock()), Source()
    source.is_down = True
    with pytest.raises(Unavailable, match="connection refused"):
        cache.get("q", 1, source)
    assert cache.age_s("q") is None


def test_a_source_that_is_down_is_not_asked_by_every_reader() -> None:
    clock = Clock()
    cache, source = Cache(clock), Source()
    source.is_down = True
    for question in range(20):
        with pytest.raises(Unavailable):
            cache.get(question, 1, source)
    assert source.asked == 1
    clock.now += PAUSE_S
    with pytest.raises(Unavailable):
        cache.get("q", 1, source)
    assert source.asked == 2


def test_a_fault_of_ours_is_not_taken_for_a_dead_source() -> None:
    cache, source = Cache(Clock()), Source()
    with pytest.raises(ZeroDivisionError):
        cache.get("q", 1, lambda: 1 // 0)
    assert cache.get("other", 1, source) == 1
    assert cache.get("q", 1, source) == 2


def test_old_questions_make_room() -> None:
    cache, source = Cache(Clock()), Source()
    for question in range(KEPT + 1):
        cache.get(question, 1, source)
    assert cache.age_s(0) is None
    assert cache.age_s(KEPT) == 0
