"""The command line: what is wrong is one clear line and a non-zero exit."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from app.cli import build_parser, exit_code, field_map
from app.commands.district import Progress, ensure_district
from app.programs import environment_of, flags_of, settings_of, signed_in
from app.settings import SettingsError, read_settings
from geodata.errors import AtlasUnavailableError
from iot.broker.access import mosquitto_acl
from iot.broker.errors import PortTakenError
from tests.support import free_port

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def onemap(*arguments: str, timeout: float = 30, **variables: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one run."""
    ended = subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def small_geopackage(data: Path) -> Path:
    """A GeoPackage with one town, as if a site had made it."""
    data.mkdir(parents=True, exist_ok=True)
    frame = gpd.GeoDataFrame(
        {"code": ["320507001"], "name": ["元和街道"]},
        geometry=[shapely.box(120.6, 31.35, 120.7, 31.45)],
        crs="EPSG:4326",
    )
    file = data / "onemap.gpkg"
    frame.to_file(file, layer="towns", driver="GPKG")
    return file


def test_help_lists_the_commands_and_no_command_is_wrong_use() -> None:
    code, out, _ = onemap("--help")
    assert code == 0
    for command in ("demo", "up", "broker", "ingest", "web", "simulate", "import", "check"):
        assert re.search(rf"^ +{command} ", out, re.MULTILINE), command
    assert onemap()[0] == 2
    assert onemap("dance")[0] == 2


@pytest.mark.parametrize("program", ["demo", "up"])
def test_a_taken_http_port_is_named(program: str, tmp_path: Path) -> None:
    small_geopackage(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = onemap(program, f"--data={tmp_path}", f"--port={port}")
    assert (code, len(err.splitlines())) == (1, 1)
    assert f"port {port}" in err
    assert "taken" in err


def test_a_taken_mqtt_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = [f"--data={tmp_path}", f"--mqtt-port={port}", f"--port={free_port()}"]
        code, _, err = onemap("demo", *arguments)
    assert (code, len(err.splitlines())) == (1, 1)
    assert f"MQTT broker: port {port}" in err


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"ONEMAP_WEB__PORT": "eighty"}, "web.port"),
        ({"ONEMAP_WEB__HOST": "0.0.0.0"}, "web.host"),  # noqa: S104 - refused, that is the test
        ({"ONEMAP_MQTT__BROKER": "rabbit"}, "mqtt.broker"),
        ({"ONEMAP_INTAKE__BATCH_SIZE": "0"}, "intake.batch_size"),
        ({"ONEMAP_TIMEZONE": "Mars/Olympus"}, "timezone"),
        ({"ONEMAP_MQTT__URL": "127.0.0.1:1883"}, "mqtt.url"),
        ({"ONEMAP_MQTT__URL": "http://127.0.0.1:1883"}, "mqtt.url"),
        ({"ONEMAP_MQTT__URL": "mqtt://127.0.0.1:99999"}, "mqtt.url"),
        ({"ONEMAP_MQTT__URL": "mqtt://user:secret@127.0.0.1"}, "mqtt.url"),
    ],
)
def test_a_bad_setting_is_named(variables: dict[str, str], named: str, tmp_path: Path) -> None:
    code, _, err = onemap("up", f"--data={tmp_path}", **variables)
    assert (code, len(err.splitlines())) == (2, 1)
    assert f"'{named}'" in err
    assert "secret" not in err


def test_a_database_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    small_geopackage(tmp_path)
    flags = ("up", f"--data={tmp_path}", f"--port={free_port()}", f"--mqtt-port={free_port()}")
    code, _, err = onemap(*flags, ONEMAP_STORE__URL="nonsense")
    assert (code, len(err.splitlines())) == (1, 1)
    assert "store.url" in err
    (tmp_path / "onemap.db").write_bytes(b"no database at all, " * 1_000)
    code, _, err = onemap(*flags)
    assert (code, len(err.splitlines())) == (1, 1)
    assert (tmp_path / "onemap.db").read_bytes() == b"no database at all, " * 1_000


def test_an_unknown_key_and_a_broken_settings_file_are_named(tmp_path: Path) -> None:
    file = tmp_path / "onemap.toml"
    file.write_text("[web]\nprot = 8060\n")
    code, _, err = onemap("check", ONEMAP_SETTINGS=str(file))
    assert (code, len(err.splitlines())) == (2, 1)
    assert "web.prot" in err
    file.write_text("[web\n")
    code, _, err = onemap("check", ONEMAP_SETTINGS=str(file))
    assert (code, len(err.splitlines())) == (2, 1)
    assert str(file) in err


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = onemap("demo", f"--data={tmp_path}/file/data", f"--mqtt-port={free_port()}")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "'data'" in err


def test_a_missing_or_damaged_geopackage_is_one_line_and_untouched(tmp_path: Path) -> None:
    ports = [f"--port={free_port()}", f"--mqtt-port={free_port()}"]
    code, _, err = onemap("up", f"--data={tmp_path}", *ports)
    assert (code, len(err.splitlines())) == (1, 1)
    assert "onemap.gpkg" in err
    file = small_geopackage(tmp_path)
    damaged = file.read_bytes()[:2_000] + b"\0" * 5_000
    file.write_bytes(damaged)
    for program in ("up", "demo"):
        code, _, err = onemap(program, f"--data={tmp_path}", *ports)
        assert code == 1
        assert "onemap.gpkg" in err.splitlines()[-1]
        assert "Traceback" not in err
    assert file.read_bytes() == damaged


