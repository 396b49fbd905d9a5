"""The live picture as the cards tell it: counts, alerts with their reasons, worst first."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from iot.catalogue import rule_text
from iot.levels import Level
from iot.presence import Presence
from layers.card import Badge, Bars, Item, Items, Ref, T
from layers.cells import text
from layers.places import AREA_LAYERS, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Literal

    from geodata.atlas import Atlas
    from iot.alerts import Alert
    from iot.catalogue import Metric, Rule
    from iot.picture import Picture
    from layers.card import Text
    from layers.context import MapContext

    Tone = Literal["level-red", "level-orange", "level-yellow", "level-blue"]

LEVELS = (Level.RED, Level.ORANGE, Level.YELLOW, Level.BLUE)

_LEVEL_WORDS: dict[Level, T] = {
    Level.RED: T("red"),
    Level.ORANGE: T("orange"),
    Level.YELLOW: T("yellow"),
    Level.BLUE: T("blue"),
}
_LEVEL_TONES: dict[Level, Tone] = {
    Level.RED: "level-red",
    Level.ORANGE: "level-orange",
    Level.YELLOW: "level-yellow",
    Level.BLUE: "level-blue",
}
_PRESENCE_WORDS: dict[Presence, T] = {
    Presence.ONLINE: T("online"),
    Presence.LATE: T("late"),
    Presence.OFFLINE: T("offline"),
    Presence.UNKNOWN: T("unknown"),
}

#: Longest list of alerts or areas in a drawer.
MOST = 20


def level_badge(level: Level) -> tuple[Badge, ...]:
    """The level as a badge; nothing when there is no open alert."""
    if level is Level.NONE:
        return ()
    return (Badge(_LEVEL_WORDS[level], _LEVEL_TONES[level]),)


def presence_badge(presence: Presence) -> Badge:
    """The presence as a badge that never borrows a level's colour."""
    tones: dict[Presence, Literal["quiet", "strong", "muted"]] = {
        Presence.ONLINE: "quiet",
        Presence.LATE: "strong",
        Presence.OFFLINE: "strong",
        Presence.UNKNOWN: "muted",
    }
    return Badge(_PRESENCE_WORDS[presence], tones[presence])


def components_in(context: MapContext, area_layer: str, code: str) -> list[str]:
    """Codes of the components inside an area; of all components for the district."""
    if area_layer == "district":
        return [str(component) for component in context.atlas.layers["components"].index]
    return context.atlas.within("components", area_layer, code)


def level_bars(codes: Iterable[str], context: MapContext) -> Bars:
    """How many of these components stand at each level."""
    picture = context.picture
    alerting = {alert.component for alert in open_alerts(codes, context)}
    counts = Counter(picture.state(code).level for code in alerting)
    return Bars(
        T("Components by alert level"),
        tuple((_LEVEL_WORDS[level], counts[level], _LEVEL_TONES[level]) for level in LEVELS),
    )


def presence_bars(codes: Iterable[str], context: MapContext) -> Bars:
    """How many of these components are online, late, offline or unknown."""
    # Not picture.state(): for those never heard of it makes an empty state each time.
    heard = context.picture.components
    counts = Counter(heard[code].presence if code in heard else Presence.UNKNOWN for code in codes)
    return Bars(
        T("Components by presence"),
        tuple(
            (word, counts[presence], presence_badge(presence).tone)
            for presence, word in _PRESENCE_WORDS.items()
        ),
    )


def open_alerts(codes: Iterable[str], context: MapContext) -> list[Alert]:
    """The alerts of these components that are not cleared: highest level first, then newest.

    Goes over the open alerts, which are few, and not over all components.
    """
    wanted = frozenset(codes)
    found = [
        alert
        for alert in context.picture.alerts.values()
        if alert.component in wanted and alert.cleared_at is None
    ]
    return sorted(found, key=lambda alert: (-Level.parse(alert.level), -alert.opened_at, alert.id))


def alert_items(codes: Iterable[str], context: MapContext, title: Text) -> Items:
    """Open alerts of several components, each opening its component."""
    items = []
    for alert in open_alerts(codes, context)[:MOST]:
        detail = T(
            "{name}, since {since}",
            {
                "name": name_of(context, "components", alert.component),
                "since": clock(alert.opened_at, context.now),
            },
        )
        items.append(_alert_item(alert, context, detail))
    return Items(title, tuple(items), T("no open alert"))


def reason_items(code: str, context: MapContext) -> Items:
    """Why one component is at its level: rule, reading, since when, where the limit comes from."""
    items = []
    for alert in open_alerts([code], context):
        items.append(_alert_item(alert, context, _reason(alert, context)))
    return Items(T("Why it alerts"), tuple(items), T("no open alert"))


