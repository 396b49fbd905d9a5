"""The 24-hour chart of one metric, as a Plotly figure in plain data.

Pure. Numbers are a line, bools a band that is up while true, text a step chart.
Where nothing was heard for longer than the class's interval allows there is a gap:
a line never bridges silence, and a lone reading is a dot. Limits are dotted lines that
say level and value in words.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from app.i18n import LEVEL_SHAPES
from app.wording import metric_name, value_with_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.ages import Clock
    from iot.catalogue import Metric
    from iot.readings import Value

HOURS_24_MS = 24 * 3_600_000
MOST_POINTS = 1_500
#: A line breaks after so many intervals without a reading.
GAP_INTERVALS = 3
#: Steps on either side that say how often a component reported at that time.
NEIGHBOURS = 5

#: UI.md's tokens, by theme.
COLOURS: Mapping[str, Mapping[str, str]] = {
    "dark": {
        "line": "#35C2D6", "grid": "#24344F", "text": "#E6EDF7", "muted": "#93A4BF",
        "red": "#E5484D", "orange": "#F76B15", "yellow": "#FFC53D", "blue": "#4C9AFF",
    },
    "light": {
        "line": "#0B7F92", "grid": "#D9E0EA", "text": "#14202F", "muted": "#5A6B82",
        "red": "#E5484D", "orange": "#F76B15", "yellow": "#FFC53D", "blue": "#4C9AFF",
    },
}  # fmt: skip
FONT = '"Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif'

#: (event time, epoch ms UTC; value, None where the line breaks)
Point = tuple[int, "Value | None"]
#: (``"above"`` or ``"below"``, value, level)
Limit = tuple[str, float, str]


@dataclass(frozen=True)
class Window:
    """The stretch of time on the chart, epoch ms UTC."""

    start: int
    end: int

    @classmethod
    def last_day(cls, now: int) -> Window:
        """The 24 hours until now."""
        return cls(now - HOURS_24_MS, now)


def fit(points: Sequence[tuple[int, Value]], gap_ms: int, most: int = MOST_POINTS) -> list[Point]:
    """At most ``most`` points with an empty one at each silence longer than ``gap_ms``.

    Silences are looked for before anything is left out: thinning makes none. When
    there are very many, the longest are shown.
    """
    runs = split_at_silence(points, gap_ms, most // 10)
    room = most - 5 * len(runs)
    fitted: list[Point] = []
    for run in runs:
        if fitted:
            fitted.append((fitted[-1][0] + 1, None))
        fitted.extend(thin(run, 4 + room * len(run) // len(points)))
    return fitted


def split_at_silence(
    points: Sequence[tuple[int, Value]], gap_ms: int, most: int
) -> list[Sequence[tuple[int, Value]]]:
    """The stretches between the ``most`` longest silences; none for no points.

    A silence is longer than ``gap_ms``, and than the steps around it would make one
    expect: what reported every 20 minutes all night was slow, not silent.
    """
    if not points:
        return []
    steps = [after[0] - before[0] for before, after in pairwise(points)]
    silent = heapq.nlargest(
        most,
        (
            (step, n)
            for n, step in enumerate(steps, 1)
            if step > gap_ms and step > GAP_INTERVALS * _usual(steps, n - 1)
        ),
    )
    edges = [0, *sorted(n for _length, n in silent), len(points)]
    return [points[begin:end] for begin, end in pairwise(edges)]


def _usual(steps: Sequence[int], n: int) -> float:
    """The median of the steps around one, itself left out; 0 when it is alone."""
    around = [*steps[max(0, n - NEIGHBOURS) : n], *steps[n + 1 : n + 1 + NEIGHBOURS]]
    return median(around) if around else 0.0


def thin(points: Sequence[tuple[int, Value]], most: int = MOST_POINTS) -> list[tuple[int, Value]]:
    """At most ``most`` points: of every stretch its first, last, lowest and highest stay."""
    if len(points) <= most:
        return list(points)
    size = -(-len(points) // max(1, most // 4))
    kept: list[tuple[int, Value]] = []
    for begin in range(0, len(points), size):
        stretch = points[begin : begin + size]
        numbers = [point for point in stretch if isinstance(point[1], int | float)]
        extremes = [min(numbers, key=_value), max(numbers, key=_value)] if numbers else []
        kept.extend(sorted({stretch[0], stretch[-1], *extremes}, key=lambda point: point[0]))
    return kept


def _value(point: tuple[int, Value]) -> float:
    return float(point[1])


def history_figure(
    points: Sequence[tuple[int, Value]],
    metric: Metric,
    limits: Sequence[Limit],
    window: Window,
    interval_s: int,
    clock: Clock,
    theme: str,
) -> dict[str, Any]:
    """The figure of one metric.

    points: (event time epoch ms UTC, value), oldest first. limits: see ``Limit``.
    window: what the x axis spans, also where there are no data.
    interval_s: how often the class is expected to report.
    theme: ``"dark"`` or ``"light"``.
    """
    colours = COLOURS.get(theme, COLOURS["dark"])
    gap_ms = max(GAP_INTERVALS * interval_s * 1000, 1)
    drawn = fit(points, gap_ms)
    limits = () if metric.kind != "number" else limits
    return {
        "data": [_trace(drawn, metric, colours, clock)],
        "layout": _layout(drawn, metric, limits, window, clock, colours),
    }


def _trace(
    points: Sequence[Point], metric: Metric, colours: Mapping[str, str], clock: Clock
) -> dict[str, Any]:
    values = [value for _ts, value in points]
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [_local(ts, clock) for ts, _value in points],
        "y": values,
        "connectgaps": False,
        "line": {"color": colours["line"], "width": 1.5},
        "marker": {"color": colours["line"], "size": _marker_sizes(values), "line": {"width": 0}},
        "name": metric_name(metric, clock.t),
        "text": [value_with_unit(value, metric, clock.t) for value in values],
        "hovertemplate": "%{x|%H:%M:%S}<br>%{text}<extra></extra>",
    }
    if metric.kind == "bool":
        trace["y"] = [None if value is None else int(bool(value)) for value in values]
        trace["fill"] = "tozeroy"
    if metric.kind != "number":
        trace["line"] = {**trace["line"], "shape": "hv"}
    return trace


def _marker_sizes(values: Sequence[Value | None]) -> list[int]:
    """A reading between two silences is no line, so it is a dot; the others need none."""
    padded = [None, *values, None]
    return [
        4 if padded[n] is None and padded[n + 2] is None and value is not None else 0
        for n, value in enumerate(values)
    ]


def _layout(
    points: Sequence[Point],
    metric: Metric,
    limits: Sequence[Limit],
    window: Window,
    clock: Clock,
    colours: Mapping[str, str],
) -> dict[str, Any]:
    axis = {"gridcolor": colours["grid"], "zeroline": False, "fixedrange": True, "linewidth": 0}
    layout: dict[str, Any] = {
        "template": {"layout": {}},
        "autosize": True,
        "height": 150,
        "margin": {"l": 40, "r": 8, "t": 8, "b": 24},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": colours["muted"]},
        "showlegend": False,
        "hovermode": "x",
        "dragmode": False,
        "uirevision": metric.name,
        "hoverlabel": {"font": {"family": FONT}},
        "xaxis": {
            **axis,
            "type": "date",
            "range": [_local(window.start, clock), _local(window.end, clock)],
            "tickformat": "%H:%M",
            "nticks": 6,
        },
        "yaxis": {**axis, "nticks": 5},
        "shapes": [_line(limit, colours) for limit in limits],
        "annotations": [_label(limit, metric, clock, colours) for limit in limits],
    }
    if metric.kind == "bool":
        words = [clock.t("no"), clock.t("yes")]
        layout["yaxis"].update(range=[-0.1, 1.15], tickvals=[0, 1], ticktext=words)
    elif metric.kind == "number":
        layout["yaxis"]["range"] = _span(points, limits)
    else:
        layout["yaxis"]["type"] = "category"
    return layout


def _line(limit: Limit, colours: Mapping[str, str]) -> dict[str, Any]:
    _side, value, level = limit
    return {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value,
        "line": {"color": colours[level], "width": 1, "dash": "dot"},
    }  # fmt: skip


def _label(
    limit: Limit, metric: Metric, clock: Clock, colours: Mapping[str, str]
) -> dict[str, Any]:
    side, value, level = limit
    sign = "<" if side == "below" else ">"
    words = f"{clock.t.level(level)} {sign} {value_with_unit(value, metric, clock.t)}"
    shape = f'<span style="color:{colours[level]}">{LEVEL_SHAPES[level]}</span>'
    return {
        "xref": "paper", "x": 0, "xanchor": "left", "y": value, "yanchor": "bottom",
        "text": f"{shape} {escape(words)}",
        "showarrow": False, "font": {"size": 11, "color": colours["text"]},
    }  # fmt: skip


def _span(points: Sequence[Point], limits: Sequence[Limit]) -> list[float]:
    """Data and limits with some air around them."""
    values = [float(value) for _ts, value in points if isinstance(value, int | float)]
    values += [value for _side, value, _level in limits]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    air = (high - low) * 0.12 or max(abs(high) * 0.1, 1.0)
    return [low - air, high + air]


def _local(ms: int, clock: Clock) -> str:
    """Plotly knows no zones: the district's wall clock is what it is given."""
    moment = datetime.fromtimestamp(ms / 1000, UTC).astimezone(clock.zone)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
