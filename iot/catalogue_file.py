"""Reading a catalogue from TOML: validated whole, every error named at once."""

from __future__ import annotations

import hashlib
import string
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any, cast, get_args

from iot.catalogue import (
    Catalogue,
    CatalogueError,
    ComponentClass,
    Metric,
    MetricKind,
    Rule,
    Scope,
)
from iot.levels import Level
from iot.rules import find_rule_kinds
from iot.rules.base import RuleKind, RuleSettingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_CLASS_KEYS = (
    "name_zh", "name_en", "standard_ref", "agency", "interval_s", "icon", "metrics", "rules",
)  # fmt: skip
_METRIC_KEYS = ("kind", "unit", "min", "max", "decimals", "name_zh", "name_en")
_RULE_KEYS = ("kind", "metric", "level", "text_zh", "text_en", "source", "scope")
_RANGE_KEYS = ("min", "max", "decimals", "unit")


def read_catalogue(path: Path | None) -> Catalogue:
    """See ``Catalogue.read``."""
    name = "iot/catalogue.toml" if path is None else str(path)
    try:
        if path is None:
            data = resources.files("iot").joinpath("catalogue.toml").read_bytes()
        else:
            data = path.read_bytes()
        document = tomllib.loads(data.decode("utf-8"))
    except OSError as error:
        raise CatalogueError(f"catalogue {name}: {error.strerror or error}") from error
    except ValueError as error:  # not UTF-8, not TOML
        raise CatalogueError(f"catalogue {name}: {error}") from error
    reader = _Reader(find_rule_kinds())
    classes = reader.classes(document)
    if reader.problems:
        raise CatalogueError("\n".join(f"catalogue {name}: {line}" for line in reader.problems))
    return Catalogue(classes, version=hashlib.sha256(data).hexdigest()[:12])


