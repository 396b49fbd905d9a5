"""One file per overlay of the map. See ``base.py`` for how to write one.

Every sibling that defines ``LAYER`` is found here; nothing has to be registered.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from layers.base import Layer


@cache
def all_layers() -> dict[str, Layer]:
    """Every layer by id, in drawing order (lowest first)."""
    found = [
        importlib.import_module(f"{__name__}.{module.name}").LAYER
        for module in pkgutil.iter_modules(__path__)
        if module.name not in {"base", "card", "context"}
    ]
    return {layer.id: layer for layer in sorted(found, key=lambda layer: layer.order)}
