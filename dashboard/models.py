"""What the API answers, as OpenAPI tells it."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class Rate(BaseModel):
    """A fraction with its numerator and denominator."""

    value: Annotated[float | None, Field(description="fraction 0..1; null when there is nothing to divide by")]
    n: int
    of: int


Value = int | Rate | None
Indicators = Annotated[dict[str, Value], Field(description="by indicator; null = not fed, which is not 0")]


class FeedState(BaseModel):
    """How alive a feed is."""

    title: str
    dataset: str
    event_at: datetime | None
    fetched_at: datetime | None
    late_after_s: int
    state: Annotated[str, Field(description="live, silent, failing or never")]
    error: str | None = None


class Frame(BaseModel):
    """Every live number of the city and of each unit, at one instant."""

    model_config = ConfigDict(extra="allow")

    version: int
    as_of: datetime
    data_version: int
    title: str
    simulated: bool
    timezone: str
    feeds: dict[str, FeedState]
    city: Indicators
    units: dict[str, Indicators]
    fields: Annotated[
        dict[str, dict[str, tuple[int, int]]], Field(description="[open, late] dossiers by unit (or city) and field")
    ]
    hours: dict[str, Any]
    attention: Annotated[dict[str, list[dict[str, Any]]], Field(description="by geography, red first")]
    backfill: dict[str, int] | None = None


class Unit(BaseModel):
    """A unit of one era."""

    key: Annotated[str, Field(description="the code; an earlier bearer of a reused code is code@valid_from")]
    code: str
    name_vi: str
    name_en: str
    kind: str
    level: str
    parent_code: str | None
    valid_from: date
    valid_to: Annotated[date | None, Field(description="the last day, or null")]
    map_col: int | None
    map_row: int | None
    geographies: list[str]


class Query(BaseModel):
    """A statement that counts an indicator."""

    file: str
    name: str
    sql: str


class Definition(BaseModel):
    """What one number on the screens means."""

    name: str
    title_vi: str
    title_en: str
    words_vi: str
    words_en: str
    formula_vi: str
    formula_en: str
    source_vi: str
    source_en: str
    standing: Annotated[str, Field(description="verified (in the text cited), provisional, or design (our own)")]
    unit: Annotated[str, Field(description="count, rate, interval, list or duration")]
    direction: Annotated[str, Field(description="higher_better, lower_better or neutral")]
    dataset: Annotated[str, Field(description="which feeds bring it")]
    queries: Annotated[list[Query], Field(description="none where no feed brings it yet")]


class Trouble(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class Health(BaseModel):
    """The process is alive."""

    status: str


class Readiness(BaseModel):
    """Whether the process can serve."""

    status: Annotated[str, Field(description="ready, or not ready")]
    reason: Annotated[str | None, Field(description="why not")] = None
    version: Annotated[int | None, Field(description="of the newest frame")] = None
    live: Annotated[str, Field(description="live, paused or stale")]
    replica: Annotated[str, Field(description="none, unused, used, behind or down; without it pages read the primary")]
