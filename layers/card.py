"""What a drawer shows, as plain data: layers describe it, the page renders it.

Every text here is either data (a name, a code) or an English msgid wrapped in
``T``, which the page translates. Nothing here knows HTML.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class T:
    """A msgid with its arguments, translated when rendered.

    Example: ``T("Components: {n}", {"n": 12})``. Arguments are plain data, never a ``T``.
    """

    msgid: str
    args: dict[str, Any] = field(default_factory=dict)


Text = str | T


@dataclass(frozen=True)
class Ref:
    """A feature that can be opened: layer id and code."""

    layer: str
    code: str


@dataclass(frozen=True)
class Badge:
    """A short word with a tone. Only ``level-…`` tones use the four level colours."""

    text: Text
    tone: Literal[
        "level-red", "level-orange", "level-yellow", "level-blue", "quiet", "strong", "muted"
    ] = "quiet"


@dataclass(frozen=True)
class Fact:
    """One line: what it is, its value, and what opens on a click."""

    label: Text
    value: Text
    ref: Ref | None = None


@dataclass(frozen=True)
class Item:
    """One row of a list: a title, a quiet second line, badges, what opens, how far along (0-1)."""

    title: Text
    detail: Text | None = None
    badges: tuple[Badge, ...] = ()
    ref: Ref | None = None


@dataclass(frozen=True)
class Facts:
    """A titled table of facts."""

    title: Text | None
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Items:
    """A titled list; ``empty`` says why when there is nothing."""

    title: Text
    items: tuple[Item, ...]
    empty: Text


@dataclass(frozen=True)
class Step:
    """One link of the chain of responsibility: its role, who it is, how to reach them."""

    role: Text
    name: Text
    detail: Text | None = None
    ref: Ref | None = None


@dataclass(frozen=True)
class Chain:
    """The chain of responsibility, from the thing up to who must come."""

    title: Text
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Progress:
    """Planned against actual, both 0-100."""

    title: Text
    planned: float
    actual: float
    unit: str = "%"
    note: Text | None = None


@dataclass(frozen=True)
class Milestone:
    """One milestone: dates are ISO 8601 days; ``done`` is None while it is not reached."""

    name: str
    due: str
    done: str | None
    state: Literal["done", "late", "next", "later"]


@dataclass(frozen=True)
class Milestones:
    """A titled timeline of milestones."""

    title: Text
    milestones: tuple[Milestone, ...]


@dataclass(frozen=True)
class Bars:
    """A titled set of small bars: (label, value, badge tone); values are counts."""

    title: Text
    bars: tuple[tuple[Text, float, str], ...]
    unit: Text = ""


@dataclass(frozen=True)
class Readings:
    """Where the page puts a component's live values and 24-hour charts."""

    component: str


Section = Facts | Items | Chain | Progress | Milestones | Bars | Readings


@dataclass(frozen=True)
class Card:
    """The drawer of one feature: kind and title on top, then sections in order of use."""

    kind: Text
    title: str
    code: str
    badges: tuple[Badge, ...] = ()
    sections: tuple[Section, ...] = ()
