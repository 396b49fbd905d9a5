"""Kinds of rules, found: every file beside this one with a ``RULE``."""

from __future__ import annotations

import importlib
import pkgutil

from iot.rules.base import RuleKind


def find_rule_kinds() -> dict[str, RuleKind]:
    """Name -> kind.

    Raises:
        ValueError: two kinds have the same name.
    """
    found: dict[str, RuleKind] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        kind = getattr(importlib.import_module(f"{__name__}.{info.name}"), "RULE", None)
        if not isinstance(kind, RuleKind):
            continue
        if kind.name in found:
            raise ValueError(f"two files in iot/rules have a rule kind '{kind.name}'")
        found[kind.name] = kind
    return found
