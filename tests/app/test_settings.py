"""Settings: which source is stronger, and that what is wrong is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.settings import SettingsError, read_settings


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither this machine's environment nor its onemap.toml."""
    for name in os.environ:
        if name.startswith("ONEMAP_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_defaults_are_a_machine_of_its_own() -> None:
    settings = read_settings()
    assert settings.web.host == "127.0.0.1"
    assert (settings.web.port, settings.mqtt.port) == (8050, 1883)
    assert not settings.mqtt.allow_unnamed
    assert settings.geopackage == Path("data/onemap.gpkg")
    assert settings.store_url == "sqlite:///data/onemap.db"


def test_flags_over_environment_over_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("onemap.toml").write_text('[web]\nport = 1001\ntitle = "图"\n[mqtt]\nport = 1002\n')
    monkeypatch.setenv("ONEMAP_MQTT__PORT", "2002")
    monkeypatch.setenv("ONEMAP_MQTT__BROKER", "amqtt")
    settings = read_settings(mqtt={"broker": "mosquitto"})
    assert (settings.web.port, settings.web.title) == (1001, "图")
    assert (settings.mqtt.port, settings.mqtt.broker) == (2002, "mosquitto")


def test_another_file_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("other.toml").write_text("[web]\nport = 1003\n")
    monkeypatch.setenv("ONEMAP_SETTINGS", "other.toml")
    assert read_settings().web.port == 1003
    monkeypatch.setenv("ONEMAP_SETTINGS", "gone.toml")
    with pytest.raises(SettingsError, match=r"gone\.toml"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("ONEMAP_WEB__PORT", "0", "web.port"),
        ("ONEMAP_WEB__PROT", "1", "web.prot"),
        ("ONEMAP_WEB", "not json", "web"),
        ("ONEMAP_WBE__PORT", "1", "ONEMAP_WBE__PORT"),
        ("ONEMAP_MQTT__ALLOW_UNNAMED", "perhaps", "mqtt.allow_unnamed"),
        ("ONEMAP_WEB__HOST", "10.0.0.1", "web.host"),
    ],
)
def test_a_wrong_variable_is_named(
    name: str, value: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=named):
        read_settings()


def test_every_wrong_setting_has_its_line() -> None:
    Path("onemap.toml").write_text("[web]\nport = 0\n[intake]\nbatch_ms = 0\nbacth = 1\n")
    with pytest.raises(SettingsError) as refused:
        read_settings()
    lines = str(refused.value).splitlines()
    assert len(lines) == 3
    assert [line.split("'")[1] for line in lines] == [
        "web.port", "intake.batch_ms", "intake.bacth",
    ]  # fmt: skip


@pytest.mark.parametrize("content", [b"[web\n", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_named(content: bytes) -> None:
    Path("onemap.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"onemap\.toml"):
        read_settings()


def test_secrets_are_not_shown() -> None:
    settings = read_settings(
        mqtt={"user": "u", "password": "s3cret"}, store={"url": "postgresql://u:s3cret@h/d"}
    )
    assert "s3cret" not in repr(settings)
