"""The map: no tiles, the ground is our own water, roads and areas; components draw themselves.

Style functions, and a pane for every layer, are in ``assets/`` (``onemap.areas`` …, ``map.js``).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import dash_leaflet as dl

from app.view import MAX_ZOOM, MIN_ZOOM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.view import View
    from geodata.atlas import Atlas
    from layers.base import Layer
    from layers.card import Ref

#: The zooms that areas are simplified for; the next finer one is asked for.
ZOOM_STEPS = (10, 12, 14, 16)
#: How close a single place is looked at.
PLACE_ZOOM = 16
#: A usual map's width and height beside the panels, pixels; only to guess the first zoom.
USUAL_MAP = (1200, 900)


def zoom_step(zoom: float) -> int:
    """The simplification that fits a zoom."""
    return next((step for step in ZOOM_STEPS if step >= zoom), ZOOM_STEPS[-1])


def fitting_zoom(bounds: tuple[float, float, float, float]) -> int:
    """The zoom at which bounds (west, south, east, north in degrees) about fill a usual map."""
    west, south, east, north = bounds
    width, height = max(east - west, 1e-6), max(north - south, 1e-6)
    across = math.log2(USUAL_MAP[0] / 256 * 360 / width)
    down = math.log2(
        USUAL_MAP[1] / 256 * 360 * math.cos(math.radians((south + north) / 2)) / height
    )
    return int(min(max(min(across, down), MIN_ZOOM), MAX_ZOOM))


def corners(bounds: tuple[float, float, float, float]) -> list[list[float]]:
    """Bounds in degrees (west, south, east, north) as Leaflet has them: [lat, lon] pairs."""
    west, south, east, north = bounds
    return [[south, west], [north, east]]


def bounds_of(atlas: Atlas, ref: Ref | None) -> tuple[float, float, float, float] | None:
    """Where a feature lies, degrees; None when it is not in the atlas."""
    row = atlas.row(ref.layer, ref.code) if ref else None
    geometry = row.get("geometry") if row else None
    if geometry is None or geometry.is_empty:
        return None
    west, south, east, north = geometry.bounds
    return float(west), float(south), float(east), float(north)


def flight(atlas: Atlas, ref: Ref) -> dict[str, Any] | None:
    """Where ``onemap.flyTo`` goes for a feature; None when it is unknown."""
    bounds = bounds_of(atlas, ref)
    if bounds is None:
        return None
    west, south, east, north = bounds
    if west == east and south == north:
        return {"lat": south, "lon": west, "zoom": PLACE_ZOOM}
    return {"bounds": corners(bounds)}


def first_look(view: View, atlas: Atlas) -> tuple[dict[str, Any], float]:
    """Where the map opens: what the link says, else the selection, else the whole district."""
    if view.at is not None:
        return {"center": [view.at.lat, view.at.lon], "zoom": view.at.zoom}, view.at.zoom
    bounds = bounds_of(atlas, view.selected) or atlas.bounds or (120.5, 31.3, 120.8, 31.5)
    if bounds[0] == bounds[2] and bounds[1] == bounds[3]:
        return {"center": [bounds[1], bounds[0]], "zoom": PLACE_ZOOM}, PLACE_ZOOM
    return {"bounds": corners(bounds)}, fitting_zoom(bounds)


def draw_map(view: View, atlas: Atlas, layers: Mapping[str, Layer]) -> Any:
    """The map; each layer draws into the pane that ``assets/map.js`` keeps for it."""
    look, zoom = first_look(view, atlas)
    drawn = [
        draw_layer(layer, view.shows(layer.id, layer.on), zoom, atlas.version)
        for layer in layers.values()
        if not layer.canvas
    ]
    return dl.MapContainer(
        [*drawn, dl.ScaleControl(imperial=False, position="bottomright")],
        id="map",
        zoomControl=True,
        attributionControl=False,
        minZoom=MIN_ZOOM,
        maxZoom=MAX_ZOOM,
        zoomSnap=0.5,
        # Each move would go to the server; and with bounds alone dash-leaflet 1.1 fails on it.
        trackViewport=False,
        **look,
    )


def layer_url(layer: Layer, zoom: float, version: str) -> str:
    """Where the layer's features come from, simplified for a zoom."""
    return f"/map/{layer.id}.geojson?z={zoom_step(zoom)}&v={version}"


def draw_layer(layer: Layer, on: bool, zoom: float, version: str) -> Any:
    """The layer's drawing; without an address while it is off or the zoom makes it useless.

    A zoom or a new state changes the address alone: what is drawn stays until the new has come.
    """
    return dl.GeoJSON(
        id={"type": "om-geojson", "layer": layer.id},
        url=wanted_url(layer, on, zoom, version),
        style=_function("areas.style"),
        onEachFeature=_function("areas.onEachFeature"),
        pointToLayer=_function("places.marker"),
        hideout={"layer": layer.id, "min_zoom": layer.min_zoom, "icon": layer.icon},
        pane=f"om-{layer.id}",
    )


def wanted_url(layer: Layer, on: bool, zoom: float, version: str) -> str | None:
    """The address that the layer is to be drawn from now; None when nobody would see it."""
    return layer_url(layer, zoom, version) if on and zoom >= layer.min_zoom else None


def _function(name: str) -> dict[str, str]:
    """A function of the browser's side, found on ``window`` by this dotted path."""
    return {"variable": f"onemap.{name}"}
