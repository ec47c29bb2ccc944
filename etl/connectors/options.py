"""The options that each kind of connector takes, as data, and the check of a [connector] table against them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

MIB = 1 << 20
DAY_S = 86400.0


@dataclass(frozen=True)
class Option:
    """Describe one key of a feed file's [connector] table.

    `kind` is text, count, flag, duration (stored as seconds), char, choice, texts (a table of texts) or table
    (whose keys are in `keys`).
    """

    kind: str
    default: Any = ""
    choices: tuple[str, ...] = ()
    keys: Mapping[str, "Option"] | None = None


FILE_KINDS = ("csv", "xlsx", "json", "ndjson")
PULLED_KINDS = ("http_json", "portal", "open311")

_HTTP = {
    "headers": Option("texts", {}),
    "timeout": Option("duration", 20.0),  # without a byte
    "deadline": Option("duration", 120.0),  # for one whole answer
    "retries": Option("count", 5),
    "max_bytes": Option("count", 64 * MIB),  # of one answer, unpacked
    "overlap": Option("duration", 600.0),  # asked again before the cursor: records committed late
    "start": Option("duration", 0.0),  # how far back a first pull reaches; 0 = everything
}

_PAGING = {
    "kind": Option("choice", "next", ("next", "page", "offset", "none")),
    "param": Option("text", "page"),
    "size_param": Option("text", "size"),
    "size": Option("count", 500),
    "next": Option("text", "next"),
}

OPTIONS: dict[str, dict[str, Option]] = {
    "csv": {"delimiter": Option("char", ","), "quote": Option("char", '"')},
    "xlsx": {"sheet": Option("text"), "header_row": Option("count", 1)},
    "json": {"records": Option("text")},
    "ndjson": {},
    "http_json": _HTTP
    | {
        "records": Option("text", "items"),
        "paging": Option("table", keys=_PAGING),
        "since_param": Option("text"),
        "until_param": Option("text"),
        "changed": Option("text"),  # source column that moves the cursor; default: that of changed_at or rated_at
    },
    "portal": _HTTP
    | {
        "login": Option("text", "mapi/login"),
        "data": Option("text", "mapi/g"),
        "username": Option("text"),
        "password": Option("text"),
        "unit_code": Option("text"),  # madonvi
        "service": Option("text"),  # default by the feed's dataset
        "size": Option("count", 500),
        "start": Option("duration", 30 * DAY_S),
    },
    "open311": _HTTP
    | {
        "format": Option("choice", "json", ("json", "xml")),
        "jurisdiction_id": Option("text"),
        "api_key": Option("text"),
        "category": Option("choice", "service_name", ("service_name", "service_code")),
        "updated_param": Option("text"),  # e.g. updated_after; without it a look-back is read again
        "updated_until_param": Option("text"),
        "lookback": Option("duration", 90 * DAY_S),
        "window": Option("duration", 90 * DAY_S),  # longest span the server takes
        "page_size": Option("count", 100),  # 0 = the server has no pages
        "cap": Option("count", 1000),  # of an answer without pages: a full one may lack records
        "extensions": Option("flag", True),
    },
}


def duration(text: Any) -> float:
    """Return the seconds of a duration such as 500ms, 5s, 10m, 1h or 2d; ValueError if it is none.

    >>> duration("10m"), duration("500ms")
    (600.0, 0.5)
    """
    match = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match or not float(match[1]):
        raise ValueError(f"{text!r} is not a duration such as 500ms, 5s, 10m, 1h or 2d")
    return float(match[1]) * _SECONDS[match[2]]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"{value!r} is not a text")


def _char(value: Any) -> str:
    if not isinstance(value, str) or len(value.encode()) > 1:
        raise ValueError(f"{value!r} is not one ASCII character")
    return value


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is not a whole number from 0 up")
    return value


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(f"{value!r} is neither true nor false")


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
        raise ValueError("is not a table of texts")
    return dict(value)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "char": _char,
    "count": _count,
    "flag": _flag,
    "texts": _texts,
    "duration": duration,
    "choice": _text,
}


def checked(option: Option, value: Any) -> Any:
    """Return the value as connectors use it (durations in seconds); ValueError saying what is wrong with it."""
    found = _CHECKS[option.kind](value)
    if option.choices and found not in option.choices:
        raise ValueError(f"{value!r} is none of {', '.join(option.choices)}")
    return found
