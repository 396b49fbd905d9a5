"""The 24-hour chart: limits in words, silence as gaps, extremes kept."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ages import Clock
from app.charts import MOST_POINTS, Window, fit, history_figure, thin
from app.i18n import LANGS, Lang, translator
from app.wording import limits_of
from iot.catalogue import Catalogue, Metric

DEPTH = Metric("depth", "number", "cm", 0, 500, 1, "积水深度", "depth")
OPEN = Metric("open", "bool", "", None, None, 0, "打开", "open")
STATE = Metric("state", "string", "", None, None, 0, "状态", "state")
NOW = 1_795_435_200_000  # 2026-11-23 20:00 in the district
MINUTE = 60_000
LIMITS = [("above", 10.0, "orange"), ("above", 25.0, "red")]


def figure(
    points: list[tuple[int, Any]],
    metric: Metric = DEPTH,
    limits: Any = (),
    lang: Lang = "zh",
    theme: str = "dark",
) -> dict[str, Any]:
    clock = Clock.at_now(translator(lang))
    clock = Clock(clock.t, NOW, clock.zone)
    made = history_figure(points, metric, limits, Window.last_day(NOW), 60, clock, theme)
    go.Figure(made)  # raises on anything Plotly does not know
    return made


@pytest.mark.parametrize("lang", LANGS)
def test_limits_are_lines_with_level_shape_word_and_value(lang: Lang) -> None:
    layout = figure([(NOW, 12.0)], limits=LIMITS, lang=lang)["layout"]
    assert [shape["y0"] for shape in layout["shapes"]] == [10.0, 25.0]
    said = [label["text"] for label in layout["annotations"]]
    words = {
        "zh": ["橙 &gt; 10.0 cm", "红 &gt; 25.0 cm"],
        "en": ["Orange &gt; 10.0 cm", "Red &gt; 25.0 cm"],
    }
    for text, shape, word in zip(said, "▲◆", words[lang], strict=True):
        assert shape in text
        assert word in text


def test_limits_are_inside_the_axis() -> None:
    low, high = figure([(NOW, 1.0)], limits=LIMITS)["layout"]["yaxis"]["range"]
    assert low < 1.0
    assert high > 25.0


def test_time_is_the_districts() -> None:
    made = figure([(NOW, 1.0)])
    assert made["data"][0]["x"] == ["2026-11-23 20:00:00.000"]
    assert made["layout"]["xaxis"]["range"] == [
        "2026-11-22 20:00:00.000",
        "2026-11-23 20:00:00.000",
    ]


def test_silence_is_a_gap_and_the_line_never_bridges_it() -> None:
    points = [(NOW - 60 * MINUTE, 1.0), (NOW - 59 * MINUTE, 2.0), (NOW, 3.0)]
    trace = figure(points)["data"][0]
    assert trace["y"] == [1.0, 2.0, None, 3.0]
    assert trace["connectgaps"] is False


def test_a_lone_reading_between_silences_is_a_dot() -> None:
    ages = (602, 601, 301, 1, 0)
    trace = figure([(NOW - age * MINUTE, float(age)) for age in ages])["data"][0]
    assert trace["y"] == [602, 601, None, 301, None, 1, 0]
    assert trace["marker"]["size"] == [0, 0, 0, 4, 0, 0, 0]


def test_slow_is_not_silent() -> None:
    """Every 20 minutes, then every minute: one line, though a minute is the interval."""
    ages = [*range(600, 20, -20), *range(20, -1, -1)]
    trace = figure([(NOW - age * MINUTE, 1.0) for age in ages])["data"][0]
    assert None not in trace["y"]


def test_two_late_readings_are_not_yet_silence() -> None:
    points = [(NOW - 3 * MINUTE, 1.0), (NOW, 2.0)]
    assert figure(points)["data"][0]["y"] == [1.0, 2.0]


def test_bools_are_bands_with_words() -> None:
    made = figure([(NOW - MINUTE, False), (NOW, True)], OPEN, limits=LIMITS)
    assert made["data"][0]["y"] == [0, 1]
    assert made["data"][0]["line"]["shape"] == "hv"
    assert made["layout"]["yaxis"]["ticktext"] == ["否", "是"]
    assert made["layout"]["shapes"] == []  # a limit of 0.5 on a yes or no says nothing


def test_text_is_a_step_chart_of_categories() -> None:
    made = figure([(NOW - MINUTE, "a"), (NOW, "<b>")], STATE)
    assert made["data"][0]["y"] == ["a", "<b>"]
    assert made["layout"]["yaxis"]["type"] == "category"


def test_colours_are_the_themes_and_levels_stay() -> None:
    dark, light = (figure([(NOW, 1.0)], limits=LIMITS, theme=theme) for theme in ("dark", "light"))
    assert dark["data"][0]["line"]["color"] != light["data"][0]["line"]["color"]
    assert dark["layout"]["shapes"][1]["line"]["color"] == "#E5484D"
    assert dark["layout"]["template"] == {"layout": {}}
    assert figure([(NOW, 1.0)], theme="pink")["data"] == dark["data"]


def test_no_readings_is_an_empty_chart() -> None:
    assert figure([])["data"][0]["y"] == []


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5_000), st.integers(8, 1_500))
def test_thinning_keeps_order_ends_and_extremes(values: list[float], most: int) -> None:
    points = [(NOW + n, value) for n, value in enumerate(values)]
    kept = thin(points, most)
    assert len(kept) <= most
    assert kept == sorted(kept, key=lambda point: point[0])
    assert set(kept) <= set(points)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert {min(values), max(values)} <= {value for _ts, value in kept}


def test_thinning_makes_no_silence() -> None:
    points = [(NOW - (86_400 - n) * 1000, float(n % 97)) for n in range(86_400)]
    fitted = fit(points, 3_000)
    assert len(fitted) <= MOST_POINTS
    assert None not in [value for _ts, value in fitted]


def test_silence_stays_visible_among_very_many_readings() -> None:
    points = [(NOW + n * 1000 + (n > 50_000) * 3_600_000, 1.0) for n in range(86_400)]
    fitted = fit(points, 3_000)
    assert [value for _ts, value in fitted].count(None) == 1


@given(
    st.lists(st.integers(1, 10_000), min_size=1, max_size=4_000),
    st.integers(1, 10_000),
)
def test_fitting_is_bounded_and_invents_nothing(steps: list[int], gap_ms: int) -> None:
    times = [NOW + passed for passed in _sums(steps)]
    points = [(ts, float(ts % 13)) for ts in times]
    fitted = fit(points, gap_ms)
    assert len(fitted) <= MOST_POINTS
    assert [ts for ts, _value in fitted] == sorted(ts for ts, _value in fitted)
    assert {point for point in fitted if point[1] is not None} <= set(points)


def _sums(steps: list[int]) -> list[int]:
    total, sums = 0, []
    for step in steps:
        total += step
        sums.append(total)
    return sums


def test_nothing_is_broken_where_nothing_is_silent() -> None:
    points = [(n * MINUTE, float(n)) for n in range(100)]
    assert fit(points, MINUTE) == points
    assert fit([], MINUTE) == []


def test_limits_come_from_the_catalogues_rules_and_their_steps() -> None:
    rules = Catalogue.read().classes["01067"].rules
    assert limits_of("depth", rules) == [
        ("above", 3.0, "yellow"),
        ("above", 10.0, "orange"),
        ("above", 25.0, "red"),
    ]
    assert limits_of("nothing", rules) == []