def test_the_demo_never_writes_over_a_geopackage_that_is_there(tmp_path: Path) -> None:
    file = small_geopackage(tmp_path)
    before = file.read_bytes()
    ensure_district(file, seed=1, components=10)
    assert file.read_bytes() == before


def test_progress_without_a_terminal_is_a_line_every_tenth(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = Progress("making")
    for share in range(101):
        progress(share / 100, "areas")
    progress.end()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert lines[0] == "onemap: making:   0 % areas"
    assert lines[-1] == "onemap: making: 100 % areas"


def test_import_publishes_refuses_and_reports(tmp_path: Path) -> None:
    data, source = tmp_path / "data", tmp_path / "towns.geojson"
    gpd.GeoDataFrame(
        {"bm": ["320507001"], "mc": ["元和街道"]},
        geometry=[shapely.box(120.6, 31.35, 120.7, 31.45)],
        crs="EPSG:4326",
    ).to_file(source, driver="GeoJSON")
    report = tmp_path / "report.json"
    arguments = ["import", "towns", str(source), f"--data={data}", "--crs=EPSG:4326"]
    fields = ["--map", "code=bm", "--map", "name=mc"]
    code, out, _ = onemap(*arguments, *fields, "--dry-run", f"--report={report}")
    assert code == 0, out
    assert '"published": false' in report.read_text()
    assert not (data / "onemap.gpkg").exists()
    code, out, _ = onemap(*arguments, *fields, f"--report={report}")
    assert code == 0, out
    assert '"published": true' in report.read_text()
    assert (data / "onemap.gpkg").stat().st_mode & 0o077 == 0, "it holds names and telephones"
    published = (data / "onemap.gpkg").read_bytes()
    code, out, _ = onemap(*arguments, "--map", "code=mc", "--map", "name=bm")
    assert code == 1
    assert "REFUSED" in out
    assert (data / "onemap.gpkg").read_bytes() == published
    code, _, err = onemap("import", "clouds", str(source), f"--data={data}")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "'clouds'" in err
    assert "towns" in err
    code, _, err = onemap(*arguments, "--map", "kode=bm")
    assert code == 2
    assert "'kode'" in err
    assert onemap(*arguments, "--map", "code")[0] == 2
    code, _, err = onemap(*arguments, *fields, f"--report={tmp_path}/no/such/folder.json")
    assert (code, len(err.splitlines())) == (1, 1)
    assert (data / "onemap.gpkg").read_bytes() == published


def test_check_says_what_is_well_and_what_is_not(tmp_path: Path) -> None:
    variables = {"ONEMAP_WEB__PORT": str(free_port()), "ONEMAP_MQTT__PORT": str(free_port())}
    code, out, _ = onemap("check", f"--data={tmp_path}", **variables)
    assert code == 1
    assert any(line.startswith("BAD map") for line in out.splitlines())
    small_geopackage(tmp_path)
    code, out, _ = onemap("check", f"--data={tmp_path}", **variables)
    assert code == 0, out
    assert "towns: 1 features" in out
    assert all(line.startswith("ok") for line in out.splitlines())
    assert {path.name for path in tmp_path.iterdir()} == {"onemap.gpkg"}


def test_the_broker_command_imports_neither_dash_nor_geopandas() -> None:
    code = (
        "import sys, app.cli, app.commands.broker, iot.broker.embedded, app.commands.up\n"
        "heavy = {'dash', 'geopandas', 'pandas', 'fastapi', 'plotly'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_flags_are_over_the_environment_and_reach_the_children(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ONEMAP_MQTT__PORT", "2883")
    monkeypatch.setenv("ONEMAP_WEB__TITLE", "另一张图")
    chosen = build_parser().parse_args(["up", f"--data={tmp_path}", "--port=9001"])
    settings = settings_of(chosen, mqtt={"allow_unnamed": True})
    assert (settings.web.port, settings.mqtt.port, settings.data) == (9001, 2883, tmp_path)
    assert settings.mqtt.allow_unnamed
    for name, value in environment_of(flags_of(chosen, mqtt={"allow_unnamed": True})).items():
        monkeypatch.setenv(name, value)
    assert read_settings() == settings


def test_our_programs_sign_in_by_the_data_folder_unless_told_otherwise(tmp_path: Path) -> None:
    settings = signed_in(read_settings(data=tmp_path))
    assert settings.mqtt.user == "onemap-internal"
    assert settings.mqtt.password
    assert settings.mqtt.password not in repr(settings)
    assert signed_in(read_settings(data=tmp_path)) == settings
    named = read_settings(data=tmp_path, mqtt={"user": "me", "password": "x"})
    assert signed_in(named) == named
    outside = read_settings(data=tmp_path, mqtt={"url": "mqtt://broker.example"})
    assert signed_in(outside) == outside


def test_errors_have_one_exit_code_and_defects_none() -> None:
    assert exit_code(SettingsError("x")) == 2
    assert exit_code(PortTakenError("x")) == 1
    assert exit_code(AtlasUnavailableError("x")) == 1
    assert exit_code(OSError("x")) == 1
    assert exit_code(KeyError("x")) is None
    assert field_map("code=XZQDM") == ("code", "XZQDM")


def test_deployed_access_file_is_the_table_we_write() -> None:
    def rules(text: str) -> list[str]:
        return [line for line in text.splitlines() if line and not line.startswith("#")]

    assert rules((DEPLOY / "mosquitto.acl").read_text()) == rules(mosquitto_acl(False))


def test_deployed_units_start_programs_that_exist() -> None:
    for unit in DEPLOY.glob("*.service"):
        found = re.search(r"^ExecStart=\S+/onemap (\S+)$", unit.read_text(), re.MULTILINE)
        assert found is not None
        build_parser().parse_args([found[1]])
