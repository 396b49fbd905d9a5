"""What was missed is noticed, and who is to blame for a standing picture is named."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from app.live.continuity import FORGET_MS, Continuity
from app.live.vitals import EPOCHS_KEPT, STALE_MS, Vitals
from iot.live import Heartbeat


def test_first_message_is_a_gap_then_one_follows_the_other() -> None:
    continuity = Continuity()
    assert continuity.delta("a", 7, 0) == "gap"
    assert continuity.delta("a", 8, 0) == "next"
    assert continuity.heartbeat("a", 8, 0) == "next"
    assert continuity.delta("a", 9, 0) == "next"


def test_a_jump_is_a_gap_once() -> None:
    continuity = Continuity()
    continuity.delta("a", 1, 0)
    assert continuity.delta("a", 3, 0) == "gap"
    assert continuity.delta("a", 4, 0) == "next"


def test_a_heartbeat_ahead_of_us_is_a_gap_and_one_behind_is_old() -> None:
    continuity = Continuity()
    continuity.delta("a", 5, 0)
    assert continuity.heartbeat("a", 4, 0) == "old"
    assert continuity.heartbeat("a", 6, 0) == "gap"
    assert continuity.delta("a", 6, 0) == "old"
    assert continuity.delta("a", 7, 0) == "next"


def test_another_epoch_is_a_gap_and_two_ingests_may_alternate() -> None:
    continuity = Continuity()
    continuity.delta("a", 1, 0)
    assert continuity.delta("b", 40, 0) == "gap"
    assert continuity.delta("a", 2, 0) == "next"
    assert continuity.delta("b", 41, 0) == "next"


def test_after_a_lost_connection_everything_follows_a_gap() -> None:
    continuity = Continuity()
    continuity.delta("a", 1, 0)
    continuity.forget()
    assert continuity.delta("a", 2, 0) == "gap"


def test_a_silent_ingest_is_forgotten() -> None:
    continuity = Continuity()
    continuity.delta("a", 1, 0)
    continuity.delta("b", 1, 0)
    for second in range(0, FORGET_MS + 2_000, 1_000):
        assert continuity.heartbeat("b", 1, second) == "next"
    assert continuity.delta("a", 2, FORGET_MS + 2_000) == "gap"


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60, unique=True).map(sorted))
def test_every_hole_in_the_numbers_is_a_gap(numbers: list[int]) -> None:
    continuity = Continuity()
    verdicts = [continuity.delta("a", seq, 0) for seq in numbers]
    holes = [before + 1 != seq for before, seq in itertools.pairwise(numbers)]
    assert verdicts == ["gap"] + ["gap" if hole else "next" for hole in holes]


def beat(at: int, **parts: object) -> Heartbeat:
    return Heartbeat("a", 1, at, **parts)  # type: ignore[arg-type]


def test_stale_names_the_first_part_that_is_not_well() -> None:
    vitals = Vitals(started=1_000)
    first = vitals.staleness(1_000)
    assert first is not None
    assert (first.cause, first.since) == ("broker", 1_000)
    vitals.connection(True, "connected", 2_000)
    unheard = vitals.staleness(2_000)
    assert unheard is not None
    assert (unheard.cause, unheard.since) == ("ingest", 1_000)
    vitals.heartbeat(beat(2_990), 3_000)
    assert vitals.staleness(3_000 + STALE_MS) is None
    silent = vitals.staleness(3_001 + STALE_MS)
    assert silent is not None
    assert (silent.cause, silent.since) == ("ingest", 3_000)
    vitals.connection(False, "gone", 9_000)
    vitals.connection(False, "still gone", 9_500)
    lost = vitals.staleness(9_600)
    assert lost is not None
    assert (lost.cause, lost.since, lost.detail) == ("broker", 9_000, "still gone")


def test_stale_by_the_store_of_ingest_or_ours() -> None:
    vitals = Vitals(started=0)
    vitals.connection(True, "connected", 1)
    vitals.heartbeat(beat(2, store_ok=False, problem="disk full"), 2)
    vitals.heartbeat(beat(3, store_ok=False, problem="disk full"), 3)
    bad = vitals.staleness(4)
    assert bad is not None
    assert (bad.cause, bad.since, bad.detail) == ("store", 2, "disk full")
    vitals.heartbeat(beat(5), 5)
    assert vitals.staleness(6) is None
    vitals.store_read("no such table", 7)
    vitals.store_read("no such table", 8)
    ours = vitals.staleness(9)
    assert ours is not None
    assert (ours.cause, ours.since) == ("store", 7)
    vitals.store_read(None, 10)
    assert vitals.staleness(11) is None


def test_totals_survive_restarts_of_ingest_and_never_fall() -> None:
    vitals = Vitals(started=0)
    for restart in range(EPOCHS_KEPT * 3):
        for count in (1, 5):
            told = Heartbeat(f"e{restart}", 0, restart, counters={"messages": count})
            vitals.heartbeat(told, restart)
        assert vitals.totals() == {"messages": 5 * (restart + 1)}
    assert len(vitals.counters) <= EPOCHS_KEPT + 1


def test_a_clock_set_back_makes_no_old_data_fresh() -> None:
    vitals = Vitals(started=0)
    vitals.heartbeat(Heartbeat("e", 0, 9_000_000), now=1_000)  # ingest's clock is far ahead
    assert vitals.data_at == 1_000
    vitals.heartbeat(Heartbeat("e", 0, 5_000), now=5_000)
    vitals.heartbeat(Heartbeat("e", 0, 2_000), now=2_000)  # ours was set back
    assert vitals.data_at == 2_000