class _Reader:
    """Goes through the document and collects what is wrong, so that one run names it all."""

    def __init__(self, kinds: Mapping[str, RuleKind]) -> None:
        self.kinds = kinds
        self.problems: list[str] = []

    def classes(self, document: dict[str, Any]) -> dict[str, ComponentClass]:
        self._keys("the file", document, ("standard_ref", "classes"))
        tables = document.get("classes")
        if not isinstance(tables, dict) or not tables:
            self.problems.append("no [classes.…] in it; a class is a table named by its code")
            return {}
        default = document.get("standard_ref", "")
        return {code: self._class(code, table, default) for code, table in tables.items()}

    def _class(self, code: str, table: Any, default_ref: str) -> ComponentClass:
        where = f"class '{code}'"
        table = self._table(where, table, _CLASS_KEYS)
        metrics = {
            name: self._metric(f"{where} metric '{name}'", name, each)
            for name, each in self._tables(where, table, "metrics").items()
        }
        if not metrics:
            self.problems.append(f"{where}: no metrics; it has to measure something")
        rules = tuple(
            self._rule(f"{where} rule '{name}'", code, name, each, metrics)
            for name, each in self._tables(where, table, "rules").items()
        )
        interval = self._number(where, table, "interval_s", 300)
        if interval is None or interval < 1:
            self.problems.append(f"{where}: 'interval_s' has to be at least 1 second")
        return ComponentClass(
            code=code,
            name_zh=self._text(where, table, "name_zh"),
            name_en=self._text(where, table, "name_en"),
            standard_ref=self._text(where, table, "standard_ref", default_ref),
            agency=self._text(where, table, "agency"),
            interval_s=int(interval or 300),
            icon=self._text(where, table, "icon", "dot"),
            metrics=metrics,
            rules=rules,
        )

    def _metric(self, where: str, name: str, table: Any) -> Metric:
        table = self._table(where, table, _METRIC_KEYS)
        kind = self._choice(where, table, "kind", get_args(MetricKind), "number")
        low, high = self._number(where, table, "min"), self._number(where, table, "max")
        if kind == "number":
            if low is None or high is None or low >= high:
                self.problems.append(f"{where}: a number needs 'min' and 'max', min below max")
        else:
            for key in sorted(set(_RANGE_KEYS) & set(table)):
                self.problems.append(f"{where}: '{key}' is for numbers, this is a {kind}")
        return Metric(
            name=name,
            kind=cast("MetricKind", kind),
            unit=self._text(where, table, "unit", ""),
            min=low,
            max=high,
            decimals=int(self._number(where, table, "decimals", 0) or 0),
            name_zh=self._text(where, table, "name_zh"),
            name_en=self._text(where, table, "name_en"),
        )

    def _rule(
        self, where: str, code: str, name: str, table: Any, metrics: Mapping[str, Metric]
    ) -> Rule:
        table = self._table(where, table, None)
        kind = self.kinds.get(table.get("kind", ""))
        level = self._choice(where, table, "level", ("red", "orange", "yellow", "blue"), "blue")
        settings = {key: value for key, value in table.items() if key not in _RULE_KEYS}
        if kind is None:
            found, choices = table.get("kind"), ", ".join(self.kinds)
            self.problems.append(f"{where}: unknown kind '{found}'; choose {choices}")
        else:
            self._settings(where, kind, settings, level)
            self._watches(where, kind, table.get("metric"), metrics)
        return Rule(
            id=f"{code}.{name}",
            class_code=code,
            kind=table.get("kind", ""),
            metric=table.get("metric"),
            level=level,
            settings=settings,
            text_zh=self._template(where, table, "text_zh"),
            text_en=self._template(where, table, "text_en"),
            source=self._text(where, table, "source"),
            scope=cast("Scope", self._choice(where, table, "scope", get_args(Scope), "default")),
        )

    def _settings(self, where: str, kind: RuleKind, settings: dict[str, Any], level: str) -> None:
        for key in settings:
            if key not in kind.takes:
                takes = ", ".join(kind.takes)
                self.problems.append(f"{where}: unknown key '{key}'; '{kind.name}' takes {takes}")
                return
        for key in kind.needs:
            if key not in settings:
                self.problems.append(f"{where}: '{key}' is missing: {kind.takes[key]}")
                return
        try:
            kind.prepare(settings, Level.parse(level))
        except RuleSettingError as error:
            self.problems.append(f"{where}: {error}")

    def _watches(
        self, where: str, kind: RuleKind, metric: Any, metrics: Mapping[str, Metric]
    ) -> None:
        if not kind.needs_metric:
            if metric is not None:
                self.problems.append(f"{where}: '{kind.name}' looks at no 'metric'")
        elif metric not in metrics:
            choices = ", ".join(metrics)
            self.problems.append(f"{where}: unknown metric '{metric}'; the class has {choices}")
        elif metrics[metric].kind == "string":
            self.problems.append(f"{where}: '{kind.name}' cannot compare the text in '{metric}'")

    def _table(self, where: str, table: Any, keys: tuple[str, ...] | None) -> dict[str, Any]:
        if not isinstance(table, dict):
            self.problems.append(f"{where}: has to be a table, it is {table!r}")
            return {}
        if keys is not None:
            self._keys(where, table, keys)
        return table

    def _tables(self, where: str, table: dict[str, Any], key: str) -> dict[str, Any]:
        return self._table(f"{where} '{key}'", table.get(key, {}), None)

    def _keys(self, where: str, table: dict[str, Any], keys: tuple[str, ...]) -> None:
        for key in table:
            if key not in keys:
                takes = ", ".join(keys)
                self.problems.append(f"{where}: unknown key '{key}'; it takes {takes}")

    def _text(self, where: str, table: dict[str, Any], key: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if isinstance(value, str) and (value or default is not None):
            return value
        self.problems.append(
            f"{where}: '{key}' is missing" if value is None else f"{where}: '{key}' has to be text"
        )
        return ""

    def _template(self, where: str, table: dict[str, Any], key: str) -> str:
        text = self._text(where, table, key)
        try:
            names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
        except ValueError as error:
            self.problems.append(f"{where}: '{key}': {error}")
            return text
        for name in names:
            if name not in ("value", "unit", "above", "below"):
                self.problems.append(
                    f"{where}: unknown '{{{name}}}' in '{key}'; it takes value, unit, above, below"
                )
        return text

    def _number(
        self, where: str, table: dict[str, Any], key: str, default: float | None = None
    ) -> float | None:
        value = table.get(key, default)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        self.problems.append(f"{where}: '{key}' has to be a number, it is {value!r}")
        return default

    def _choice(
        self, where: str, table: dict[str, Any], key: str, choices: tuple[str, ...], default: str
    ) -> str:
        value = table.get(key)
        if value in choices:
            return str(value)
        problem = "is missing" if value is None else f"is '{value}'"
        self.problems.append(f"{where}: '{key}' {problem}; choose {', '.join(choices)}")
        return default
