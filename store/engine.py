"""Opening the database: SQLite in WAL mode by default, PostgreSQL by ``store.url``.

The URL is SQLAlchemy's. Everything above this package talks SQLAlchemy Core and
knows nothing of which database answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from store.errors import StoreUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine

#: How long a writer waits for another writer's lock, in milliseconds.
BUSY_TIMEOUT_MS = 5_000

#: Pages of SQLite kept in memory by each connection, KiB.
CACHE_KIB = 65_536

#: Every table of every package is declared on this one, so that a migration
#: test can compare all of them with what the migrations built.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def default_url(data: Path) -> str:
    """The URL of the embedded database inside the data folder."""
    return f"sqlite:///{(data / 'onemap.db').as_posix()}"


def open_engine(url: str) -> Engine:
    """Open the database at a SQLAlchemy URL and prove that it answers.

    Raises:
        StoreUnavailableError: it cannot be opened; the message names the URL
            without its password.
    """
    try:
        shown = make_url(url).render_as_string(hide_password=True)
    except ArgumentError as error:
        # It may have a password in it, so it is not repeated.
        raise StoreUnavailableError(
            "store: store.url is no database URL; write e.g. postgresql+psycopg://user@host/name"
        ) from error
    try:
        engine = create_engine(url)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _configure_sqlite)
        inspect(engine).get_table_names()  # a file damaged further in opens well enough
    except ModuleNotFoundError as error:
        raise StoreUnavailableError(
            f"store: cannot open {shown}: its driver '{error.name}' is not installed"
        ) from error
    except SQLAlchemyError as error:
        reason = " ".join(str(error.__cause__ or error).split())
        raise StoreUnavailableError(f"store: cannot open {shown}: {reason}") from error
    return engine


def damage_of(engine: Engine) -> str | None:
    """What is wrong with the file of an embedded database; None when nothing is found.

    Reads the whole file. Raises SQLAlchemyError when it is too damaged even for that.
    """
    if engine.dialect.name != "sqlite":
        return None
    with engine.connect() as connection:
        verdict = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
    return None if verdict == "ok" else " ".join(verdict.split())


def _configure_sqlite(connection: Any, _record: object) -> None:
    """Readers never wait for the writer; a commit survives a killed process.

    ``synchronous=NORMAL`` in WAL mode can lose the last commits at a power cut,
    not at a crash of the program: https://www.sqlite.org/pragma.html#pragma_synchronous
    """
    cursor = connection.cursor()
    # First: programs that start together wait for each other's change to WAL.
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    # The same pages are written again by every batch of readings: copied from the log into
    # the file seldom (32 MB), they are copied and synced once for many batches.
    cursor.execute("PRAGMA wal_autocheckpoint=8000")
    cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
