"""Bringing the database to the form of this version; safe when several programs start at once."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from store.errors import StoreUnavailableError

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import Connection, Engine

#: Any number that only we use: who holds it is migrating (PostgreSQL advisory lock).
_LOCK = 320_507_000_001
#: How long one program waits for another that is migrating, seconds.
PATIENCE_S = 30.0
_RETRY_S = 0.2


def migrate(engine: Engine, *, patience_s: float = PATIENCE_S) -> None:
    """Run every migration that the database lacks, in one transaction.

    Raises:
        StoreUnavailableError: the file is no database, cannot be written, is held by
            another program for longer than ``patience_s``, or is of a newer version.
    """
    shown = engine.url.render_as_string(hide_password=True)
    deadline = time.monotonic() + patience_s
    while True:
        try:
            _upgrade(engine)
        except SQLAlchemyError as error:
            reason = getattr(error, "orig", None) or error
            if "locked" in str(reason) and time.monotonic() < deadline:
                time.sleep(_RETRY_S)
                continue
            told = " ".join(str(reason).split())
            raise StoreUnavailableError(f"store: cannot use {shown}: {told}") from error
        return


def config() -> Config:
    """Alembic's configuration, without a file: the scripts lie in this package."""
    from alembic.config import Config

    made = Config()
    folder = Path(__file__).parent / "migrations"
    # A '%' in the path would be read as an interpolation.
    made.set_main_option("script_location", str(folder).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    return made


def _upgrade(engine: Engine) -> None:
    # Alembic tells at its import of every part it has; what it does to the data is told on.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    from alembic import command
    from alembic.script import ScriptDirectory

    settings = config()
    scripts = ScriptDirectory.from_config(settings)
    with engine.connect() as connection:
        found = _revision(connection)
    if found == scripts.get_current_head():
        return  # without a lock: nobody who starts has to wait for those who work
    if found is not None and found not in {each.revision for each in scripts.walk_revisions()}:
        shown = engine.url.render_as_string(hide_password=True)
        raise StoreUnavailableError(
            f"store: {shown} was written by a newer version (revision {found}); "
            "update this program, the database is left as it is"
        )
    with engine.begin() as connection:
        _take_turn(connection)
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")


def _take_turn(connection: Connection) -> None:
    """Wait for others that migrate; the lock goes with the transaction."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _revision(connection: Connection) -> str | None:
    """What the database is at; None for an empty one."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)
