"""amqtt's log under load: one line, not a thousand tracebacks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from iot.broker import sparing

if TYPE_CHECKING:
    import pytest


def test_a_repeated_complaint_is_one_line_then_a_number(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("iot.broker.sparing.time.monotonic", lambda: now)
    logger = logging.getLogger("test.sparing")
    logger.addFilter(sparing.Sparing())
    for number in range(50):
        try:
            raise TimeoutError(f"no answer to packet {number}")
        except TimeoutError:
            logger.exception("Task failed: <Task %s>", number)
    logger.error("Something else")
    now += sparing.EVERY_S
    logger.error("Task failed: <Task 50>")
    assert [record.getMessage() for record in caplog.records] == [
        "amqtt: Task failed: no answer to packet 0",
        "amqtt: Something else",
        "amqtt: Task failed (and 49 more like it)",
    ]
    assert not any(record.exc_info for record in caplog.records)
