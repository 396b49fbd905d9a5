"""Alerts, rules and values in the words of the page's language, from the catalogue's own texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iot.catalogue import rule_text
from iot.levels import Level
from iot.presence import Presence
from layers.live import with_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.i18n import Translator
    from iot.alerts import Alert
    from iot.catalogue import Catalogue, ComponentClass, Metric, Rule
    from iot.readings import Value

#: After so many of its intervals without a reading a value is shown as late.
LATE_INTERVALS = 2


def alert_text(alert: Alert, catalogue: Catalogue, t: Translator) -> str:
    """What an alert says; the text it was stored with when its rule is gone or says nothing."""
    rule = catalogue.rule(alert.rule)
    if rule is None:
        return alert.text
    metric, level = metric_of(rule, catalogue), Level.parse(alert.level)
    try:
        return rule_text(rule, metric, alert.value, level, t.lang)
    except (KeyError, IndexError, ValueError):  # a site's own template may name what we lack
        return alert.text


def metric_of(rule: Rule, catalogue: Catalogue) -> Metric | None:
    """The metric a rule looks at, or None."""
    owner = catalogue.classes.get(rule.class_code)
    return owner.metrics.get(rule.metric) if owner and rule.metric else None


def metric_name(metric: Metric, t: Translator) -> str:
    """A metric's name."""
    return t.pick(metric.name_zh, metric.name_en)


def class_name(owner: ComponentClass, t: Translator) -> str:
    """A component class's name."""
    return t.pick(owner.name_zh, owner.name_en)


def value_words(value: Value | None, metric: Metric | None, t: Translator) -> str:
    """A value without its unit: numbers with the metric's decimals, yes and no for bools."""
    if value is None:
        return "–"
    if isinstance(value, bool) or (metric is not None and metric.kind == "bool"):
        return t("yes") if value else t("no")
    if isinstance(value, int | float):
        return t.number(value, metric.decimals if metric else None)
    return str(value)


def value_with_unit(value: Value | None, metric: Metric | None, t: Translator) -> str:
    """A value with its unit, e.g. ``"26 cm"``."""
    words = value_words(value, metric, t)
    return words if metric is None or value is None else with_unit(words, metric.unit)


def reading_marks(
    ts: int, stamped: bool, presence: Presence, interval_s: int, now: int, t: Translator
) -> list[str]:
    """What must be said beside a value: late, or stamped by us. Times are epoch ms UTC."""
    marks = []
    if presence is not Presence.ONLINE or now - ts > LATE_INTERVALS * interval_s * 1000:
        marks.append(t("late"))
    if stamped:
        marks.append(t("time of receipt"))
    return marks


def limits_of(metric: str, rules: tuple[Rule, ...]) -> list[tuple[str, float, str]]:
    """The limits drawn on a metric's chart: (``above`` or ``below``, value, level)."""
    found: dict[tuple[str, float, str], None] = {}
    for rule in rules:
        if rule.metric != metric:
            continue
        for settings, level in _steps(rule):
            for side in ("above", "below"):
                limit = settings.get(side)
                if isinstance(limit, int | float) and not isinstance(limit, bool):
                    found[side, float(limit), level] = None
    return list(found)


def _steps(rule: Rule) -> list[tuple[Mapping[str, Any], str]]:
    """A rule's own limit and those it escalates at, with the level of each."""
    steps: list[tuple[Mapping[str, Any], str]] = [(rule.settings, rule.level)]
    for step in rule.settings.get("steps") or ():
        if isinstance(step, dict):
            steps.append((step, str(step.get("level", rule.level))))
    return steps
