"""The broker's password file, in Mosquitto's format, which the embedded broker reads too.

``DATA/broker/passwd`` holds a line for our own programs, which we keep, and the
lines that a site adds for its gateways with ``mosquitto_passwd``.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iot.broker.access import INTERNAL_USER, RESERVED_GATEWAY
from iot.broker.errors import PasswordFileError

if TYPE_CHECKING:
    from pathlib import Path

#: ``$7$`` is PBKDF2 with SHA-512, 101 rounds by default: mosquitto 2.0, ``mosquitto_passwd``.
#: Few rounds, but the passwords here are 32 random bytes, not a person's choice.
ROUNDS = 101
SALT_BYTES = 12
KEY_BYTES = 64


@dataclass(frozen=True)
class Credentials:
    """What one program signs in with."""

    user: str
    password: str = field(repr=False)


def hash_password(password: str) -> str:
    """The password as it stands in the file, with a salt of its own."""
    salt = secrets.token_bytes(SALT_BYTES)
    return f"$7${ROUNDS}${b64encode(salt).decode()}${_derive(password, salt, ROUNDS)}"


def verify(password: str, hashed: str) -> bool:
    """Whether that is the password; False for a hash in any other format."""
    try:
        _, kind, rounds, salt, key = hashed.split("$")
        expected = _derive(password, b64decode(salt), int(rounds))
    except ValueError:
        return False
    return kind == "7" and hmac.compare_digest(expected, key)


def read_passwords(file: Path) -> dict[str, str]:
    """User name to hash. Raises PasswordFileError when the file cannot be read."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PasswordFileError(f"broker: cannot read {file}: {error}") from error
    pairs = (line.partition(":") for line in lines if line.strip() and not line.startswith("#"))
    return {user: hashed.strip() for user, _, hashed in pairs}


def internal_credentials(folder: Path) -> Credentials:
    """What our own programs sign in with at the broker of this data folder.

    Made at the first call (a random password in ``folder/internal``, readable by
    the owner only) and the same ever after.

    Raises:
        PasswordFileError: it can be neither read nor written.
    """
    file = folder / "internal"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            # Written aside and linked: of two programs that start at once, one wins whole.
            draft = folder / f"internal.{os.getpid()}"
            _write_private(draft, secrets.token_urlsafe(32))
            try:
                os.link(draft, file)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return Credentials(INTERNAL_USER, file.read_text(encoding="ascii").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise PasswordFileError(f"broker: cannot keep a password in {folder}: {error}") from error


def write_passwords(folder: Path) -> Path:
    """Bring our own line of ``folder/passwd`` up to date; the site's lines stay as they are.

    Raises:
        PasswordFileError: unreadable, unwritable, or a gateway has a name that is ours.
    """
    credentials = internal_credentials(folder)
    file = folder / "passwd"
    users = read_passwords(file) if file.exists() else {}
    if RESERVED_GATEWAY in users:
        raise PasswordFileError(
            f"broker: {file}: no gateway may be called '{RESERVED_GATEWAY}', "
            f"onemap/v1/{RESERVED_GATEWAY}/ is for our own programs; give it another name"
        )
    if not verify(credentials.password, users.get(credentials.user, "")):
        users[credentials.user] = hash_password(credentials.password)
        try:
            _write_private(file, "".join(f"{user}:{hashed}\n" for user, hashed in users.items()))
        except OSError as error:
            raise PasswordFileError(f"broker: cannot write {file}: {error}") from error
    return file


def _derive(password: str, salt: bytes, rounds: int) -> str:
    return b64encode(
        hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds, KEY_BYTES)
    ).decode()


def _write_private(file: Path, text: str) -> None:
    """Readable by the owner only, from the first byte on."""
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    draft.replace(file)
