"""How a key project stands: its status, its plan, its own sensors, and so its trouble."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from iot.levels import Level
from layers.card import Milestone
from layers.cells import day, json_list, number, parse_day, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.context import MapContext

Status = Literal["on_track", "warning", "late", "stopped", "done"]

STATUSES: tuple[Status, ...] = ("on_track", "warning", "late", "stopped", "done")

#: This many points of progress behind its plan, a project without a status of
#: its own counts as warned. A default of ours, no rule of any standard.
WARNING_BEHIND = 10.0


@dataclass(frozen=True, order=True)
class Trouble:
    """How much a project needs somebody; sorts with the worst first.

    rank: 0 stopped, 1 late, 2 its own sensors alert, 3 warning, 4 on track, 5 done.
    urgency: minus the level of its sensors; lag: minus the points it is behind its plan.
    """

    rank: int
    urgency: int
    lag: float
    code: str
    status: Status = field(compare=False)
    level: Level = field(compare=False)

    @property
    def troubled(self) -> bool:
        """Whether it belongs on a list of what needs somebody."""
        return self.rank <= 3


def trouble(row: Mapping[str, Any], context: MapContext) -> Trouble:
    """How much trouble a project is in now."""
    today = context.now.date()
    status = status_of(row, today)
    level = context.picture.worst(own_sensors(text(row, "code") or "", context))
    behind = (planned_progress(row, today) or 0.0) - (number(row, "progress") or 0.0)
    return Trouble(
        _rank(status, level), -int(level), -behind, text(row, "code") or "", status, level
    )


def _rank(status: Status, level: Level) -> int:
    if status == "stopped":
        return 0
    if status == "late":
        return 1
    if level is not Level.NONE:
        return 2
    return {"warning": 3, "on_track": 4, "done": 5}[status]


def own_sensors(code: str, context: MapContext) -> list[str]:
    """The components that were put up for this project (their ``project`` names it)."""
    frame = context.atlas.layers["components"]
    if not code or "project" not in frame.columns:
        return []
    return [str(component) for component in frame.index[(frame["project"] == code).to_numpy(bool)]]


def status_of(row: Mapping[str, Any], today: date) -> Status:
    """What its data say, or, where they do not, what follows from dates and progress."""
    given = text(row, "status")
    for status in STATUSES:
        if given == status:
            return status
    progress = number(row, "progress")
    if day(row, "finished_date") is not None or (progress or 0.0) >= 100:
        return "done"
    due = day(row, "due_date")
    if due is not None and due < today:
        return "late"
    planned = planned_progress(row, today)
    if progress is not None and planned is not None and planned - progress >= WARNING_BEHIND:
        return "warning"
    return "on_track"


def planned_progress(row: Mapping[str, Any], today: date) -> float | None:
    """The plan's progress, 0-100: as given, else the share of its time that has passed."""
    given = number(row, "progress_planned")
    if given is not None:
        return given
    start, due = day(row, "start_date"), day(row, "due_date")
    if start is None or due is None or due <= start:
        return None
    share = (today - start).days / (due - start).days
    return 100.0 * min(max(share, 0.0), 1.0)


def milestones_of(row: Mapping[str, Any], today: date) -> tuple[Milestone, ...]:
    """Its milestones with their states as of today, in the order of their due days."""
    entries = sorted(json_list(row, "milestones"), key=_due_key)
    milestones: list[Milestone] = []
    for entry in entries:
        due, done = parse_day(entry.get("due")), parse_day(entry.get("done"))
        state: Literal["done", "late", "next", "later"]
        if done is not None:
            state = "done"
        elif due is not None and due < today:
            state = "late"
        elif any(milestone.state == "next" for milestone in milestones):
            state = "later"
        else:
            state = "next"
        milestones.append(
            Milestone(
                name=str(entry.get("name") or "–"),
                due=due.isoformat() if due else "",
                done=done.isoformat() if done else None,
                state=state,
            )
        )
    return tuple(milestones)


def _due_key(entry: dict[str, Any]) -> date:
    return parse_day(entry.get("due")) or date.max
