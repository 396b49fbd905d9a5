"""What the address bar says about the browse page: language, place, selection, layers, theme.

A link is typed, cut and mangled by people: whatever cannot be read is left out,
and the rest still opens.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qs, urlencode

from app.i18n import Lang, parse_lang
from layers.card import Ref

if TYPE_CHECKING:
    from collections.abc import Mapping

Theme = Literal["dark", "light"]

MIN_ZOOM, MAX_ZOOM = 8, 19
_CODE = re.compile(r"[\w.\-]{1,64}")
_LAYER = re.compile(r"[a-z_]{1,32}")


@dataclass(frozen=True)
class At:
    """Where the map looks: WGS 84 degrees and a Leaflet zoom."""

    lat: float
    lon: float
    zoom: float


@dataclass(frozen=True)
class View:
    """One view of the browse page. ``layers`` None means each layer's own default."""

    lang: Lang = "zh"
    at: At | None = None
    selected: Ref | None = None
    layers: tuple[str, ...] | None = None
    theme: Theme = "dark"

    def shows(self, layer: str, by_default: bool) -> bool:
        """Whether a layer is switched on."""
        return by_default if self.layers is None else layer in self.layers

    def query(self) -> str:
        """The query string of this view, with its question mark; empty for the default view."""
        parts: dict[str, str] = {}
        if self.lang != "zh":
            parts["lang"] = self.lang
        if self.at is not None:
            parts["at"] = f"{self.at.lat:.5f},{self.at.lon:.5f},{self.at.zoom:g}"
        if self.selected is not None:
            parts["sel"] = f"{self.selected.layer}:{self.selected.code}"
        if self.layers is not None:
            parts["layers"] = ",".join(self.layers)
        if self.theme != "dark":
            parts["theme"] = self.theme
        return "?" + urlencode(parts, safe=",:") if parts else ""


def parse_view(query: Mapping[str, object]) -> View:
    """Read a query as Dash hands it over (text, or lists where a name came twice)."""
    given = {name: _one(value) for name, value in query.items()}
    return View(
        lang=parse_lang(given.get("lang")),
        at=parse_at(given.get("at")),
        selected=parse_ref(given.get("sel")),
        layers=_layers(given.get("layers")),
        theme="light" if given.get("theme") == "light" else "dark",
    )


def parse_at(text: str | None) -> At | None:
    """``lat,lon,zoom`` in WGS 84 degrees, or None when it is anything else."""
    try:
        lat, lon, zoom = (float(part) for part in (text or "").split(","))
    except ValueError:
        return None
    if not all(map(math.isfinite, (lat, lon, zoom))) or abs(lat) > 85 or abs(lon) > 180:
        return None
    return At(lat, lon, min(max(zoom, MIN_ZOOM), MAX_ZOOM))


def parse_ref(text: str | None) -> Ref | None:
    """``layer:code``, or None when it is anything else."""
    layer, colon, code = (text or "").partition(":")
    if not colon or not _LAYER.fullmatch(layer) or not _CODE.fullmatch(code):
        return None
    return Ref(layer, code)


def _layers(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return tuple(dict.fromkeys(part for part in text.split(",") if _LAYER.fullmatch(part)))


def _one(value: object) -> str | None:
    if isinstance(value, list):
        value = value[-1] if value else None
    return value if isinstance(value, str) else None


def parse_query(search: str) -> dict[str, object]:
    """The names and values of ``?…``; a name that comes twice counts once, the last."""
    return {
        name: values[-1]
        for name, values in parse_qs(search.lstrip("?"), keep_blank_values=True).items()
    }
