"""Batches laid by on disk."""

from dataclasses import replace

import pyarrow as pa

from etl.connectors.batch import Rejected
from etl.spool import Spool
from tests.unit.registries import batch


def test_batches_come_back_as_they_were_and_as_often_as_they_are_asked_for():
    first = replace(batch([{"code": "T1", "unit": None}, {"code": "ạ", "unit": ""}]), cursor={"since": "x"})
    second = replace(batch([{"code": "T2"}]), rejected=[Rejected(2, {"code": None}, "no code", "")])
    third = replace(batch([{"code": "T3"}]), told_at=pa.array([1], pa.timestamp("us")))
    with Spool() as spool:
        assert not spool and list(spool) == []
        for one in (first, second, third):
            spool.add(one)
        assert spool
        assert list(spool) == list(spool) == [first, second, third]
        begun = iter(spool)
        assert next(begun) == first, "also after a reading that was broken off"
        assert list(spool) == [first, second, third]