def _reason(alert: Alert, context: MapContext) -> T:
    """Since when, which reading, whose limit. Of a silence there is no reading to tell."""
    rule = context.catalogue.rule(alert.rule)
    metric = _metric(alert, rule, context)
    known = {
        "since": clock(alert.opened_at, context.now),
        "source": rule.source if rule else "–",
    }
    if metric is None or alert.value is None:
        return T("since {since}, limit from {source}", known)
    known["metric"] = metric.name_en if context.lang == "en" else metric.name_zh
    if metric.kind == "bool":
        if alert.value:
            return T("since {since}, {metric}: yes, limit from {source}", known)
        return T("since {since}, {metric}: no, limit from {source}", known)
    value = alert.value
    shown = f"{value:,.{metric.decimals}f}" if isinstance(value, int | float) else value
    known["reading"] = with_unit(shown, metric.unit)
    return T("since {since}, {metric} {reading}, limit from {source}", known)


def with_unit(value: str, unit: str) -> str:
    """A value and its unit: ``"26 cm"``, but ``"41.0°"`` and ``"96%"``."""
    return f"{value}{unit}" if unit in {"", "°", "%"} else f"{value} {unit}"


def clock(ms: int, now: datetime) -> str:
    """Epoch milliseconds UTC in the zone of ``now``: time today, else with the day it was."""
    then = datetime.fromtimestamp(ms / 1000, tz=now.tzinfo)
    if then.date() == now.date():
        return then.strftime("%H:%M:%S")
    return then.strftime("%m-%d %H:%M" if then.year == now.year else "%Y-%m-%d %H:%M")


def open_by_area(column: str, atlas: Atlas, picture: Picture) -> dict[str, Counter[Level]]:
    """Open alerts by level for each area, by the components' derived column (e.g. ``"grid"``).

    Goes over the open alerts, which are few, and not over all components.
    """
    counts: defaultdict[str, Counter[Level]] = defaultdict(Counter)
    frame = atlas.layers["components"]
    if column not in frame.columns:
        return {}
    areas = frame[column]
    for alert in picture.alerts.values():
        area = areas.get(alert.component)
        if alert.cleared_at is None and isinstance(area, str):
            counts[area][Level.parse(alert.level)] += 1
    return dict(counts)


def worst_first(
    layer: str,
    codes: Iterable[str],
    context: MapContext,
    title: Text,
    detail: Callable[[Mapping[str, Any]], Text | None] = lambda row: None,  # noqa: ARG005
) -> Items:
    """Areas with their open alerts: most urgent first, calm ones after in code order."""
    column = next(column for column, (area, _) in AREA_LAYERS.items() if area == layer)
    counts = open_by_area(column, context.atlas, context.picture)
    ranked = sorted(codes, key=lambda code: (*_urgency(counts.get(code)), code))
    items = tuple(
        Item(
            name_of(context, layer, code),
            detail(context.atlas.row(layer, code) or {}),
            _count_badges(counts.get(code)),
            Ref(layer, code),
        )
        for code in ranked
    )
    return Items(title, items, T("none here"))


def _urgency(counts: Counter[Level] | None) -> tuple[int, ...]:
    return tuple(-(counts or Counter())[level] for level in LEVELS)


def _count_badges(counts: Counter[Level] | None) -> tuple[Badge, ...]:
    return tuple(
        Badge(str(counts[level]), _LEVEL_TONES[level])
        for level in LEVELS
        if counts and counts[level]
    )


def _alert_item(alert: Alert, context: MapContext, detail: Text) -> Item:
    badges = level_badge(Level.parse(alert.level))
    if alert.state == "acknowledged":
        badges = (*badges, Badge(T("acknowledged"), "quiet"))
    return Item(_alert_text(alert, context), detail, badges, Ref("components", alert.component))


def _alert_text(alert: Alert, context: MapContext) -> str:
    """What the alert says: as stored (Chinese), or made again from the rule in English."""
    rule = context.catalogue.rule(alert.rule) if context.lang == "en" else None
    if rule is None:
        return alert.text
    metric = _metric(alert, rule, context)
    try:
        return rule_text(rule, metric, alert.value, Level.parse(alert.level), context.lang)
    except (KeyError, ValueError, IndexError, AttributeError, TypeError):
        return alert.text  # a site's own template may ask for what we do not have


def _metric(alert: Alert, rule: Rule | None, context: MapContext) -> Metric | None:
    if rule is None or rule.metric is None:
        return None
    row = context.atlas.row("components", alert.component) or {}
    codes = (rule.class_code, text(row, "class_code") or "")
    classes = [context.catalogue.classes[c] for c in codes if c in context.catalogue.classes]
    return next((c.metrics[rule.metric] for c in classes if rule.metric in c.metrics), None)
