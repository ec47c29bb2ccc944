"""A checked feed file, as connectors and the loader use it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from etl.connectors.errors import FeedError
from etl.connectors.options import PULLED_KINDS

_SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Connector:
    """Say how to reach a source; `options` is complete, with durations in seconds."""

    kind: str
    encoding: str
    url: str
    options: dict[str, Any]


@dataclass(frozen=True)
class Times:
    """Say how a source writes instants; `zone` None means the profile's zone."""

    format: str
    zone: str | None


@dataclass(frozen=True)
class Feed:
    """Hold one checked feed file; `optional` names source columns that the records may lack."""

    id: str
    dataset: str
    title: str
    late_after_s: int
    every_s: float | None
    connector: Connector
    columns: dict[str, str]
    times: Times
    values: dict[str, dict[str, str]]
    unknown: dict[str, str]
    optional: frozenset[str]
    path: Path
    hash: str

    @property
    def source_columns(self) -> tuple[str, ...]:
        """Return the mapped columns of the source, each once, in the order of the mapping."""
        return tuple(dict.fromkeys(self.columns.values()))

    @property
    def pulled(self) -> bool:
        """Tell whether the source is asked over HTTP."""
        return self.connector.kind in PULLED_KINDS

    def without(self, absent: Iterable[str]) -> "Feed":
        """Return the feed without the canonical columns that are mapped to these source columns."""
        gone = set(absent)
        return replace(self, columns={k: v for k, v in self.columns.items() if v not in gone})

    def with_zone(self, zone: str) -> "Feed":
        """Return the feed with the profile's zone where the file names none."""
        return self if self.times.zone else replace(self, times=replace(self.times, zone=zone))


def expand(feed: Feed, secret: Callable[[str], str | None]) -> Feed:
    """Return the feed with every ${NAME} of its url and options replaced; FeedError naming one that is unset."""

    def known(key: str, name: str) -> str:
        value = secret(name)
        if not value:
            raise FeedError(feed.path, key, f"the environment variable {name} is not set")
        return value

    def fill(key: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: fill(f"{key}.{name}", each) for name, each in value.items()}
        return _SECRET.sub(lambda match: known(key, match[1]), value) if isinstance(value, str) else value

    url = fill("connector.url", feed.connector.url)
    if feed.pulled and not url.startswith(("http://", "https://")):
        raise FeedError(feed.path, "connector.url", "does not begin with http:// or https://")
    return replace(
        feed,
        connector=replace(feed.connector, url=url, options=fill("connector", feed.connector.options)),
    )
