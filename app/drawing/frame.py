"""The page around the map: top bar, left panel, strip, drawer; and the words JavaScript needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
from dash import html

from app.drawing.pen import attributes, some
from app.i18n import LEVEL_WORDS, PRESENCE_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.i18n import Translator
    from app.view import View


def script_words(t: Translator) -> str:
    """What JavaScript writes on the page, as JSON: ``data-strings`` of ``.om-app``."""
    words = {
        "age_now": t("just now"),
        "age_s": t("{n} s ago", n="{n}"),
        "age_min": t("{n} min ago", n="{n}"),
        "age_h": t("{n} h ago", n="{n}"),
        "age_d": t("{n} d ago", n="{n}"),
        "age_none": t("none yet"),
        "span_s": t("for {n} s", n="{n}"),
        "span_min": t("for {n} min", n="{n}"),
        "span_h": t("for {n} h", n="{n}"),
        "span_d": t("for {n} d", n="{n}"),
        "stale_broker": t("The message broker does not answer"),
        "stale_ingest": t("The intake does not answer"),
        "stale_store": t("The database does not answer"),
        "stale_stream": t("No connection to the server"),
        "since": t("the picture stands still as of {time}", time="{time}"),
        **{f"level_{level}": t(word) for level, word in LEVEL_WORDS.items()},
        **{f"presence_{presence}": t(word) for presence, word in PRESENCE_WORDS.items()},
    }
    return json.dumps(words, ensure_ascii=False)


def draw_top(view: View, t: Translator, title: str, sample: bool, crumbs: list[Any]) -> Any:
    """Brand, sample tag, search, breadcrumb, age, language, theme."""
    return html.Header(
        some(
            html.H1(title, className="om-brand"),
            html.Span(t("Sample data"), className="om-sample") if sample else None,
            _search(t),
            html.Nav(
                crumbs,
                id="om-crumbs",
                className="om-crumbs",
                **attributes(aria_label=t("Where you are")),
            ),
            html.Span(
                [t("Data"), " ", html.Span(t("connecting…"), **attributes(data_om="age"))],
                className="om-age",
            ),
            html.Button(
                "EN" if view.lang == "zh" else "中",
                className="om-button",
                type="button",
                lang="en" if view.lang == "zh" else "zh-CN",
                **attributes(
                    aria_label="English" if view.lang == "zh" else "中文",
                    data_om_lang="en" if view.lang == "zh" else "zh",
                ),
            ),
            html.Button(
                "◐",
                className="om-button",
                type="button",
                title=t("Light or dark"),
                **attributes(aria_label=t("Light or dark"), data_om_action="theme"),
            ),
        ),
        className="om-top",
    )


def _search(t: Translator) -> Any:
    return html.Div(
        [
            dmc.TextInput(
                id="om-search",
                value="",
                debounce=200,
                placeholder=t("Search name, code, pinyin…"),
                className="om-search-input",
                **attributes(aria_label=t("Search name, code, pinyin…")),
            ),
            html.Div(id="om-found", className="om-results", **attributes(aria_live="polite")),
        ],
        className="om-search",
        role="search",
    )


def draw_left(t: Translator, tree: list[Any], projects: list[Any], alerts: list[Any]) -> Any:
    """Layers, key work, alerts."""
    tabs = (
        ("layers", t("Layers"), html.Div(tree, id="om-tree")),
        ("projects", t("Key work"), html.Div(projects, id="om-projects")),
        (
            "alerts",
            t("Alerts"),
            html.Div(
                [
                    html.Div(id="om-filter", className="om-filter"),
                    html.Div(alerts, id="om-alerts", **attributes(aria_live="polite")),
                ]
            ),
        ),
    )
    return html.Nav(
        [
            _handle(t),
            dmc.Tabs(
                [
                    dmc.TabsList(
                        [dmc.TabsTab(word, value=value) for value, word, _ in tabs],
                        className="om-tabs",
                    ),
                    *(
                        dmc.TabsPanel(body, value=value, className="om-panel")
                        for value, _, body in tabs
                    ),
                ],
                id="om-tabs",
                value="layers",
                className="om-tabbed",
                unstyled=True,
            ),
        ],
        className="om-left",
        **attributes(aria_label=t("Layers, key work, alerts")),
    )


def _handle(t: Translator) -> Any:
    """What a phone's bottom sheet is pulled up by; wide screens do not show it."""
    return html.Button(
        className="om-sheet-handle",
        type="button",
        **attributes(aria_label=t("Open or close the panel"), data_om_sheet="left"),
    )


def draw_strip(t: Translator, counts: Mapping[str, int], troubled: int) -> Any:
    """The figures over the map; each opens its list."""
    levels = [
        _figure(t(word), level, counts.get(level, 0), "strip-level")
        for level, word in LEVEL_WORDS.items()
    ]
    presences = [
        _figure(t(word), presence, counts.get(presence, 0), "presence")
        for presence, word in PRESENCE_WORDS.items()
    ]
    projects = html.Button(
        [t("Key work at risk"), " ", html.B(t.number(troubled), id="om-troubled")],
        className="om-figure",
        type="button",
        **attributes(data_om_tab="projects"),
    )
    return html.Div(
        [*levels, html.Hr(), *presences, html.Hr(), projects],
        className="om-strip",
        role="group",
        **attributes(aria_label=t("The district now")),
    )


def _figure(word: str, name: str, count: int, action: str) -> Any:
    return html.Button(
        [word, " ", html.B(f"{count:,}", **attributes(data_om_count=name))],
        className="om-figure",
        type="button",
        **attributes(data_count=name, **{f"data_om_{action}": name}),
    )


def draw_drawer(t: Translator, parts: Mapping[str, Any]) -> Any:
    """The drawer's parts; the charts stand apart, so that a redraw leaves them alone."""
    return html.Aside(
        [
            html.Article(
                [
                    html.Div(parts.get("head"), id="om-card-head"),
                    html.Div(parts.get("upper"), id="om-card-upper", className="om-sections"),
                    html.Div(parts.get("charts"), id="om-card-charts", className="om-charts"),
                    html.Div(parts.get("lower"), id="om-card-lower", className="om-sections"),
                ],
                className="om-card",
            ),
        ],
        id="om-drawer",
        className=drawer_class(bool(parts)),
        **attributes(aria_label=t("What is selected")),
    )


def drawer_class(is_open: bool) -> str:
    """The drawer's class: it takes no room while nothing is selected."""
    return "om-drawer" if is_open else "om-drawer is-closed"
