"""What ingest does now and then, and that a failure of it is made good."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from geodata.atlas import Atlas
from iot.catalogue import Catalogue
from iot.ingest import chores, worker
from iot.ingest.checks import Limits
from iot.ingest.chores import Forgetting, Publications
from iot.ingest.inbox import Inbox
from iot.ingest.processor import Processor
from iot.ingest.pulse import STUCK_S, Pulse
from iot.ingest.registry import Registry
from iot.ingest.tally import Tally
from iot.ingest.worker import Worker
from iot.settings import IntakeSettings
from tests.iot.brokers import eventually
from tests.iot.intake import write_map

if TYPE_CHECKING:
    from pathlib import Path


class Asked:
    """In place of the ledger: says how long each step of forgetting takes."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.steps: list[int] = []

    def forget_readings(self, _before: int, after: int, most: int) -> int:
        self.steps.append(most)
        time.sleep(self.seconds)
        return after + most


def test_forgetting_takes_larger_steps_while_they_are_quick() -> None:
    ledger: Any = Asked(0)
    forget = Forgetting(ledger, 48)
    for _ in range(12):
        forget(0)
    assert ledger.steps[0] == chores.LEAST_SERIES
    assert ledger.steps[-1] == chores.MOST_SERIES
    ledger.seconds = chores.STEP_S * 1.2
    forget(0)
    forget(0)
    assert ledger.steps[-1] == chores.MOST_SERIES // 2


def test_a_map_that_could_not_be_taken_over_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "onemap.gpkg"
    write_map(path)
    taken: list[int] = []

    def replace(rows: list[dict[str, Any]]) -> None:
        taken.append(len(rows))
        if len(taken) == 1:
            raise RuntimeError("the store does not answer")

    look = Publications(path, Catalogue.read(), "another state", replace)

    def taken_over() -> bool:
        look(0)
        return len(taken) == 2

    with pytest.raises(RuntimeError):
        eventually(taken_over, "the first try")
    eventually(taken_over, "the second")
    look(0)
    look(0)
    assert taken == [4, 4]


def test_readings_do_not_wait_while_a_map_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "onemap.gpkg"
    write_map(path)
    go_on, whole = threading.Event(), Atlas.open

    def slow(path: Path) -> Atlas:
        assert go_on.wait(10)
        return whole(path)

    monkeypatch.setattr(chores.Atlas, "open", slow)
    taken: list[int] = []
    look = Publications(path, Catalogue.read(), "another", lambda rows: taken.append(len(rows)))
    look(0)
    look(0)  # comes back although nothing is read yet
    assert taken == []
    go_on.set()
    eventually(lambda: look(0) or taken == [4], "taken over")


def test_a_map_that_cannot_be_read_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "onemap.gpkg"
    path.write_bytes(b"no map")
    look = Publications(path, Catalogue.read(), "another", lambda _: None)
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        look(0)
        time.sleep(0.01)
    assert len(caplog.records) == 1


def idle_worker() -> Worker:
    nothing: Any = None
    processor = Processor(Registry(), {}, Limits(0, 0, 0))
    return Worker(
        Inbox(1_000), processor, nothing, Quiet(), Tally(), IntakeSettings(), lambda _: None
    )


class Quiet:
    """In place of the announcer."""

    def __init__(self) -> None:
        self.problems: list[str | None] = []

    def delta(self, *_told: Any) -> None: ...

    def refusals(self, _told: Any) -> None: ...

    def heartbeat(self, _at: int, problem: str | None) -> None:
        self.problems.append(problem)


def test_a_clock_set_back_stops_no_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_790_000_000_000]
    monkeypatch.setattr(worker, "now_ms", lambda: now[0])
    monkeypatch.setattr(worker, "_TICK_S", 0.01)
    ticking = idle_worker()
    ticks: list[int] = []

    def chore(at: int) -> None:
        ticks.append(at)
        now[0] -= 3_600_000
        if len(ticks) == 3:
            ticking.stop()

    ticking.add_chore(chore)
    began = time.monotonic()
    assert ticking.run()
    assert time.monotonic() - began < 5
    assert ticks[0] - ticks[2] == 2 * 3_600_000


def test_a_worker_that_hangs_is_not_called_well(monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = idle_worker()
    pulse = Pulse(Quiet(), hanging)  # type: ignore[arg-type]
    assert pulse._problem() is None
    before = time.monotonic()
    monkeypatch.setattr(worker.time, "monotonic", lambda: before + STUCK_S + 1)
    assert "not moved for 16 s" in str(pulse._problem())
