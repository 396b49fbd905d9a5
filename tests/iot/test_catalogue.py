"""The catalogue: ours is whole, a wrong one is told by class, rule, key and choices."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from iot.catalogue import Catalogue, CatalogueError, describe, rule_text
from iot.levels import Level
from iot.rules import find_rule_kinds

if TYPE_CHECKING:
    from pathlib import Path

AGENCIES = {
    "党政办公室", "经济发展局", "财政和资产监督管理局", "建设管理局", "社会事业局", "行政审批局",
    "综合行政执法局", "集成指挥中心",
}  # fmt: skip
OURS = Catalogue.read()


@pytest.mark.parametrize("code", OURS.classes)
def test_every_class_is_whole(code: str) -> None:
    known = OURS.classes[code]
    assert known.code == code
    assert len(code) == 5
    assert known.agency in AGENCIES
    kinds = [rule.kind for rule in known.rules]
    assert kinds.count("silent") == 1
    assert "threshold" in kinds
    for rule in known.rules:
        assert rule.source
        metric = known.metrics.get(rule.metric or "")
        for side in ("above", "below"):
            limit = rule.settings.get(side)
            if limit is None or metric is None or metric.kind != "number":
                continue
            assert metric.min is not None
            assert metric.max is not None
            assert metric.min < limit < metric.max, "a value that alerts has to be valid"
        assert rule_text(rule, metric, 1.0, Level.RED)
        assert rule_text(rule, metric, 1.0, Level.RED, "en")


def test_classes_of_the_districts_standard() -> None:
    assert set(OURS.classes) == {
        "01002", "01003", "01067", "01901", "01902", "03010", "03013", "01013", "01903", "01037",
        "03005", "02001", "01076", "01054", "01050",
    }  # fmt: skip
    assert OURS.classes["01003"].name_zh == "雨水井盖"


def test_names_are_those_of_the_directory(shared: Path) -> None:
    lines = (shared / "codes" / "gbt47678.5-2026_directory_secondary.csv").read_text("utf-8-sig")
    for code, known in OURS.classes.items():
        if code[2] != "9":  # 019xx are ours
            assert f"{known.name_zh}" in lines, code


def test_text_says_value_unit_and_limit() -> None:
    tilt = OURS.rule("01003.tilt")
    assert tilt is not None
    metric = OURS.classes["01003"].metrics["tilt"]
    assert "45.0°" in rule_text(tilt, metric, 45.04, Level.RED)
    assert "超过 30°" in rule_text(tilt, metric, 45.04, Level.RED)
    assert "more than 30 °" in rule_text(tilt, metric, 45.04, Level.RED, "en")


def test_contract_of_the_api() -> None:
    document = json.loads(json.dumps(describe(OURS)))
    known = next(each for each in document["classes"] if each["code"] == "01067")
    assert set(known) >= {"code", "name", "metrics", "rules"}
    for metric in known["metrics"]:
        assert set(metric) >= {"name", "unit", "min", "max"}
    keys = {"id", "kind", "metric", "above", "below", "hold_s", "hysteresis", "level", "source"}
    for each in document["classes"]:
        for rule in each["rules"]:
            assert set(rule) >= keys
    flood = next(rule for rule in known["rules"] if rule["id"] == "01067.flood")
    assert flood["above"] == flood["steps"][0]["above"]
    assert flood["level"] == flood["steps"][0]["level"]


def test_plain_red_rules_exist_for_several_classes() -> None:
    red = {
        rule.class_code
        for known in OURS.classes.values()
        for rule in known.rules
        if rule.kind == "threshold"
        and rule.level == "red"
        and not rule.settings.get("hold_s")
        and "steps" not in rule.settings
    }
    assert {"01002", "01003", "01067", "01903", "01076"} <= red


GOOD = """
[classes.x]
name_zh = "甲"
name_en = "x"
agency = "建设管理局"
metrics.m = { kind = "number", min = 0, max = 9, name_zh = "米", name_en = "m" }
[classes.x.rules.r]
kind = "threshold"
metric = "m"
above = 5
level = "red"
text_zh = "{value}"
text_en = "{value}"
source = "us"
scope = "default"
"""

WRONG = [
    ("above = 5", "abvoe = 5", "class 'x' rule 'r': unknown key 'abvoe'; 'threshold' takes above,"),
    ("above = 5", "", "class 'x' rule 'r': give one of 'above' and 'below'"),
    ('kind = "threshold"', 'kind = "tide"', "unknown kind 'tide'; choose silent, threshold"),
    ('kind = "threshold"', 'kind = "silent"', "unknown key 'above'; 'silent' takes intervals"),
    ('metric = "m"', 'metric = "n"', "rule 'r': unknown metric 'n'; the class has m"),
    ('level = "red"', 'level = "pink"', "'level' is 'pink'; choose red, orange, yellow, blue"),
    ('scope = "default"', 'scope = "x"', "'scope' is 'x'; choose national, provincial"),
    ('source = "us"', "", "rule 'r': 'source' is missing"),
    ('text_en = "{value}"', 'text_en = "{depth}"', "unknown '{depth}' in 'text_en'; it takes"),
    ('text_en = "{value}"', 'text_en = "{value"', "rule 'r': 'text_en':"),
    ("min = 0, max = 9", "min = 9, max = 0", "metric 'm': a number needs 'min' and 'max'"),
    ("min = 0, max = 9", "low = 0", "metric 'm': unknown key 'low'; it takes kind, unit, min"),
    ('kind = "number", min', 'kind = "colour", min', "'kind' is 'colour'; choose number, bool"),
    ('agency = "建设管理局"', "", "class 'x': 'agency' is missing"),
    ('agency = "建设管理局"', 'agencie = "x"', "class 'x': unknown key 'agencie'"),
    ('agency = "建设管理局"', "interval_s = 0", "'interval_s' has to be at least 1 second"),
    ("[classes.x.rules.r]", "[classes.x.rules]\nr = 5\n[other]", "the file: unknown key 'other'"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    path = tmp_path / "catalogue.toml"
    path.write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(CatalogueError) as error:
        Catalogue.read(path)
    assert message in str(error.value)
    assert all(line.startswith(f"catalogue {path}") for line in str(error.value).splitlines())


def test_a_good_one_is_read(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(GOOD, "utf-8")
    assert Catalogue.read(path).rule("x.r") is not None
    assert Catalogue.read(path).rule("x.gone") is None
    assert Catalogue.read(path).version != OURS.version


@pytest.mark.parametrize("content", [b"", b"\xff", b"[classes", b"classes = 5"])
def test_no_catalogue_at_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_bytes(content)
    with pytest.raises(CatalogueError, match=r"catalogue .*catalogue\.toml"):
        Catalogue.read(path)
    with pytest.raises(CatalogueError, match="No such file"):
        Catalogue.read(tmp_path / "other.toml")


def test_settings_of_all_rules_pass_their_kind() -> None:
    kinds = find_rule_kinds()
    for known in OURS.classes.values():
        for rule in known.rules:
            assert kinds[rule.kind].prepare(rule.settings, Level.parse(rule.level))
