"""The one module that reads flags, environment and ``onemap.toml``.

Order, strongest first: flags, environment (``ONEMAP_WEB__PORT=…``), the file
named by ``ONEMAP_SETTINGS`` (default ``onemap.toml`` in the working folder).
Everything is validated at start; an unknown key is an error that names it.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings.exceptions import SettingsError as SourceError

from iot.settings import IntakeSettings, MqttSettings
from store.engine import default_url

#: Variables that begin like settings and are none: the file, and the supervisor's own.
FILE_VARIABLE = "ONEMAP_SETTINGS"
OTHER_VARIABLES = (FILE_VARIABLE, "ONEMAP_SUPERVISOR")


class SettingsError(Exception):
    """A setting is wrong; the message names it and says what it takes."""


class WebSettings(BaseModel):
    """The web server. Until there is sign-in it listens on loopback only.

    port: where pages and API are. title: on top of every page.
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

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        """Found out at start, not by the first page that shows a time."""
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no time zone '{name}'; e.g. Asia/Shanghai") from None
        return name

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
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls, toml_file=settings_file()),
        )


def settings_file() -> Path:
    """The file that is read: the one that ``ONEMAP_SETTINGS`` names, else ``onemap.toml`` here."""
    return Path(os.environ.get(FILE_VARIABLE, "onemap.toml"))


def read_settings(**flags: Any) -> Settings:
    """Read and validate all settings.

    Raises:
        SettingsError: one line for each wrong setting, naming it.
    """
    _check_names()
    try:
        return Settings(**flags)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"settings file {settings_file()}: {error}") from error
    except SourceError as error:
        raise SettingsError(f"environment: {error}") from error
    except ValidationError as error:
        lines = [
            f"setting '{'.'.join(str(part) for part in problem['loc'])}': "
            f"{problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        ]
        raise SettingsError("\n".join(lines)) from error


def _check_names() -> None:
    """Refuse a misspelt variable: pydantic would pass over it. And a file that is not there."""
    known = {f"ONEMAP_{name.upper()}" for name in Settings.model_fields}
    for name in sorted(os.environ):
        first = name.upper().partition("__")[0]
        if first.startswith("ONEMAP_") and first not in known and name not in OTHER_VARIABLES:
            choices = ", ".join(sorted(known))
            raise SettingsError(f"environment '{name}': no such setting; choose {choices}")
    if FILE_VARIABLE in os.environ and not settings_file().is_file():
        raise SettingsError(f"environment '{FILE_VARIABLE}': there is no file {settings_file()}")
