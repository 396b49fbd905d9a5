"""What cannot be opened is one sentence, without its password, and is left as it is."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

import pytest

from store.engine import damage_of, default_url, open_engine
from store.errors import StoreUnavailableError
from store.migrate import migrate

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "url", ["nonsense:geheim", "nosuch://u:geheim@h/d", "mssql+nosuch://u:geheim@h/d"]
)
def test_what_is_no_url_of_ours_is_told_without_its_password(url: str) -> None:
    with pytest.raises(StoreUnavailableError) as raised:
        open_engine(url)
    assert "geheim" not in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def test_a_driver_that_is_not_installed_is_named() -> None:
    with pytest.raises(StoreUnavailableError, match="driver 'MySQLdb' is not installed"):
        open_engine("mysql://u:geheim@127.0.0.1:1/d")


def test_a_file_damaged_further_in_is_told_and_untouched(tmp_path: Path) -> None:
    file = tmp_path / "onemap.db"
    whole = open_engine(default_url(tmp_path))
    migrate(whole)
    assert damage_of(whole) is None
    whole.dispose()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    content = bytearray(file.read_bytes())
    content[200:] = os.urandom(len(content) - 200)
    file.write_bytes(content)
    with pytest.raises(StoreUnavailableError):
        open_engine(default_url(tmp_path))
    assert file.read_bytes()[200:] == content[200:]
