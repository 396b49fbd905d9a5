"""An alert as browsers and API clients read it: the contract's fields, and what to call it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.clock import iso, iso_or_none
from app.i18n import LANGS, Translator
from app.wording import alert_text

if TYPE_CHECKING:
    from app.live.columns import Standing
    from iot.alerts import Alert
    from iot.catalogue import Catalogue


def alert_json(alert: Alert, standing: Standing, catalogue: Catalogue) -> dict[str, Any]:
    """The alert with its component's name, class and town, and its text in both languages.

    ``text`` is as it was stored; ``text_zh`` and ``text_en`` are put into words by the
    catalogue as it is now, and fall back to it when the alert's rule has gone.
    """
    return {
        "id": alert.id,
        "component": alert.component,
        **standing.describe(alert.component),
        "rule": alert.rule,
        "level": alert.level,
        "state": alert.state,
        "text": alert.text,
        **{f"text_{lang}": alert_text(alert, catalogue, Translator(lang)) for lang in LANGS},
        "value": alert.value,
        "opened_at": iso(alert.opened_at),
        "acknowledged_at": iso_or_none(alert.acknowledged_at),
        "cleared_at": iso_or_none(alert.cleared_at),
        "revision": alert.revision,
    }
