"""How a key project goes: dates, planned and actual progress, money, milestones, all agreeing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

Status = Literal["on_track", "warning", "late", "stopped", "done"]

#: How many of a hundred projects are in each state: most go well.
STATUS_SHARES: dict[Status, float] = {
    "on_track": 0.62,
    "warning": 0.13,
    "late": 0.10,
    "stopped": 0.04,
    "done": 0.11,
}

#: Shares of the whole at which the milestones of any project lie.
_MARKS = (0.08, 0.35, 0.65, 0.9, 1.0)

_NOTES: dict[Status, tuple[str, ...]] = {
    "warning": (
        "连续阴雨影响室外施工",
        "管线迁改进度偏慢",
        "部分材料供应紧张",
        "施工交通组织方案待批",
    ),
    "late": (
        "征收扫尾未完成，影响施工面移交",
        "设计变更后重新报批",
        "资金拨付滞后",
        "地下管线情况与图纸不符",
    ),
    "stopped": (
        "总包单位停工，正在协调复工",
        "地质勘察异常，停工待专家论证",
        "规划调整，暂停实施",
    ),
}


@dataclass(frozen=True)
class Schedule:
    """One project's course. Dates are ISO 8601 days; progress is 0-100; money in 万元."""

    start_date: str
    due_date: str
    finished_date: str | None
    progress_planned: int
    progress: int
    invest_planned: int
    invest_actual: int
    status: Status
    milestones: str
    note: str | None


def draw_schedule(
    rng: np.random.Generator, status: Status, today: date, names: tuple[str, ...], budget: float
) -> Schedule:
    """A course that explains its status. names: five milestones; budget: 万元."""
    days = int(rng.integers(260, 960))
    lived = _lived(rng, status)
    start = today - timedelta(days=round(days * lived))
    due = start + timedelta(days=days)
    planned = _curve(min(lived, 1.0))
    progress = _progress(rng, status, planned)
    finished = None
    if status == "done":
        finished = min(today - timedelta(days=2), due + timedelta(days=int(rng.integers(-25, 12))))
    end = finished or today
    spent = budget * progress / 100 * rng.uniform(0.9, 1.06)
    notes = _NOTES.get(status)
    return Schedule(
        start_date=start.isoformat(),
        due_date=due.isoformat(),
        finished_date=finished.isoformat() if finished else None,
        progress_planned=planned,
        progress=progress,
        invest_planned=round(budget / 10) * 10,
        invest_actual=round(spent),
        status=status,
        milestones=_milestones(names, start, days, end, progress),
        note=notes[int(rng.integers(len(notes)))] if notes else None,
    )


def _lived(rng: np.random.Generator, status: Status) -> float:
    """Which share of its planned time has gone by."""
    if status == "done":
        return float(rng.uniform(1.06, 1.35))
    if status == "late":
        return float(rng.uniform(0.45, 1.12))
    return float(rng.uniform(0.3, 0.92) if status == "stopped" else rng.uniform(0.12, 0.95))


def _curve(share: float) -> int:
    """Planned progress by time: slow at both ends, as sites are."""
    return round(100 * (3 * share**2 - 2 * share**3) * 0.5 + 100 * share * 0.5)


def _progress(rng: np.random.Generator, status: Status, planned: int) -> int:
    if status == "done":
        return 100
    if status == "stopped":
        return round(planned * float(rng.uniform(0.3, 0.7)))
    behind = {"on_track": (-4, 3), "warning": (5, 10), "late": (12, 28)}[status]
    return max(1, min(99, planned - int(rng.integers(behind[0], behind[1] + 1))))


def _milestones(names: tuple[str, ...], start: date, days: int, end: date, progress: int) -> str:
    """JSON [{"name", "due", "done"}]; reached in proportion to progress, never in the future."""
    rows: list[dict[str, str | None]] = []
    for name, mark in zip(names, _MARKS, strict=True):
        due = start + timedelta(days=round(days * mark))
        done = None
        if progress >= 100 * mark:
            share = 100 * mark / max(progress, 1)
            done = (start + timedelta(days=round((end - start).days * share))).isoformat()
        rows.append({"name": name, "due": due.isoformat(), "done": done})
    return json.dumps(rows, ensure_ascii=False)
