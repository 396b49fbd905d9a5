"""Settings of the MQTT side. Read by ``app.settings``, passed in, never read here."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator


class MqttSettings(BaseModel):
    """Where the broker is.

    url: an external broker (``mqtt://host:1883``, ``mqtts://…``); None means our own,
        started by ``onemap broker`` on ``host``:``port``.
    user, password: what our programs sign in with; None lets them in unnamed.
    broker: which one ``onemap broker`` runs; auto takes Mosquitto where it is installed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65_535)
    user: str | None = None
    password: str | None = Field(default=None, repr=False)
    allow_unnamed: bool = False
    broker: Literal["auto", "mosquitto", "amqtt"] = "auto"

    @field_validator("url")
    @classmethod
    def _whole(cls, url: str | None) -> str | None:
        """A URL that cannot be right would be tried for ever."""
        if url is not None:
            parts = urlsplit(url)
            if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
                raise ValueError("has to be mqtt://HOST:PORT or mqtts://HOST:PORT")
            if parts.username is not None or parts.password is not None:
                raise ValueError("give user and password as mqtt.user and mqtt.password")
            if parts.port == 0:
                raise ValueError("port 0 is none")
        return url

    @property
    def address(self) -> str:
        """The URL that clients connect to."""
        return self.url or f"mqtt://{self.host}:{self.port}"


class IntakeSettings(BaseModel):
    """Bounds of the intake.

    batch_size: most messages in one transaction.
    batch_ms: longest that a message waits for its batch, milliseconds.
    max_payload: bytes; a larger message is rejected by name.
    future_s: how far ahead of our clock an event time may be, seconds.
    history_h: an event time older than this is rejected; also how long the
        store keeps readings, hours.
    receive_maximum: unacknowledged messages in flight (MQTT 5).
    catalogue: a site's own catalogue; None means the one we ship.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch_size: int = Field(default=2_000, ge=1)
    batch_ms: int = Field(default=20, ge=1)
    max_payload: int = Field(default=262_144, ge=1_024)
    future_s: int = Field(default=300, ge=0)
    history_h: int = Field(default=48, ge=1)
    receive_maximum: int = Field(default=10_000, ge=1, le=65_535)
    catalogue: Path | None = None
