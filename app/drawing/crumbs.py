"""The breadcrumb: district › town › community › grid of what is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layers.card import Ref

if TYPE_CHECKING:
    from app.drawing.pen import Pen
    from geodata.atlas import Atlas

#: Layer of each crumb, the derived column that names it.
CHAIN = (("towns", "town"), ("communities", "community"), ("grids", "grid"))


def crumbs(atlas: Atlas, selected: Ref | None) -> list[tuple[str, Ref]]:
    """(name, what it opens), from the district down to what holds the selection."""
    district = atlas.layers["district"]
    found = [
        (str(district.at[code, "name"]), Ref("district", str(code))) for code in district.index
    ]
    found = found[:1]
    row = atlas.row(selected.layer, selected.code) if selected else None
    if selected is None or row is None:
        return found
    for layer, column in CHAIN:
        code = selected.code if layer == selected.layer else row.get(column)
        name = atlas.name(layer, code) if isinstance(code, str) else None
        if name is not None and isinstance(code, str):
            found.append((name, Ref(layer, code)))
    return found


def draw_crumbs(atlas: Atlas, selected: Ref | None, pen: Pen) -> list[Any]:
    """The crumbs as buttons; the first one is the whole district. CSS puts › between them."""
    drawn: list[Any] = []
    for name, ref in crumbs(atlas, selected):
        shown = pen.t("Whole district") if ref.layer == "district" else name
        drawn.append(pen.opens(shown, ref))
    return drawn
