"""The access table and the password file, without a broker."""

from __future__ import annotations

import shutil
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.broker.access import INTERNAL_USER, may, mosquitto_acl
from iot.broker.errors import BrokerError, BrokerMissingError, PasswordFileError, PortTakenError
from iot.broker.info import BrokerInfo, read_info, write_info
from iot.broker.passwords import (
    hash_password,
    internal_credentials,
    read_passwords,
    verify,
    write_passwords,
)
from iot.broker.port import check_port
from iot.broker.program import run
from iot.settings import MqttSettings

if TYPE_CHECKING:
    from pathlib import Path

levels = st.text(st.characters(exclude_characters="/+#\x00", codec="utf-8"), min_size=1)


@pytest.mark.parametrize(
    ("user", "action", "topic", "allowed"),
    [
        (None, "publish", "onemap/v1/gw/readings", True),
        (None, "publish", "onemap/v1/gw/status", True),
        (None, "read", "onemap/v1/+/rejected", True),
        (None, "read", "onemap/v1/gw/readings", False),
        (None, "publish", "onemap/v1/gw/rejected", False),
        (None, "publish", "onemap/v1/live/readings", False),
        (None, "publish", "onemap/v1/live/delta", False),
        (None, "read", "onemap/v1/live/rejected", False),
        (None, "read", "#", False),
        (None, "publish", "onemap/v2/gw/readings", False),
        (None, "publish", "onemap/v1/readings", False),
        (None, "publish", "onemap/v1/gw/deep/readings", False),
        ("gw", "publish", "onemap/v1/gw/readings", True),
        ("gw", "publish", "onemap/v1/other/readings", False),
        ("gw", "read", "onemap/v1/+/rejected", False),
        ("live", "publish", "onemap/v1/live/readings", False),
        (INTERNAL_USER, "publish", "onemap/v1/live/delta", True),
        (INTERNAL_USER, "read", "onemap/v1/+/readings", True),
        (INTERNAL_USER, "read", "$SYS/broker/version", False),
    ],
)
def test_table(user: str | None, action: str, topic: str, allowed: bool) -> None:
    assert may(user, action, topic) is allowed  # type: ignore[arg-type]


@given(st.one_of(st.none(), levels.filter(lambda name: name != INTERNAL_USER)), levels)
def test_no_gateway_ever_publishes_to_live(user: str | None, leaf: str) -> None:
    assert not may(user, "publish", f"onemap/v1/live/{leaf}")


def test_acl_lets_unnamed_in_only_when_asked() -> None:
    assert "topic write onemap/v1/+/readings" in mosquitto_acl(True)
    assert "+/readings" not in mosquitto_acl(False)


@given(st.text(max_size=40))
def test_a_password_is_known_again_and_no_other_is(password: str) -> None:
    hashed = hash_password(password)
    assert verify(password, hashed)
    assert not verify(password + "x", hashed)


@pytest.mark.parametrize("broken", ["", "plain", "$6$salt$hash", "$7$x$y$z", "$7$101$!!$k"])
def test_a_broken_hash_lets_nobody_in(broken: str) -> None:
    assert not verify("", broken)


def test_lines_of_mosquitto_passwd_are_understood(tmp_path: Path) -> None:
    program = shutil.which("mosquitto_passwd")
    if program is None:
        pytest.skip("mosquitto_passwd is not installed")
    file = tmp_path / "passwd"
    subprocess.run([program, "-b", "-c", str(file), "gw-1", "s3cret"], check=True, timeout=10)
    assert verify("s3cret", read_passwords(file)["gw-1"])


def test_our_password_is_made_once_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    first = internal_credentials(folder)
    assert internal_credentials(folder) == first
    assert len(first.password) >= 32
    assert first.password not in repr(first)
    file = write_passwords(folder)
    for private in (folder / "internal", file):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
    before = file.read_text()
    assert write_passwords(folder).read_text() == before
    assert {each.name for each in folder.iterdir()} == {"internal", "passwd"}


def test_lines_of_the_site_stay(tmp_path: Path) -> None:
    line = f"gw-1:{hash_password('a')}"
    (tmp_path / "passwd").write_text(f"# gateways\n{line}\n")
    users = read_passwords(write_passwords(tmp_path))
    assert set(users) == {"gw-1", INTERNAL_USER}
    assert f"gw-1:{users['gw-1']}" == line


def test_a_gateway_called_live_is_refused(tmp_path: Path) -> None:
    (tmp_path / "passwd").write_text(f"live:{hash_password('a')}\n")
    with pytest.raises(PasswordFileError, match="live"):
        write_passwords(tmp_path)


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "broker").write_text("")
    with pytest.raises(PasswordFileError, match="broker"):
        internal_credentials(tmp_path / "broker")


def test_a_broker_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("iot.broker.mosquitto.EXTRA_PATH", ())
    with pytest.raises(BrokerMissingError, match="mosquitto"):
        run(MqttSettings(broker="mosquitto", port=_free()), tmp_path / "broker")


def test_an_address_that_is_not_ours_is_named() -> None:
    with pytest.raises(BrokerError, match=r"192\.0\.2\.1"):
        check_port("192.0.2.1", 1883, "MQTT broker")
    port = _free()
    check_port("127.0.0.1", port, "MQTT broker")
    import socket

    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(PortTakenError, match=f"MQTT broker.*{port}"),
    ):
        check_port("127.0.0.1", port, "MQTT broker")


def test_info_is_read_back_and_unknown_before(tmp_path: Path) -> None:
    settings = MqttSettings()
    assert read_info(settings, tmp_path).kind == "unknown"
    told = BrokerInfo("mosquitto", "2.0.11", None, "mqtt://127.0.0.1:1883")
    write_info(tmp_path, told)
    assert read_info(settings, tmp_path) == told
    outside = MqttSettings(url="mqtt://broker.example:1883")
    assert read_info(outside, tmp_path).kind == "external"


def _free() -> int:
    from tests.support import free_port

    return free_port()
