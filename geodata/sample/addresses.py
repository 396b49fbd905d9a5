"""Where a point is, in words: its town, community and the nearest road."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from geodata.places import AreaIndex
from geodata.sample.plane import to_degrees

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray

    from geodata.sample.ground import Ground

    Points = NDArray[np.float64]


class Addresses:
    """Answers for many points of the plane at once."""

    def __init__(self, ground: Ground, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
        """layers: the area layers, with codes and names."""
        self._roads = ground.roads
        ordinary = ground.roads.of_kinds("arterial", "street", "country")
        self._names = ground.roads.names[ordinary]
        self._tree = shapely.STRtree(ground.roads.lines[ordinary])
        self._index = {
            layer: AreaIndex(layers[layer].set_index("code")) for layer in ("towns", "communities")
        }
        self.names = {
            layer: dict(zip(layers[layer]["code"], layers[layer]["name"], strict=True))
            for layer in ("towns", "communities")
        }

    def codes(self, points: Points, layer: str) -> NDArray[np.object_]:
        """The codes of the towns or communities that hold these points."""
        return self._index[layer].of_all(to_degrees(shapely.points(points)))

    def areas(self, points: Points, layer: str) -> list[str]:
        """The names of the towns or communities that hold these points."""
        return [self.names[layer][code] for code in self.codes(points, layer)]

    def roads(self, points: Points) -> NDArray[np.object_]:
        """The names of the nearest ordinary roads."""
        return self._names[self._tree.nearest(shapely.points(points))]

    def lines(self, points: Points, rng: np.random.Generator) -> list[str]:
        """Postal addresses; the numbers are made up."""
        numbers = rng.integers(1, 400, len(points))
        return [
            f"{town}{road}{number}号"
            for town, road, number in zip(
                self.areas(points, "towns"), self.roads(points), numbers, strict=True
            )
        ]
