"""How to write a layer: make a file beside this one with one constant, ``LAYER``.

Example, complete::

    LAYER = Layer(
        schema=LayerSchema(id="libraries", geometry=("point",)),
        title="Libraries",           # a msgid: give it a translation in app/locale
        group="places",
        order=60,
        icon="book",
        card=card,                   # (row, context) -> Card, what its drawer shows
    )

It then imports (``onemap import libraries FILE``), draws, has its switch in the
layer tree, its search results, its drawer and its ``/api/collections/libraries``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geodata.schema import LayerSchema
    from layers.card import Card
    from layers.context import MapContext

Group = Literal["areas", "places", "live", "ground"]


@dataclass(frozen=True)
class Layer:
    """One overlay of the map.

    schema: what its features look like and how they are imported.
    title: English msgid of its name; the Chinese stands in the catalogue.
    group: where it stands in the layer tree.
    order: drawing order, ground first; 0-99.
    card: what the drawer of one feature shows. Pure: no I/O, no Dash.
    min_zoom: below this Leaflet zoom it is not drawn (a label of the tree says so).
    on: drawn when the page opens.
    icon: name of its symbol in ``assets/icons.js``.
    searchable: its codes and names can be found in the search box.
    map_fields: attributes that travel to the browser for styling, beyond code and name.
    canvas: drawn by the canvas layer of components instead of GeoJSON.
    """

    schema: LayerSchema
    title: str
    group: Group
    order: int
    card: Callable[[Mapping[str, Any], MapContext], Card]
    min_zoom: int = 0
    on: bool = True
    icon: str = "dot"
    searchable: bool = True
    map_fields: tuple[str, ...] = ()
    canvas: bool = False

    @property
    def id(self) -> str:
        """The fixed id of the contract, e.g. ``"grids"``."""
        return self.schema.id
