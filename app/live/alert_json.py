"""An alert as browsers and API clients read it: the contract's fields, and what to call it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.clock import iso, iso_or_none
from iot.catalogue import rule_text
from iot.levels import Level

if TYPE_CHECKING:
    from app.live.columns import Standing
    from iot.alerts import Alert
    from iot.catalogue import Catalogue


def alert_json(alert: Alert, standing: Standing, catalogue: Catalogue) -> dict[str, Any]:
    """The alert with its component's name, class and town, and its text in both languages.

    ``text`` is as ingest wrote it, in Chinese. ``text_en`` is put into words by the
    catalogue as it is now; None when the alert's rule has gone from it.
    """
    return {
        "id": alert.id,
        "component": alert.component,
        **standing.describe(alert.component),
        "rule": alert.rule,
        "level": alert.level,
        "state": alert.state,
        "text": alert.text,
        "text_zh": alert.text,
        "text_en": _english(alert, catalogue),
        "value": alert.value,
        "opened_at": iso(alert.opened_at),
        "acknowledged_at": iso_or_none(alert.acknowledged_at),
        "cleared_at": iso_or_none(alert.cleared_at),
        "revision": alert.revision,
    }


def _english(alert: Alert, catalogue: Catalogue) -> str | None:
    rule = catalogue.rule(alert.rule)
    if rule is None:
        return None
    metric = catalogue.classes[rule.class_code].metrics.get(rule.metric or "")
    return rule_text(rule, metric, alert.value, Level.parse(alert.level), "en")
