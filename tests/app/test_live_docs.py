"""``docs/live.md`` says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from app.live import changes, columns, snapshot, stream
from iot.levels import Level
from iot.presence import Presence

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "live.md").read_text(encoding="utf-8")


def test_columns_and_their_types() -> None:
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (\w+) \|", DOCUMENT, re.MULTILINE)
    told = {name: kind for names, kind in rows for name in re.findall(r"`(\w+)`", names)}
    assert told == dict(snapshot.COLUMNS)


def test_numbers_of_levels_and_presences() -> None:
    for kind in (Level, Presence):
        told = ", ".join(f"{each.value} {each.name.lower()}" for each in kind)
        assert told in DOCUMENT


def test_bounds() -> None:
    assert (
        f"({stream.KEPT_BYTES // 2**20} MiB, {stream.KEPT_EVENTS:,} events)".replace(",0", " 0")
        in DOCUMENT
    )
    assert f"leaves {stream.CLIENT_BYTES // 2**20} MiB unread" in DOCUMENT
    assert f"last {stream.NEWCOMER_S:.0f} seconds" in DOCUMENT
    assert f"at most {changes.EVENT_COMPONENTS:,}".replace(",", " ") in DOCUMENT
    assert f"{columns.NONE}: none" in DOCUMENT
    assert f"{columns.CODE_BYTES} a row" in DOCUMENT
