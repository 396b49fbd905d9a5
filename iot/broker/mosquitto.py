"""Running Mosquitto with our settings: nothing dropped under load, everything kept."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, NoReturn

from iot.broker.access import mosquitto_acl
from iot.broker.passwords import write_passwords

if TYPE_CHECKING:
    from pathlib import Path

    from iot.settings import MqttSettings

#: Debian keeps it in /usr/sbin, which is not on every user's PATH.
EXTRA_PATH = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")


def find_mosquitto() -> str | None:
    """Path of the program, None when it is not installed."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *EXTRA_PATH])
    return shutil.which("mosquitto", path=path)


def mosquitto_version(program: str) -> str | None:
    """As it says itself, e.g. ``"2.0.11"``; None when it says nothing we understand."""
    said = subprocess.run(  # noqa: S603 - the broker that was found on the PATH
        [program, "-h"], capture_output=True, text=True, timeout=10, check=False
    ).stdout
    found = re.search(r"mosquitto version (\S+)", said)
    return found[1] if found else None


def write_config(settings: MqttSettings, folder: Path) -> Path:
    """Write configuration, access and password files into ``folder``; returns the configuration.

    Raises:
        PasswordFileError: see ``write_passwords``.
        OSError: the folder cannot be written.
    """
    folder = folder.resolve()
    passwords = write_passwords(folder)
    acl = folder / "acl"
    acl.write_text(mosquitto_acl(settings.allow_unnamed), encoding="utf-8")
    config = folder / "mosquitto.conf"
    config.write_text(_config(settings, folder, passwords, acl), encoding="utf-8")
    return config


def _config(settings: MqttSettings, folder: Path, passwords: Path, acl: Path) -> str:
    unnamed = "true" if settings.allow_unnamed else "false"
    return f"""\
# Written by onemap at every start; changes here are lost.
listener {settings.port} {settings.host}
allow_anonymous {unnamed}
password_file {passwords}
acl_file {acl}
# Started by root it would become the user "mosquitto", who cannot read these files.
user {pwd.getpwuid(os.getuid()).pw_name}

# Sessions, queued and retained messages survive a restart.
persistence true
persistence_location {folder}/
autosave_interval 60

# The defaults (1000 queued, 20 in flight) drop QoS 1 messages under load.
max_queued_messages 0
max_inflight_messages 0
# Gateways that went away for good do not fill the disk.
persistent_client_expiration 14d
max_packet_size 16777216

log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages false
"""


def exec_mosquitto(program: str, config: Path) -> NoReturn:
    """Become Mosquitto: signals and the exit code are its own, and there is no child to orphan."""
    os.execv(program, [program, "-c", str(config)])  # noqa: S606 - the broker found on the PATH
