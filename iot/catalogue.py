"""The catalogue: component classes with their metrics and default rules, one TOML file.

A site copies ``iot/catalogue.toml`` and names its copy in ``intake.catalogue``.
How it is read and checked: ``iot/catalogue_file.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from iot.levels import Level

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from iot.readings import Value

MetricKind = Literal["number", "bool", "string"]
Scope = Literal["national", "provincial", "local", "default"]


class CatalogueError(Exception):
    """The catalogue is wrong; each line names class, rule or metric, key, and the choices."""


@dataclass(frozen=True)
class Metric:
    """What a class of component measures.

    kind: number, bool or string. min, max: the valid range; a reading outside is
    rejected as ``out_of_range``. unit: as shown, e.g. ``"cm"``. decimals: as shown.
    name_zh / name_en: as shown.
    """

    name: str
    kind: MetricKind
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
    scope: Scope


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
    """Every class by code. version: changes with the content of the file."""

    classes: Mapping[str, ComponentClass]
    version: str = field(default="", compare=False)

    @classmethod
    def read(cls, path: Path | None = None) -> Catalogue:
        """Read and check a catalogue; None reads the one we ship.

        Raises:
            CatalogueError: names the class, rule and key that is wrong, and the choices.
        """
        from iot.catalogue_file import read_catalogue  # the reader needs these classes

        return read_catalogue(path)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id, or None (an old alert's rule may be gone)."""
        return self._rules.get(rule_id)

    @cached_property
    def _rules(self) -> dict[str, Rule]:
        return {rule.id: rule for each in self.classes.values() for rule in each.rules}


def rule_text(
    rule: Rule, metric: Metric | None, value: Value | None, level: Level, lang: str = "zh"
) -> str:
    """What an alert of this rule says, e.g. ``"积水深 26 cm，超过 25 cm"``; lang is zh or en."""
    facts: dict[str, Any] = {"above": None, "below": None, **rule.settings}
    for step in rule.settings.get("steps") or ():
        if Level.parse(step["level"]) <= level:
            facts |= step
    facts["value"] = _shown(value, metric)
    facts["unit"] = metric.unit if metric else ""
    shown = {name: f"{fact:g}" if isinstance(fact, float) else fact for name, fact in facts.items()}
    return (rule.text_en if lang == "en" else rule.text_zh).format_map(shown)


def _shown(value: Value | None, metric: Metric | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if metric is None or metric.kind != "number":
        return f"{float(value):g}"
    return f"{value:.{metric.decimals}f}"


def describe(catalogue: Catalogue) -> dict[str, Any]:
    """The catalogue as ``/api/catalogue`` gives it."""
    return {"classes": [_describe_class(each) for each in catalogue.classes.values()]}


def _describe_class(each: ComponentClass) -> dict[str, Any]:
    return {
        "code": each.code,
        "name": each.name_zh,
        "name_en": each.name_en,
        "standard_ref": each.standard_ref,
        "agency": each.agency,
        "interval_s": each.interval_s,
        "icon": each.icon,
        "metrics": [_describe_metric(metric) for metric in each.metrics.values()],
        "rules": [_describe_rule(rule) for rule in each.rules],
    }


def _describe_metric(metric: Metric) -> dict[str, Any]:
    return {
        "name": metric.name,
        "unit": metric.unit,
        "min": metric.min,
        "max": metric.max,
        "kind": metric.kind,
        "decimals": metric.decimals,
        "name_zh": metric.name_zh,
        "name_en": metric.name_en,
    }


def _describe_rule(rule: Rule) -> dict[str, Any]:
    """Every key of the contract, null or 0 where its kind has no such thing."""
    return {
        "above": None,
        "below": None,
        "hold_s": 0,
        "hysteresis": 0,
        **rule.settings,
        "id": rule.id,
        "kind": rule.kind,
        "metric": rule.metric,
        "level": rule.level,
        "source": rule.source,
        "scope": rule.scope,
        "text_zh": rule.text_zh,
        "text_en": rule.text_en,
    }
