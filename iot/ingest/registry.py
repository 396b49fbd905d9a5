"""Which components there are, each with what intake has to know and remember of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iot.levels import Level
from iot.presence import Presence
from iot.rules import find_rule_kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from iot.catalogue import Catalogue, ComponentClass, Metric, Rule
    from iot.rules.base import RuleKind, State


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule with the kind that steps it and its settings made ready."""

    id: str
    rule: Rule
    kind: RuleKind
    prepared: Any
    metric: Metric | None


@dataclass(frozen=True, slots=True)
class ClassRules:
    """A class of component with its rules: those of each metric, and those made of silence."""

    known: ComponentClass
    by_metric: Mapping[str, tuple[BoundRule, ...]]
    quiet: tuple[BoundRule, ...]
    by_id: Mapping[str, BoundRule]


class Series:
    """One metric of one component. ts: event time of its newest reading, epoch ms UTC.

    low, high: what a plain number may be; crossed over (inf, -inf) for the other kinds,
    so that one comparison sends everything unusual the long way.
    calm_low, calm_high: numbers that no rule has to see while it has no state.
    id: its row in the store, 0 until it has one.
    """

    __slots__ = (
        "calm_high", "calm_low", "component", "high", "id", "low", "metric", "rules", "ts",
    )  # fmt: skip

    def __init__(self, component: str, metric: Metric, rules: tuple[BoundRule, ...]) -> None:
        self.component = component
        self.metric = metric
        self.rules = rules
        self.id = 0
        self.ts = -1
        self.calm_low, self.calm_high = _calm(rules)
        self.low, self.high = math.inf, -math.inf
        if metric.kind == "number":
            self.low = -math.inf if metric.min is None else metric.min
            self.high = math.inf if metric.max is None else metric.max


class Component:
    """One component as intake knows it.

    interval: how often it is expected to report, ms. heard: event time of its newest
    reading, epoch ms UTC, 0 when never. states: rule id -> state, where it is not None.
    scheduled: it stands in the queue of those whose silence is to be looked at.
    """

    __slots__ = (
        "code", "gateway", "heard", "interval", "presence", "presence_since", "rules",
        "scheduled", "series", "states",
    )  # fmt: skip

    def __init__(self, code: str, gateway: str | None, rules: ClassRules, interval: int) -> None:
        self.code = code
        self.gateway = gateway
        self.rules = rules
        self.interval = interval
        self.series: dict[str, Series] = {}
        self.heard = 0
        self.presence = Presence.UNKNOWN
        self.presence_since = 0
        self.states: dict[str, State] = {}
        self.scheduled = False

    def remember(self, other: Component) -> None:
        """Take over what was known before the component was read anew."""
        self.heard = other.heard
        self.presence, self.presence_since = other.presence, other.presence_since
        self.scheduled = False
        known = self.rules.known.metrics
        for name, old in other.series.items():
            if name in known:
                new = Series(self.code, known[name], self.rules.by_metric.get(name, ()))
                new.id, new.ts = old.id, old.ts
                self.series[name] = new
        self.states = {rule: s for rule, s in other.states.items() if rule in self.rules.by_id}


@dataclass
class Registry:
    """Every component by its code; the codes of those whose class the catalogue lacks apart."""

    components: dict[str, Component] = field(default_factory=dict)
    classless: dict[str, str] = field(default_factory=dict)
    by_gateway: dict[str, list[Component]] = field(default_factory=dict)

    @classmethod
    def build(
        cls, rows: Iterable[Mapping[str, Any]], catalogue: Catalogue, before: Registry | None = None
    ) -> Registry:
        """Components from rows with code, class_code, gateway and perhaps interval_s (seconds).

        before: the registry that this one replaces; what it remembers is taken over.
        """
        classes = bind_rules(catalogue)
        made = cls()
        for row in rows:
            code, class_code = str(row["code"]), str(row.get("class_code") or "")
            rules = classes.get(class_code)
            if rules is None:
                made.classless[code] = class_code
                continue
            interval = _seconds(row.get("interval_s")) or rules.known.interval_s
            gateway = row.get("gateway")
            component = Component(
                code, gateway if isinstance(gateway, str) else None, rules, round(interval * 1000)
            )
            old = before.components.get(code) if before else None
            if old is not None:
                component.remember(old)
            made.components[code] = component
            if component.gateway:
                made.by_gateway.setdefault(component.gateway, []).append(component)
        return made


def bind_rules(catalogue: Catalogue) -> dict[str, ClassRules]:
    """Every class of a (checked) catalogue with its rules ready to be stepped."""
    kinds = find_rule_kinds()
    return {code: _bind_class(known, kinds) for code, known in catalogue.classes.items()}


def _bind_class(known: ComponentClass, kinds: Mapping[str, RuleKind]) -> ClassRules:
    bound = [_bind(rule, known, kinds[rule.kind]) for rule in known.rules]
    by_metric = {
        name: tuple(each for each in bound if each.rule.metric == name) for name in known.metrics
    }
    quiet = tuple(each for each in bound if each.kind.tick is not None)
    return ClassRules(known, by_metric, quiet, {each.id: each for each in bound})


def _bind(rule: Rule, known: ComponentClass, kind: RuleKind) -> BoundRule:
    prepared = kind.prepare(rule.settings, Level.parse(rule.level))
    metric = known.metrics.get(rule.metric) if rule.metric else None
    return BoundRule(rule.id, rule, kind, prepared, metric)


def _calm(rules: tuple[BoundRule, ...]) -> tuple[float, float]:
    """What is calm for all of these rules; nothing when one of them wants to see everything."""
    low, high = -math.inf, math.inf
    for each in rules:
        if each.kind.calm is None:
            return math.inf, -math.inf
        its_low, its_high = each.kind.calm(each.prepared)
        low, high = max(low, its_low), min(high, its_high)
    return low, high


def _seconds(value: Any) -> float | None:
    """An interval as a site's layer may have it: missing, NaN or not above zero is none."""
    if isinstance(value, int | float) and math.isfinite(value) and value > 0:
        return float(value)
    return None
