"""The one module that reads flags, environment and ``onemap.toml``.

Order, strongest first: flags, environment (``ONEMAP_WEB__PORT=…``), the file
named by ``ONEMAP_SETTINGS`` (default ``onemap.toml`` in the working folder).
Everything is validated at start; an unknown key is an error that names it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from iot.settings import IntakeSettings, MqttSettings
from store.engine import default_url


class SettingsError(Exception):
    """A setting is wrong; the message names it and says what it takes."""


class WebSettings(BaseModel):
    """The web server. Until there is sign-in it listens on loopback only.

    port: where pages and API are. ingest_port: where ``onemap ingest`` answers
    ``/healthz`` and ``/metrics`` for itself; None means it does not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(default="127.0.0.1", pattern=r"^(127\.\d+\.\d+\.\d+|::1|localhost)$")
    port: int = Field(default=8050, ge=1, le=65_535)
    title: str = "相城一图"


class StoreSettings(BaseModel):
    """The database. url: SQLAlchemy's; None means SQLite inside ``data``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str | None = Field(default=None, repr=False)


class Settings(BaseSettings):
    """Everything that can be set, validated whole at start."""

    model_config = SettingsConfigDict(
        env_prefix="ONEMAP_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    data: Path = Path("data")
    timezone: str = "Asia/Shanghai"
    web: WebSettings = WebSettings()
    mqtt: MqttSettings = MqttSettings()
    intake: IntakeSettings = IntakeSettings()
    store: StoreSettings = StoreSettings()

    @property
    def geopackage(self) -> Path:
        """Where areas and places are."""
        return self.data / "onemap.gpkg"

    @property
    def store_url(self) -> str:
        """The database's URL."""
        return self.store.url or default_url(self.data)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic passes it
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic passes it
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags over environment over file."""
        file = Path(os.environ.get("ONEMAP_SETTINGS", "onemap.toml"))
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls, toml_file=file),
        )


def read_settings(**flags: Any) -> Settings:
    """Read and validate all settings.

    Raises:
        SettingsError: one line for each wrong setting, naming it.
    """
    try:
        return Settings(**flags)
    except ValidationError as error:
        lines = [
            f"setting '{'.'.join(str(part) for part in problem['loc'])}': {problem['msg']}"
            for problem in error.errors()
        ]
        raise SettingsError("\n".join(lines)) from error
