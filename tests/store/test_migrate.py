"""Migrations: what they build is what the code declares; many may run them at once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

import iot.tables
from store.engine import default_url, metadata, open_engine
from store.errors import StoreUnavailableError
from store.migrate import migrate

if TYPE_CHECKING:
    from pathlib import Path


def test_migrations_build_what_the_tables_declare(tmp_path: Path) -> None:
    assert iot.tables.readings.metadata is metadata
    engine = open_engine(default_url(tmp_path))
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        made = {index["name"]: index for index in inspect(connection).get_indexes("alerts")}
        built = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE name = 'readings'")
        ).scalar_one()
    # compare_metadata looks neither at a partial index's condition nor at this option.
    assert made["uq_alerts_open"]["unique"]
    assert str(made["uq_alerts_open"]["dialect_options"]["sqlite_where"]) == "cleared_at IS NULL"
    assert "WITHOUT ROWID" in built
    engine.dispose()


def test_again_changes_nothing(tmp_path: Path) -> None:
    engine = open_engine(default_url(tmp_path))
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO series (component, metric) VALUES ('c', 'm')"))
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM series")).scalar_one() == 1
    engine.dispose()


START = """
import sys
from store.engine import open_engine
from store.migrate import migrate
sys.stdin.readline()
migrate(open_engine(sys.argv[1]))
"""


def test_several_programs_start_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", START, default_url(tmp_path)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)
    ]
    try:
        for each in started:
            assert each.stdin is not None
            each.stdin.write(b"go\n")
            each.stdin.flush()
        said = [each.communicate(timeout=60)[1].decode() for each in started]
        assert [each.returncode for each in started] == [0] * len(started), said
    finally:
        for each in started:
            each.kill()
            each.communicate()


def test_missing_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match=r"cannot open sqlite:.*missing"):
        open_engine(default_url(tmp_path / "missing"))


def test_what_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "onemap.db"
    path.write_bytes(b"this is a letter, not a database" * 100)
    before = path.read_bytes()
    with pytest.raises(StoreUnavailableError, match="not a database"):
        migrate(open_engine(default_url(tmp_path)))
    assert path.read_bytes() == before


def test_held_by_another_program_for_too_long(tmp_path: Path) -> None:
    engine = open_engine(default_url(tmp_path))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    other = sqlite3.connect(tmp_path / "onemap.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailableError, match="locked"):
            migrate(engine, patience_s=0.1)
        other.execute("ROLLBACK")
        migrate(engine)
        other.execute("BEGIN IMMEDIATE")
        migrate(engine, patience_s=0.1)  # nothing to do: nothing to wait for
    finally:
        other.close()
    engine.dispose()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_file(tmp_path: Path) -> None:
    engine = open_engine(default_url(tmp_path))
    migrate(engine)
    engine.dispose()
    (tmp_path / "onemap.db").chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreUnavailableError):
            migrate(open_engine(default_url(tmp_path)))
    finally:
        tmp_path.chmod(0o700)


def test_newer_database_is_left_as_it_is(tmp_path: Path) -> None:
    engine = open_engine(default_url(tmp_path))
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailableError, match="newer version"):
        migrate(engine)
    engine.dispose()
