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
    """Every layer by id, in drawing order (lowest first).

    Raises:
        ValueError: two files define the same id; both are named.
    """
    found: dict[str, Layer] = {}
    for module in pkgutil.iter_modules(__path__):
        layer = getattr(importlib.import_module(f"{__name__}.{module.name}"), "LAYER", None)
        if not isinstance(layer, Layer):
            continue  # a helper that the layers share
        if layer.id in found:
            raise ValueError(f"layers/{module.name}.py: the id '{layer.id}' is already taken")
        found[layer.id] = layer
    return dict(sorted(found.items(), key=lambda entry: entry[1].order))
