"""Layers for the page's map: simplified for its zoom, few attributes, cached by version."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import shapely
from fastapi import APIRouter, Request, Response

from app.api.problems import ProblemRoute, bad_request, not_found
from app.api.table import encode_geometries
from app.api.versioned import Versioned
from geodata.crs import METRIC, WGS84
from geodata.frames import plain
from layers import all_layers

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from app.services import Services
    from layers.base import Layer

#: Below the first zoom shapes get no simpler, from the last on they are sent whole.
FIRST_ZOOM, LAST_ZOOM = 8, 17

#: 0.1 m: finer than a pixel at the last zoom.
DECIMALS = 6

#: Metres a pixel at zoom 0 on the equator (Web Mercator, tiles of 256 pixels).
_PIXEL_0 = 2 * math.pi * 6378137.0 / 256
_LATITUDE = 31.4

#: Features encoded at once.
_AT_ONCE = 2_000

_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def router(services: Services) -> APIRouter:
    """``/map/{layer}.geojson?z=``: what the page's own layers are drawn from."""
    api = APIRouter(route_class=ProblemRoute, include_in_schema=False)
    encoded: Versioned[bytes] = Versioned()

    @api.get("/map/{layer_id}.geojson")
    async def layer_data(request: Request, layer_id: str) -> Response:
        layer = all_layers().get(layer_id)
        if layer is None:
            raise not_found("unknown_layer", f"no layer '{layer_id}'")
        zoom = _zoom(request.query_params.get("z"))
        if layer.schema.geometry == ("point",):
            zoom = LAST_ZOOM  # points are the same from near and far: kept once, not ten times
        atlas = services.atlas
        tag = f'W/"{atlas.version}-{layer_id}-{zoom}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if request.query_params.get("v") == atlas.version:
            # The address names the version: what it gives never changes.
            headers["Cache-Control"] = "private, max-age=31536000, immutable"
        if _same(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=headers)
        frame = atlas.layers.get(layer_id, atlas.layers["district"].iloc[0:0])
        body = await encoded.get(
            atlas.version, (layer_id, zoom), lambda: encode_layer(frame, layer, zoom)
        )
        return Response(body, media_type="application/geo+json", headers=headers)

    return api


def encode_layer(frame: gpd.GeoDataFrame, layer: Layer, zoom: int) -> bytes:
    """GeoJSON of a layer for one zoom.

    Each feature has ``id`` (its code), ``code``, ``name``, the layer's ``map_fields``
    and, for areas, ``lx`` and ``ly``: where its label stands, WGS 84 degrees.
    """
    shapes = np.asarray(frame.geometry.array, dtype=object)
    drawn = simplify(frame, zoom, coverage=layer.schema.coverage)
    labels = _label_points(shapes)
    columns = ["code", "name", *(field for field in layer.map_fields if field in frame.columns)]
    cells = [[plain(value) for value in frame[column]] for column in columns]
    features = []
    rows = zip(*cells, strict=True)
    for geometry, label, row in zip(encode_geometries(drawn, DECIMALS), labels, rows, strict=True):
        properties = dict(zip(columns, row, strict=True)) | label
        features.append(
            {"type": "Feature", "id": row[0], "geometry": geometry, "properties": properties}
        )
    # In parts: one encoding of a hundred thousand would not let other threads run meanwhile.
    parts = [
        msgspec.json.encode(features[start : start + _AT_ONCE])[1:-1]
        for start in range(0, len(features), _AT_ONCE)
    ]
    return b'{"type":"FeatureCollection","features":[' + b",".join(parts) + b"]}"


def simplify(frame: gpd.GeoDataFrame, zoom: int, *, coverage: bool) -> NDArray[Any]:
    """The frame's geometries (EPSG:4326) without detail finer than a pixel of that zoom.

    coverage: neighbours keep sharing their borders (``shapely.coverage_simplify``),
        so that no slivers open between them.
    """
    shapes = np.asarray(frame.geometry.array, dtype=object)
    types = shapely.get_type_id(shapes)
    if zoom >= LAST_ZOOM or not np.isin(types, (0, 4, -1), invert=True).any():
        return shapes
    metric = frame.geometry.to_crs(METRIC)
    flat = np.asarray(metric.array, dtype=object)
    if coverage and np.isin(types, _AREAS).all():
        simple = shapely.coverage_simplify(flat, tolerance(zoom))
    else:
        simple = shapely.simplify(flat, tolerance(zoom) / 2, preserve_topology=True)
    # A tiny area may vanish: then its whole shape is drawn.
    simple = np.where(shapely.is_empty(simple) | shapely.is_missing(simple), flat, simple)
    back = type(metric)(simple, index=metric.index, crs=METRIC).to_crs(WGS84)
    return np.asarray(back.array, dtype=object)


def tolerance(zoom: int) -> float:
    """The size of a pixel on the ground here at a zoom, in metres."""
    return _PIXEL_0 * math.cos(math.radians(_LATITUDE)) / 2.0**zoom


def _label_points(shapes: NDArray[Any]) -> list[dict[str, float]]:
    """A point inside each area: its centre of mass where that is inside."""
    areas = np.isin(shapely.get_type_id(shapes), _AREAS) & ~shapely.is_empty(shapes)
    centres = shapely.centroid(shapes)
    inside = shapely.contains(shapes, centres)
    points = np.where(inside, centres, shapely.point_on_surface(shapes))
    points[~areas] = None  # an empty point has no x to ask for
    lx, ly = shapely.get_x(points), shapely.get_y(points)
    return [
        {"lx": round(float(x), DECIMALS), "ly": round(float(y), DECIMALS)} if area else {}
        for area, x, y in zip(areas, lx, ly, strict=True)
    ]


def _zoom(text: str | None) -> int:
    if text is None:
        return LAST_ZOOM
    try:
        zoom = math.floor(float(text))
    except (ValueError, OverflowError):
        raise bad_request("invalid_z", f"z='{text}': give a zoom from 0 to 24") from None
    return min(max(zoom, FIRST_ZOOM), LAST_ZOOM)


def _same(sent: str | None, tag: str) -> bool:
    """Whether the client has this one already; weak comparison, as RFC 9110 wants here."""
    if sent is None:
        return False
    known = {part.strip().removeprefix("W/") for part in sent.split(",")}
    return "*" in known or tag.removeprefix("W/") in known
