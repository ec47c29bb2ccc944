"""Times as feeds write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl import times

ZONES = ("Asia/Ho_Chi_Minh", "America/New_York", "Europe/London", "Asia/Kathmandu", "UTC")
LAYOUTS = ("%m/%d/%Y %I:%M:%S %p", "%Y%m%d%H%M%S", "%d/%m/%Y %H:%M", "%d-%m-%Y", "%d.%m.%y %H:%M:%S", "%d %b %Y %H:%M")
ISO = ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
FRACTIONS = ("", ".5", ".123", ",25", ".123456", ".1234567")
OFFSETS = ("", "Z", "+07:00", "-0330", "+05", "+00:00")
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2037, 12, 31)).map(lambda one: one.replace(microsecond=0))  # noqa: DTZ001


def read(texts: list[str | None], layout: str = "iso8601", zone: str = "Asia/Ho_Chi_Minh") -> list[datetime | None]:
    """Return the instants read; every text that gave none must be told as unreadable, and only those."""
    instants, unreadable = times.parse(pa.array(texts, pa.string()), layout, zone)
    assert unreadable.tolist() == [
        text is not None and bool(np.isnat(one)) for text, one in zip(texts, instants, strict=True)
    ]
    return [None if np.isnat(one) else one.astype(datetime).replace(tzinfo=UTC) for one in instants]


def placed(moment: datetime, zone: str) -> datetime:
    """Return the instant of a local time by the slowest way: its first reading, or the end of the gap it is in."""
    while True:
        instant = moment.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
        if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == moment.replace(tzinfo=None):
            return instant
        moment = (moment + timedelta(minutes=1)).replace(second=0, microsecond=0)


@given(st.lists(st.tuples(MOMENTS, st.sampled_from(LAYOUTS)), min_size=1, max_size=8), st.sampled_from(ZONES))
@settings(max_examples=60, deadline=None)
def test_what_a_format_writes_is_read_as_the_same_instant(told, zone):
    for layout in LAYOUTS:
        texts = [moment.strftime(layout) for moment, of in told if of == layout]
        meant = [placed(datetime.strptime(text, layout), zone) for text in texts]  # noqa: DTZ007
        assert read(texts, layout, zone) == meant


@given(
    st.lists(
        st.tuples(MOMENTS, st.sampled_from(ISO), st.sampled_from(FRACTIONS), st.sampled_from(OFFSETS)), max_size=8
    ),
    st.sampled_from(ZONES),
)
@settings(max_examples=100, deadline=None)
@example([(datetime(2000, 1, 1), ISO[1], "", "+05"), (datetime(2000, 1, 1), ISO[2], "", "")], ZONES[0])  # noqa: DTZ001
def test_every_shape_of_iso_8601_is_read_as_the_same_instant(told, zone):
    texts = [
        moment.strftime(shape) + (fraction if shape.endswith("S") else "") + (offset if "%H" in shape else "")
        for moment, shape, fraction, offset in told
    ]
    meant = [datetime.fromisoformat(text) for text in texts]
    assert read(texts, zone=zone) == [one.astimezone(UTC) if one.tzinfo else placed(one, zone) for one in meant]


LETTERS = "0123456789-:TZ +.,/xAPM"
FINE = "2026-11-22T10:32:05.123456+07:00"


@given(st.data())
@settings(max_examples=200, deadline=None)
@example(None)
def test_a_text_is_readable_only_if_the_standard_library_reads_it_too(data):
    texts = ["2026-11-22T10:32:05.1234567x", "2026-11-22T10:32:05+07x00", "2026-11-22"] if data is None else []
    if data is not None:
        shape = FINE[: data.draw(st.integers(8, len(FINE)))] + data.draw(st.sampled_from(["", "Z", "+07:00", "7", "x"]))
        place, letter = data.draw(st.integers(0, len(shape) - 1)), data.draw(st.sampled_from(LETTERS))
        texts = [shape, shape[:place] + letter + shape[place + 1 :], shape[:place] + shape[place + 1 :]]
    for text in texts:
        assert read([text], zone="UTC") == [by_the_library(text)], text


def by_the_library(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


@pytest.mark.parametrize("text", (
    "2026-02-31", "2026-02-29T10:00:00", "2026-13-01", "2026-00-10", "2026-11-22T24:00:00", "2026-11-22T10:60:00",
    "2026-11-22T10:00:00+7", "22/11/2026", "soon", "",
))  # fmt: skip
def test_what_names_no_moment_of_iso_8601_is_unreadable(text):
    assert read([text]) == [None]


@pytest.mark.parametrize(("layout", "text"), [
    ("%Y%m%d%H%M%S", "20260231101112"), ("%Y%m%d%H%M%S", "2026-11-22"), ("%Y%m%d%H%M%S", "20261122101160"),
    ("%m/%d/%Y %I:%M:%S %p", "02/30/2026 10:00:00 AM"), ("%m/%d/%Y %I:%M:%S %p", "02/03/2026 13:00:00 PM"),
    ("%m/%d/%Y %I:%M:%S %p", "02/03/2026 00:00:00 AM"), ("%d/%m/%Y", "31/04/2026"), ("%d/%m/%Y", "1/13/2026"),
    ("%d/%m/%Y", "０１/０２/x"), ("%Y%m%d", ""),
])  # fmt: skip
def test_what_names_no_moment_is_unreadable(layout, text):
    assert read([text], layout) == [None]


def test_a_missing_time_is_no_time_and_not_unreadable():
    assert read([None, "2026-11-22T10:00:00Z", None]) == [None, datetime(2026, 11, 22, 10, tzinfo=UTC), None]
    assert read([]) == [] and read([None]) == [None]


def test_an_hour_that_comes_twice_takes_its_first_reading():
    assert read(["2026-11-01 01:30:00"], zone="America/New_York") == [datetime(2026, 11, 1, 5, 30, tzinfo=UTC)]


def test_an_hour_that_clocks_skip_shifts_forward():
    assert read(["2026-03-08 02:30:00"], zone="America/New_York") == [datetime(2026, 3, 8, 7, 0, tzinfo=UTC)]


def test_half_days_are_noon_and_midnight():
    texts = ["11/22/2026 12:00:00 AM", "11/22/2026 12:00:00 PM", "11/22/2026 01:00:00 pm"]
    assert [one.hour for one in read(texts, "%m/%d/%Y %I:%M:%S %p", "UTC")] == [0, 12, 13]


def test_years_of_two_digits_are_those_of_the_standard_library():
    assert [one.year for one in read(["010168", "010169", "010199", "010100"], "%d%m%y", "UTC")] == [
        2068,
        1969,
        1999,
        2000,
    ]


def test_days_without_leading_zeros_are_read_one_by_one():
    assert read(["3/2/2026", "13/12/2026", " 3/2/2026 "], "%d/%m/%Y", "UTC") == [
        datetime(2026, 2, 3, tzinfo=UTC), datetime(2026, 12, 13, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC),
    ]  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00+07:00",
        "9999-12-31T23:59:59",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01",
        "20000000000000",
    ],
)
def test_the_ends_of_time_break_nothing(text, zone):
    for layout in ("iso8601", "%Y-%m-%dT%H:%M:%S", "%Y%m%d%H%M%S"):
        times.parse(pa.array([text, None, "x"]), layout, zone)


def test_a_slice_of_a_longer_column_reads_its_own_rows():
    column = pa.array(["2026-11-22T00:00:00Z", None, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00+07:00", "rubbish"])
    instants, unreadable = times.parse(column.slice(1, 3), "iso8601", "UTC")
    assert [str(one)[:10] for one in instants] == ["NaT", "2026-11-23", "2026-11-23"]
    assert not unreadable.any()
