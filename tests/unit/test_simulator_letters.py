"""The simulated letters of apology: who sends them, when, and in which windows they are told."""

import numpy as np

from simulator import apologies
from simulator.instants import NEVER
from tests.unit.simulated import Asker, city, days_ago


def listed(asker, since, until=None):
    found, page = [], 1
    while page:
        asked = {"since": since.isoformat(), "page": page, "size": 500} | (
            {"until": until.isoformat()} if until else {}
        )
        answer = asker.send("GET", "/letters", params=asked).json()
        found += answer["items"]
        page = answer["next"]
    return found


def test_letters_are_told_once_in_the_window_of_their_last_change():
    asker = Asker(city())
    whole = listed(asker, days_ago(9), days_ago(1))
    parts = listed(asker, days_ago(9), days_ago(5)) + listed(asker, days_ago(5), days_ago(1))
    assert whole
    keys = [(one["maHoSo"], one["soVanBan"]) for one in whole]
    assert len(keys) == len(set(keys))
    assert sorted(keys) == sorted((one["maHoSo"], one["soVanBan"]) for one in parts)
    assert all(one["ngayGui"] <= one["ngayCapNhat"] for one in whole)
    assert not any("NGUYEN" in str(one) for one in whole)


def test_units_keep_their_habits_and_former_hoc_mon_sends_none():
    played = city()
    habits = apologies.habits(played.archive)
    assert set(habits) == {apologies.IN_TIME, apologies.LATE, apologies.NEVER_SENT}
    day = played.archive.day(played.clock.second() // 86_400 - 30)
    found, unit = apologies.letters(played.archive, day), day.lives.arrivals.unit
    silent = np.isin(played.archive.city.former, apologies.SILENT)[unit]
    assert (found.sent[silent] == NEVER).all()
    due = np.where(day.lives.due_later == NEVER, day.lives.due, day.lives.due_later)
    first = found.sent[:, 0]
    for habit, is_late in ((apologies.IN_TIME, False), (apologies.LATE, True)):
        sent = (first != NEVER) & (habits[unit] == habit)
        assert ((first[sent] > due[sent]) == is_late).all()
