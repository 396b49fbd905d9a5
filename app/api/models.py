"""What the API's JSON looks like, for ``/api/openapi.json`` and for whoever reads this.

Times are ISO 8601 in UTC, coordinates WGS 84 lon/lat.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

LevelName = Literal["red", "orange", "yellow", "blue"]
PresenceName = Literal["online", "late", "offline", "unknown"]
Value = bool | float | str


class ErrorModel(BaseModel):
    """What a client is told when something went wrong."""

    error: str
    detail: str


class AlertModel(BaseModel):
    """One alert. ``text_en`` is null when its rule has gone from the catalogue."""

    id: int
    component: str
    name: str | None
    class_code: str | None
    town: str | None
    rule: str
    level: LevelName
    state: Literal["open", "acknowledged", "cleared"]
    text: str
    text_zh: str
    text_en: str | None
    value: Value | None
    opened_at: str
    acknowledged_at: str | None
    cleared_at: str | None
    revision: int


class AlertPage(BaseModel):
    """Newest first. ``next`` is the address of the older ones, null at the end."""

    alerts: list[AlertModel]
    next: str | None


class ReadingModel(BaseModel):
    """One reading: event time, value, receipt."""

    ts: str
    value: Value
    received: str


class ReadingPage(BaseModel):
    """By event time, oldest first. ``truncated``: these are the newest of more than are given."""

    readings: list[ReadingModel]
    truncated: bool


class ClassModel(BaseModel):
    """A component class, in short; ``/api/catalogue`` has all of it."""

    code: str
    name_zh: str
    name_en: str
    icon: str
    interval_s: int
    standard_ref: str
    agency: str


class MetricValueModel(BaseModel):
    """The newest value of one metric by event time; all null when it was never heard.

    stamped: its sender gave no time, ``ts`` is when it was received.
    """

    metric: str
    name_zh: str | None
    name_en: str | None
    unit: str | None
    decimals: int | None
    value: Value | None = None
    ts: str | None = None
    received: str | None = None
    age_s: float | None = None
    stamped: bool | None = None


class GatewayModel(BaseModel):
    """The gateway that carries the component's readings, as last known."""

    name: str
    presence: PresenceName
    since: str | None
    seen_at: str | None


class LinkModel(BaseModel):
    """One link of the chain of responsibility, nearest to the thing first."""

    role: str
    name: str | None
    code: str | None
    leader: str | None
    phone: str | None
    layer: str | None


class NearbyModel(BaseModel):
    """A feature near the component; the distance is in metres."""

    code: str
    name: str | None
    distance_m: float


class NearbyLists(BaseModel):
    """What is near, nearest first."""

    key_projects: list[NearbyModel]
    party_sites: list[NearbyModel]


class ComponentModel(BaseModel):
    """A component with all that is known of it now."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: dict[str, Any]
    properties: dict[str, Any]
    code: str
    name: str | None
    class_code: str | None
    gateway: str | None
    town: str | None
    community: str | None
    grid: str | None
    enforcement_area: str | None
    presence: PresenceName
    presence_since: str | None
    level: LevelName | None
    heard_at: str | None
    class_: ClassModel | None = Field(serialization_alias="class")
    values: list[MetricValueModel]
    gateway_state: GatewayModel | None
    chain: list[LinkModel]
    alerts: list[AlertModel]
    cases: list[dict[str, Any]]
    nearby: NearbyLists
