"""The feed file: one TOML file a source, read and checked into a `Feed`."""

import codecs
import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from etl.connectors.datasets import CANONICAL, PLACED, REQUIRED, UNKNOWN, VOCABULARY
from etl.connectors.errors import FeedError
from etl.connectors.feed import Connector, Feed, Times, expand
from etl.connectors.options import (
    FILE_KINDS,
    OPTIONS,
    PULLED_KINDS,
    Option,
    checked,
    duration,
)
from etl.connectors.standards import PERSONAL, STANDARDS, Standard

__all__ = [
    "CANONICAL",
    "REQUIRED",
    "VOCABULARY",
    "Connector",
    "Feed",
    "FeedError",
    "Times",
    "duration",
    "expand",
    "read",
]

_SECTIONS = ("feed", "connector", "columns", "times", "values", "unknown")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_NO_STANDARD = Standard(columns={}, times="iso8601")


def read(path: Path | str) -> Feed:
    """Read and check a feed file; FeedError names the file, the key and what is wrong with it."""
    path = Path(path)
    try:
        raw = path.read_bytes()
        told = tomllib.loads(raw.decode("utf-8-sig"))
    except OSError as error:
        raise FeedError(path, "", f"cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FeedError(path, "", f"is not TOML: {error}") from error
    return _FeedFile(path, told).feed(hashlib.sha256(raw).hexdigest())


class _FeedFile:
    """Check the tables of one file, one after the other."""

    def __init__(self, path: Path, told: dict[str, Any]):
        self.path = path
        self.told = told
        self.names("", told, _SECTIONS)
        for section, table in told.items():
            if not isinstance(table, dict):
                raise self.error(section, "is not a table")

    def error(self, key: str, reason: str) -> FeedError:
        return FeedError(self.path, key, reason)

    def names(self, section: str, given: Iterable[str], known: Iterable[str]) -> None:
        """Refuse a key that is not known, with the nearest one that is."""
        known = list(known)
        for key in given:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known) or 'none'}"
                raise self.error(f"{section}.{key}".lstrip("."), f"is not known here; {hint}")

    def text(self, section: str, key: str, default: str | None = None) -> str:
        value = self.told.get(section, {}).get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.error(
                f"{section}.{key}",
                "is missing" if value is None else f"{value!r} is not a text",
            )
        return value

    def one_of(self, section: str, key: str, known: Iterable[str]) -> str:
        value = self.text(section, key)
        if value not in (known := list(known)):
            near = difflib.get_close_matches(value, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(known)}"
            raise self.error(f"{section}.{key}", f"{value!r} is not known; {hint}")
        return value

    def seconds(self, key: str) -> float:
        try:
            return duration(self.text("feed", key))
        except ValueError as error:
            raise self.error(f"feed.{key}", str(error)) from error

    def feed(self, digest: str) -> Feed:
        self.names(
            "feed",
            self.told.get("feed", {}),
            ("id", "dataset", "title", "title_en", "late_after", "every"),
        )
        feed_id = self.text("feed", "id")
        if not _ID.fullmatch(feed_id):
            raise self.error("feed.id", f"{feed_id!r} is not made of a-z, 0-9, - and _ alone")
        dataset = self.one_of("feed", "dataset", CANONICAL)
        connector = self.connector()
        standard = STANDARDS.get((connector.kind, dataset), _NO_STANDARD)
        if connector.kind in ("portal", "open311") and standard is _NO_STANDARD:
            known = ", ".join(d for kind, d in STANDARDS if kind == connector.kind)
            raise self.error(
                "feed.dataset",
                f"{dataset} do not come from {connector.kind}, which gives {known}",
            )
        columns = self.columns(dataset, connector, standard)
        return Feed(
            id=feed_id,
            dataset=dataset,
            title=self.text("feed", "title", feed_id),
            late_after_s=max(1, round(self.seconds("late_after"))),
            every_s=self.every(connector.kind),
            connector=connector,
            columns=columns,
            times=self.times(standard),
            values=self.values(dataset, columns, standard),
            unknown=self.unknown(dataset),
            optional=frozenset(
                s for c, s in columns.items() if standard.columns.get(c) == s and s in standard.optional
            ),
            path=self.path,
            hash=digest,
        )

    def every(self, kind: str) -> float | None:
        if "every" not in self.told["feed"]:
            return None
        if kind in FILE_KINDS:
            raise self.error("feed.every", f"is for sources that are pulled; {kind} is a file")
        return self.seconds("every")

    def connector(self) -> Connector:
        told = dict(self.told.get("connector", {}))
        kind = self.one_of("connector", "kind", OPTIONS)
        known = OPTIONS[kind]
        self.names("connector", told, ("kind", "encoding", "url", *known))
        encoding = self.text("connector", "encoding", "utf-8")
        try:
            encoding = codecs.lookup(encoding).name
        except LookupError as error:
            raise self.error(
                "connector.encoding",
                f"{encoding!r} is not an encoding that Python knows",
            ) from error
        if kind in FILE_KINDS and "url" in told:
            raise self.error("connector.url", f"is for sources that are pulled; {kind} is a file")
        url = self.text("connector", "url") if kind in PULLED_KINDS else ""
        return Connector(kind, encoding, url, self.options("connector", known, told))

    def options(self, section: str, known: Mapping[str, Option], told: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for name, option in known.items():
            value = told.get(name, {} if option.keys else option.default)
            if option.keys:
                if not isinstance(value, dict):
                    raise self.error(f"{section}.{name}", "is not a table")
                self.names(f"{section}.{name}", value, option.keys)
                found[name] = self.options(f"{section}.{name}", option.keys, value)
            else:
                found[name] = self.option(f"{section}.{name}", option, value) if name in told else value
        return found

    def option(self, key: str, option: Option, value: Any) -> Any:
        try:
            return checked(option, value)
        except ValueError as error:
            raise self.error(key, str(error)) from error

    def columns(self, dataset: str, connector: Connector, standard: Standard) -> dict[str, str]:
        told = self.told.get("columns", {})
        self.names("columns", told, CANONICAL[dataset])
        for column, source in told.items():
            if not isinstance(source, str) or (not source.strip() and column not in standard.columns):
                raise self.error(f"columns.{column}", f"{source!r} is not the name of a column")
            if source.split(".")[0] in PERSONAL.get(connector.kind, ()):
                raise self.error(
                    f"columns.{column}",
                    f"{source} tells of a person and is never loaded",
                )
        built_in = dict(standard.columns)
        if connector.kind == "open311":
            built_in["category"] = connector.options["category"]
        columns = {column: source for column, source in (built_in | told).items() if source}
        for group in REQUIRED[dataset]:
            if not any(column in columns for column in group):
                raise self.error(f"columns.{group[0]}", f"{dataset} need {' or '.join(group)}")
        return {column: columns[column] for column in CANONICAL[dataset] if column in columns}

    def times(self, standard: Standard) -> Times:
        self.names("times", self.told.get("times", {}), ("format", "zone"))
        form = self.text("times", "format", standard.times)
        zone = self.text("times", "zone", "") or None
        if form != "iso8601":
            self.check_format(form)
        try:
            ZoneInfo(zone or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise self.error("times.zone", f"{zone!r} is not a time zone such as Asia/Ho_Chi_Minh") from error
        return Times(form, zone)

    def check_format(self, form: str) -> None:
        """Refuse a format that a day does not survive."""
        try:
            day = datetime.strptime(datetime(2001, 2, 3, 16, 5, 6, tzinfo=UTC).strftime(form), form)  # noqa: DTZ007
        except ValueError as error:
            raise self.error("times.format", f"{form!r} is neither iso8601 nor a format of times: {error}") from error
        if (day.year, day.month, day.day) != (2001, 2, 3):
            raise self.error("times.format", f"{form!r} is neither iso8601 nor a format of times: it loses the day")

    def values(self, dataset: str, columns: Mapping[str, str], standard: Standard) -> dict[str, dict[str, str]]:
        told = self.told.get("values", {})
        self.names("values", told, columns)
        found = {column: dict(table) for column, table in standard.values.items() if column in columns}
        for column, table in told.items():
            if not isinstance(table, dict):
                raise self.error(f"values.{column}", "is not a table")
            for source, canonical in table.items():
                text = str(canonical)
                allowed = VOCABULARY.get((dataset, column))
                if isinstance(canonical, bool | dict | list | float) or (allowed and text not in allowed):
                    known = ", ".join(allowed or ("any text",))
                    raise self.error(
                        f"values.{column}.{source}",
                        f"{canonical!r} is not one of: {known}",
                    )
                found.setdefault(column, {})[source] = text
        return found

    def unknown(self, dataset: str) -> dict[str, str]:
        self.names("unknown", self.told.get("unknown", {}), PLACED[dataset])
        return {column: self.one_of("unknown", column, UNKNOWN) for column in self.told.get("unknown", {})}
