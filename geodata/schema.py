"""What a layer's features must look like: the one description that import, atlas and API share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GeometryKind = Literal["area", "line", "point"]


@dataclass(frozen=True)
class Field:
    """One attribute of a layer's features.

    name: the column, e.g. ``"leader"``.
    required: an import without it, or with an empty cell in it, is refused.
    kind: how its cells are kept; ``"json"`` is text that holds JSON.
    """

    name: str
    required: bool = False
    kind: Literal["text", "integer", "number", "date", "json"] = "text"


@dataclass(frozen=True)
class LayerSchema:
    """The contract of one layer in the GeoPackage.

    id: the table's name, e.g. ``"grids"``; fixed in the contract.
    geometry: which kinds of geometry may stand in it, e.g. ``("area",)``; single
        or multi alike.
    code_digits: the lengths a code may have, e.g. ``(15,)``; empty when a code is
        free text. Codes are text, never numbers.
    fields: attributes beyond ``code`` and ``name``, which every layer has.
    coverage: its areas must not overlap (a valid coverage).
    """

    id: str
    geometry: tuple[GeometryKind, ...]
    code_digits: tuple[int, ...] = ()
    fields: tuple[Field, ...] = ()
    coverage: bool = False
