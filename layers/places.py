"""Where features are, as the cards need it: names of areas, points, distances, what is near."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geopandas import GeoSeries
from pyproj import Geod

from geodata.crs import METRIC
from layers.card import Fact, Item, Items, Ref, T
from layers.cells import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry

    from layers.card import Text
    from layers.context import MapContext

#: How far "nearby" reaches, metres.
NEARBY_M = 1_000

#: CGCS2000's ellipsoid; it differs from WGS 84's by 0.1 mm in the semi-minor axis.
_ELLIPSOID = Geod(ellps="GRS80")

#: A degree of longitude at 33 N, north of everything here, metres.
_SHORTEST_DEGREE_M = 93_000

#: The areas that hold a place, smallest last, with their layers and what they are called.
AREA_LAYERS = {
    "town": ("towns", T("Town")),
    "community": ("communities", T("Community")),
    "grid": ("grids", T("Grid")),
    "enforcement_area": ("enforcement_areas", T("Enforcement area")),
}


def name_of(context: MapContext, layer: str, code: str) -> str:
    """A feature's name, or its code when the atlas does not know it."""
    row = context.atlas.row(layer, code)
    return (text(row, "name") if row else None) or code


def geometry_of(row: Mapping[str, Any]) -> BaseGeometry | None:
    """The row's geometry (EPSG:4326) unless it is missing or empty."""
    geometry: BaseGeometry | None = row.get("geometry")
    return None if geometry is None or geometry.is_empty else geometry


def point_of(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """A point on the feature, WGS 84 (lon, lat); None without a geometry."""
    geometry = geometry_of(row)
    if geometry is None:
        return None
    point = geometry.representative_point()
    return point.x, point.y


def area_km2(row: Mapping[str, Any]) -> float | None:
    """The feature's area on the ellipsoid in square kilometres; None when it has none."""
    geometry = geometry_of(row)
    if geometry is None or geometry.geom_type not in {"Polygon", "MultiPolygon"}:
        return None
    area, _ = _ELLIPSOID.geometry_area_perimeter(geometry)
    return abs(float(area)) / 1e6


def length_km(row: Mapping[str, Any]) -> float | None:
    """A line's length on the ellipsoid in kilometres; None when it is no line."""
    geometry = geometry_of(row)
    if geometry is None or geometry.geom_type not in {"LineString", "MultiLineString"}:
        return None
    return float(_ELLIPSOID.geometry_length(geometry)) / 1e3


def where_facts(row: Mapping[str, Any], context: MapContext) -> list[Fact]:
    """One line for each area that holds the feature, each opening that area."""
    facts = []
    for column, (layer, label) in AREA_LAYERS.items():
        code = text(row, column)
        if code is not None:
            facts.append(Fact(label, name_of(context, layer, code), Ref(layer, code)))
    return facts


def distance_text(metres: float) -> str:
    """A distance as people say it: ``"85 m"``, ``"1.2 km"``, ``"1 km"``."""
    kilometres = f"{metres / 1_000:.1f}".removesuffix(".0")
    return f"{metres:.0f} m" if metres < 1_000 else f"{kilometres} km"


def nearby_items(
    row: Mapping[str, Any],
    context: MapContext,
    layer: str,
    title: Text,
    *,
    limit: int = 5,
    radius_m: float = NEARBY_M,
) -> Items:
    """The nearest features of a layer with their distances, without the feature itself."""
    empty = T("nothing within {distance}", {"distance": distance_text(radius_m)})
    point = point_of(row)
    if point is None:
        return Items(title, (), empty)
    own = text(row, "code")
    found = [
        (metres, code)
        for metres, code in context.atlas.nearby(layer, *point, radius_m, limit + 1)
        if code != own
    ]
    return Items(
        title,
        tuple(
            Item(name_of(context, layer, code), distance_text(metres), ref=Ref(layer, code))
            for metres, code in found[:limit]
        ),
        empty,
    )


def beside(row: Mapping[str, Any], context: MapContext, layer: str, within_m: float) -> list[str]:
    """Codes of a layer's features that stand within so many metres of this one's shape.

    Measured to the shape itself (a lake's shore, a road's axis), nearest first.
    """
    geometry, frame = geometry_of(row), context.atlas.layers[layer]
    if geometry is None or frame.empty:
        return []
    # Degrees of longitude are the shorter ones: this finds at least all that are wanted.
    reach = within_m / _SHORTEST_DEGREE_M
    near = frame.iloc[frame.sindex.query(geometry, predicate="dwithin", distance=reach)]
    own = GeoSeries([geometry], crs=frame.crs).to_crs(METRIC).iloc[0]
    metres = near.geometry.to_crs(METRIC).distance(own).sort_values(kind="stable")
    return [str(code) for code in metres.index[metres <= within_m]]


def place_items(codes: list[str], context: MapContext, layer: str, title: Text) -> Items:
    """Features of a layer by name, each opening."""
    return Items(
        title,
        tuple(Item(name_of(context, layer, code), ref=Ref(layer, code)) for code in codes),
        T("none here"),
    )
