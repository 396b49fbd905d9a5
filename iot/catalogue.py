"""The catalogue: component classes with their metrics and default rules, one TOML file.

SKELETON, to be completed by its owner; the signatures are the agreement.
A site copies ``iot/catalogue.toml`` and names its copy in ``intake.catalogue``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Metric:
    """What a class of component measures.

    kind: number, bool or string. min, max: the valid range; a reading outside is
    rejected as ``out_of_range``. unit: as shown, e.g. ``"cm"``. decimals: as shown.
    name_zh / name_en: as shown.
    """

    name: str
    kind: Literal["number", "bool", "string"]
    unit: str
    min: float | None
    max: float | None
    decimals: int
    name_zh: str
    name_en: str


@dataclass(frozen=True)
class Rule:
    """One rule of a class: data, with its source.

    id: unique in its class and stable, e.g. ``"01067.flood"``.
    kind: which file in ``iot/rules`` steps it. level: the level it opens with.
    settings: what its kind takes, checked by it (above, below, hold_s, hysteresis, steps…).
    text_zh, text_en: templates with ``{value}``, ``{unit}``, ``{above}``, ``{below}``.
    source: where the numbers come from; scope: national, provincial, local or default.
    """

    id: str
    class_code: str
    kind: str
    metric: str | None
    level: str
    settings: Mapping[str, Any]
    text_zh: str
    text_en: str
    source: str
    scope: Literal["national", "provincial", "local", "default"]


@dataclass(frozen=True)
class ComponentClass:
    """A class of component.

    code: five digits (GB/T 47678.5-2026, secondary source) or what a site uses.
    standard_ref: which standard the code is of. agency: who answers for it, by
    name as in the towns' agencies. interval_s: how often it is expected to report.
    """

    code: str
    name_zh: str
    name_en: str
    standard_ref: str
    agency: str
    interval_s: int
    icon: str
    metrics: Mapping[str, Metric]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Catalogue:
    """Every class by code."""

    classes: Mapping[str, ComponentClass]

    @classmethod
    def read(cls, path: Path | None = None) -> Catalogue:
        """Read and check a catalogue; None reads the one we ship.

        Raises:
            CatalogueError: names the class, rule and key that is wrong, and the choices.
        """
        raise NotImplementedError

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id, or None (an old alert's rule may be gone)."""
        raise NotImplementedError
