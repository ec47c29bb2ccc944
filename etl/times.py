"""Read columns of time texts, strictly and a column at once.

A text is taken apart by position (numpy over the bytes), which is some ten times faster than strptime and refuses
what strptime lets pass (31 February). Texts of another width than the format's go one by one through datetime.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2, "p": 2, "y": 2}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAT = np.datetime64("NaT", "us")
CENTURY = 69  # two digits from here on are of the 1900s, as POSIX has it
FIRST, LAST = np.datetime64("0001-01-02", "us"), np.datetime64("9999-12-30T23:59:59", "us")  # of any zone's clock


def parse(column: pa.Array, layout: str, zone: str) -> tuple[np.ndarray, np.ndarray]:
    """Return (instants, unreadable) of a column of texts.

    Instants are datetime64[us] in UTC, NaT where the text is null or unreadable; unreadable is a bool array.
    A time without an offset is local to `zone`: an ambiguous one takes its first reading, one that a clock change
    skipped shifts forward. `layout` is "iso8601" or a strptime format.
    """
    instants = np.full(len(column), NAT)
    present = np.flatnonzero(pc.is_valid(column).to_numpy(zero_copy_only=False))
    if not len(present):
        return instants, np.zeros(len(column), bool)
    texts, lengths = _bytes(column.drop_null())
    local = np.zeros(len(present), bool)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        block = _block(texts, lengths, rows, int(length))
        for part in _alike(block, layout):
            found, is_local = _read_block(block[part], layout)
            instants[present[rows[part]]] = found
            local[rows[part]] = is_local
    _read_singly(column, layout, instants, present, local)
    instants[(instants < FIRST) | (instants > LAST)] = NAT
    instants[present[local]] = to_utc(instants[present[local]], zone)
    unreadable = np.isnat(instants)
    unreadable[~pc.is_valid(column).to_numpy(zero_copy_only=False)] = False
    return instants, unreadable


def to_utc(local: np.ndarray, zone: str) -> np.ndarray:
    """Return the instants (UTC) of local datetime64[us] in a zone."""
    if not len(local):
        return local
    index = pd.DatetimeIndex(local)
    placed = index.tz_localize(zone, ambiguous=np.ones(len(index), bool), nonexistent="shift_forward")
    return placed.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[us]")


def _bytes(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    column = pc.cast(column, pa.large_string())
    offsets = np.frombuffer(column.buffers()[1], np.int64)[column.offset : column.offset + len(column) + 1]
    data = (
        np.frombuffer(column.buffers()[2], np.uint8)[offsets[0] : offsets[-1]] if offsets[-1] else np.zeros(0, np.uint8)
    )
    return data, np.diff(offsets)


def _block(data: np.ndarray, lengths: np.ndarray, rows: np.ndarray, length: int) -> np.ndarray:
    """Return the texts of one length as a (rows, length) array of bytes."""
    if len(rows) == len(lengths):
        return data.reshape(len(rows), length)
    starts = (np.cumsum(lengths) - lengths)[rows]
    return data[starts[:, None] + np.arange(length)]


def _alike(block: np.ndarray, layout: str) -> list[np.ndarray]:
    """Split rows of one length into groups that can be read alike (ISO: by where fraction and offset stand)."""
    if layout != "iso8601" or block.shape[1] <= 16:
        return [np.arange(len(block))]
    zulu = block[:, -1] == ord("Z")
    colon = np.isin(block[:, -6], (ord("+"), ord("-")))
    plain = np.isin(block[:, -5], (ord("+"), ord("-")))
    short = np.isin(block[:, -3], (ord("+"), ord("-")))
    kind = zulu * 1 + (~zulu & colon) * 2 + (~zulu & ~colon & plain) * 4 + (~zulu & ~colon & ~plain & short) * 8
    return [np.flatnonzero(kind == one) for one in np.unique(kind)]


def _read_block(block: np.ndarray, layout: str) -> tuple[np.ndarray, bool]:
    return _read_iso(block) if layout == "iso8601" else (_read_layout(block, layout), True)


def _read_layout(block: np.ndarray, layout: str) -> np.ndarray:
    places, width = _places(layout)
    if places is None or width != block.shape[1]:
        return np.full(len(block), NAT)
    parts: dict[str, np.ndarray] = {}
    good = np.ones(len(block), bool)
    for code, at, size in places:
        if len(code) == 1 and code in WIDTHS and size == WIDTHS[code] and code != "p":
            parts[code], digits = _number(block[:, at : at + size])
            good &= digits
        elif code == "p":
            parts[code], known = _half(block[:, at : at + 2])
            good &= known
        else:
            good &= (block[:, at : at + size] == np.frombuffer(code[1:].encode(), np.uint8)).all(axis=1)
    return _assemble(parts, good)


def _places(layout: str) -> tuple[list[tuple[str, int, int]] | None, int]:
    """Return where each part of a strptime format stands, or None when its width is not fixed."""
    places, at = [], 0
    for token in re.findall(r"%.|[^%]+", layout):
        if token.startswith("%"):
            code = token[1]
            if code not in WIDTHS:
                return None, 0
            places.append((code, at, WIDTHS[code]))
            at += WIDTHS[code]
        else:
            size = len(token.encode())
            places.append(("=" + token, at, size))
            at += size
    return places, at


def _number(digits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values = digits.astype(np.int32) - ord("0")
    good = np.logical_and.reduce((values >= 0) & (values <= 9), axis=1)
    total = np.zeros(len(values), np.int32)
    for place in range(values.shape[1]):
        total = total * 10 + values[:, place]
    return total, good


def _half(letters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, second = letters[:, 0] & 0xDF, letters[:, 1] & 0xDF
    return (first == ord("P")).astype(np.int32), np.isin(first, (ord("A"), ord("P"))) & (second == ord("M"))


def _assemble(parts: dict[str, np.ndarray], good: np.ndarray) -> np.ndarray:
    nothing = np.zeros(len(good), np.int32)
    short = parts.get("y", nothing)
    year = parts.get("Y", np.where(short < CENTURY, 2000, 1900) + short if "y" in parts else nothing + 1970)
    month, day = parts.get("m", nothing + 1), parts.get("d", nothing + 1)
    hour = parts.get("H", nothing)
    if "I" in parts:
        good = good & (parts["I"] >= 1) & (parts["I"] <= 12)
        hour = parts["I"] % 12 + 12 * parts.get("p", nothing)
    return instants_of(year, month, day, hour, parts.get("M", nothing), parts.get("S", nothing), good)


def instants_of(year, month, day, hour, minute, second, good) -> np.ndarray:
    """Return datetime64[us] of calendar parts (int arrays), NaT where they name no moment or `good` is False."""
    good = (
        good & (month >= 1) & (month <= 12) & (day >= 1) & (hour <= 23) & (minute <= 59) & (second <= 59) & (year >= 1)
    )
    months = (np.where(good, year, 1970).astype(np.int64) - 1970) * 12 + np.where(good, month, 1) - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]")
    days = first + (np.where(good, day, 1) - 1).astype("timedelta64[D]")
    good = good & (days.astype("datetime64[M]").astype(np.int64) == months)
    seconds = (hour.astype(np.int64) * 60 + minute) * 60 + second
    instants = days.astype("datetime64[us]") + (seconds * 1_000_000).astype("timedelta64[us]")
    instants[~good] = NAT
    return instants


def _read_iso(block: np.ndarray) -> tuple[np.ndarray, bool]:
    """Read rows of one ISO 8601 shape; return (instants, local): local when the shape has no offset."""
    length = block.shape[1]
    nothing = np.zeros(len(block), np.int32)
    if length < 10:
        return np.full(len(block), NAT), True
    parts, good = {"H": nothing, "M": nothing, "S": nothing}, _dashes(block)
    for name, at, size in (("Y", 0, 4), ("m", 5, 2), ("d", 8, 2)):
        parts[name], digits = _number(block[:, at : at + size])
        good &= digits
    tail = length
    offset = None
    if length > 16:
        tail, offset, known = _offset(block)
        good &= known
    if length > 10:
        good &= np.isin(block[:, 10], (ord("T"), ord("t"), ord(" "))) & (length >= 16)
        for name, at in (("H", 11), ("M", 14), ("S", 17)):
            if at + 2 <= tail:
                parts[name], digits = _number(block[:, at : at + 2])
                good &= digits & (block[:, at - 1] == (ord(":") if at > 11 else block[:, at - 1]))
        good &= np.full(len(block), tail in (16, 19) or tail > 20)
    instants = instants_of(parts["Y"], parts["m"], parts["d"], parts["H"], parts["M"], parts["S"], good)
    if tail > 20:
        instants = instants + _fraction(block, tail)
    return (instants, True) if offset is None else (instants - offset, False)


def _dashes(block: np.ndarray) -> np.ndarray:
    return (block[:, 4] == ord("-")) & (block[:, 7] == ord("-"))


def _offset(block: np.ndarray) -> tuple[int, np.ndarray | None, np.ndarray]:
    """Return (where the time ends, the offset from UTC or None, which offsets are readable) of alike rows."""
    length = block.shape[1]
    good = np.ones(len(block), bool)
    if block[0, -1] == ord("Z"):
        return length - 1, np.zeros(len(block), "timedelta64[us]"), good
    for size, hours, minutes in (
        (6, slice(-5, -3), slice(-2, None)),
        (5, slice(-4, -2), slice(-2, None)),
        (3, slice(-2, None), None),
    ):
        if length - size in range(16, length) and chr(block[0, -size]) in "+-" and length - size != 18:
            sign = np.where(block[:, -size] == ord("-"), -1, 1)
            hour, digits = _number(block[:, hours])
            minute, more = _number(block[:, minutes]) if minutes else (0 * hour, good)
            more = more & (block[:, -3] == ord(":")) if size == len("+07:00") else more
            good &= digits & more & (hour <= 15) & (minute <= 59)
            return length - size, (sign * (hour * 60 + minute) * 60_000_000).astype("timedelta64[us]"), good
    return length, None, good


def _fraction(block: np.ndarray, tail: int) -> np.ndarray:
    size = min(tail - 20, 6)
    value, digits = _number(block[:, 20 : 20 + size])
    finer = block[:, 26:tail]  # less than a microsecond: read, not kept
    digits &= ((finer >= ord("0")) & (finer <= ord("9"))).all(axis=1)
    good = digits & np.isin(block[:, 19], (ord("."), ord(",")))
    micros = (value.astype(np.int64) * 10 ** (6 - size)).astype("timedelta64[us]")
    micros[~good] = np.timedelta64("NaT")
    return micros


def _read_singly(column: pa.Array, layout: str, instants: np.ndarray, present: np.ndarray, local: np.ndarray) -> None:
    """Try what the positions did not fit, one by one (unpadded days, named months)."""
    for place in np.flatnonzero(np.isnat(instants[present])):
        text = column[int(present[place])].as_py().strip()
        try:
            moment = datetime.fromisoformat(text) if layout == "iso8601" else datetime.strptime(text, layout)  # noqa: DTZ007 local, placed below
        except ValueError:
            continue
        local[place] = moment.tzinfo is None
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        instants[present[place]] = np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")
