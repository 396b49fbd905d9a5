"""OGC API – Features, part 1: every layer as it stands now, for QGIS, GDAL and programs.

All coordinates are WGS 84 in longitude, latitude (CRS84).
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import APIRouter, Request, Response

from app.api.liveness import live_properties
from app.api.problems import ProblemRoute, not_found
from app.api.query import DEFAULT_LIMIT, MAX_LIMIT, ItemsQuery
from app.api.table import FeatureTable
from app.api.versioned import Versioned
from layers import all_layers

if TYPE_CHECKING:
    from app.services import Services
    from geodata.atlas import Atlas
    from layers.base import Layer

JSON = "application/json"
GEOJSON = "application/geo+json"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
TITLE = "onemap"
DESCRIPTION = "Areas, places and smart components of the district as they stand now."

#: What is claimed. Not oas30: the document at /api/openapi.json is OpenAPI 3.1.
CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)

_PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "limit",
        "in": "query",
        "description": "Most features in one answer; follow the link 'next' for more.",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_LIMIT,
            "default": DEFAULT_LIMIT,
        },
    },
    {
        "name": "offset",
        "in": "query",
        "description": "Features to pass over, in the order of their codes.",
        "schema": {"type": "integer", "minimum": 0, "default": 0},
    },
    {
        "name": "bbox",
        "in": "query",
        "description": "west,south,east,north in WGS 84 degrees.",
        "style": "form",
        "explode": False,
        "schema": {
            "type": "array",
            "items": {"type": "number"},
            "minItems": 4,
            "maxItems": 6,
        },
    },
    {
        "name": "datetime",
        "in": "query",
        "description": "Accepted; the layers have no time of their own, so all features match.",
        "schema": {"type": "string"},
    },
]


def router(services: Services) -> APIRouter:
    """The endpoints under ``/api``; everything is read from ``services`` at each request."""
    api = APIRouter(prefix="/api", tags=["Features"], route_class=ProblemRoute)
    source = _Source(services)

    @api.get("", summary="Landing page")
    @api.get("/", include_in_schema=False)
    async def landing(request: Request) -> Response:
        return _answer(_landing(_base(request)))

    @api.get("/conformance", summary="What of the standard is there")
    async def conformance() -> Response:
        return _answer({"conformsTo": CONFORMANCE})

    @api.get("/collections", summary="All layers")
    async def collections(request: Request) -> Response:
        base, atlas = _base(request), services.atlas
        tables = [(layer, await source.table(atlas, layer)) for layer in all_layers().values()]
        return _answer(
            {
                "links": [_link("self", f"{base}/collections", JSON, "Layers")],
                "collections": [_collection(base, layer, table) for layer, table in tables],
            }
        )

    @api.get("/collections/{layer_id}", summary="One layer")
    async def collection(request: Request, layer_id: str) -> Response:
        layer = _layer(layer_id)
        return _answer(
            _collection(_base(request), layer, await source.table(services.atlas, layer))
        )

    @api.get(
        "/collections/{layer_id}/items",
        summary="Features of a layer, by pages",
        openapi_extra={"parameters": _PARAMETERS},
    )
    async def items(request: Request, layer_id: str) -> Response:
        layer, atlas = _layer(layer_id), services.atlas
        table = await source.table(atlas, layer)
        query = ItemsQuery.read(request.query_params, table.columns)
        return await source.page(atlas, layer, table, query, _base(request))

    @api.get("/collections/{layer_id}/items/{code}", summary="One feature by its code")
    async def item(request: Request, layer_id: str, code: str) -> Response:
        layer, atlas = _layer(layer_id), services.atlas
        table = await source.table(atlas, layer)
        if code not in table.index:
            raise not_found("unknown_feature", f"layer '{layer_id}' has no feature '{code}'")
        base = f"{_base(request)}/collections/{layer_id}"
        feature = table.feature(
            table.index[code], live_properties(layer_id, [code], atlas, services.picture)[code]
        )
        feature["links"] = [
            _link("self", f"{base}/items/{code}", GEOJSON, "This feature"),
            _link("collection", base, JSON, "Its layer"),
        ]
        return _answer(feature, GEOJSON)

    return api


class _Source:
    """Tables of the published state, and pages of them with what is live."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tables: Versioned[FeatureTable] = Versioned()

    async def table(self, atlas: Atlas, layer: Layer) -> FeatureTable:
        return await self._tables.get(
            atlas.version, layer.id, lambda: FeatureTable.of(_frame(atlas, layer), layer.schema)
        )

    async def page(
        self, atlas: Atlas, layer: Layer, table: FeatureTable, query: ItemsQuery, base: str
    ) -> Response:
        rows = await asyncio.to_thread(table.select, query.boxes, query.wanted)
        chosen = rows[query.offset : query.offset + query.limit]
        codes = [table.codes[row] for row in chosen]
        # On the event loop: only there is the picture at rest.
        live = live_properties(layer.id, codes, atlas, self._services.picture)

        def encode() -> bytes:
            features = [table.feature(row, live[table.codes[row]]) for row in chosen]
            return msgspec.json.encode(
                {
                    "type": "FeatureCollection",
                    "timeStamp": datetime.now(UTC).isoformat(timespec="seconds"),
                    "numberMatched": len(rows),
                    "numberReturned": len(chosen),
                    "links": _paging(f"{base}/collections/{layer.id}", query, len(rows)),
                    "features": features,
                }
            )

        return Response(await asyncio.to_thread(encode), media_type=GEOJSON)


def _frame(atlas: Atlas, layer: Layer) -> Any:
    """The layer's frame; an empty one when this state does not have it."""
    frame = atlas.layers.get(layer.id)
    return atlas.layers["district"].iloc[0:0] if frame is None else frame


def _layer(layer_id: str) -> Layer:
    layers = all_layers()
    if layer_id not in layers:
        raise not_found(
            "unknown_collection", f"no layer '{layer_id}'; there are {', '.join(layers)}"
        )
    return layers[layer_id]


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/") + "/api"


def _answer(content: Any, media_type: str = JSON) -> Response:
    return Response(msgspec.json.encode(content), media_type=media_type)


def _link(rel: str, href: str, media_type: str, title: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "type": media_type, "title": title}


def _landing(base: str) -> dict[str, Any]:
    openapi = "application/vnd.oai.openapi+json;version=3.1"
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "links": [
            _link("self", base, JSON, "This page"),
            _link("service-desc", f"{base}/openapi.json", openapi, "The API in OpenAPI"),
            _link("conformance", f"{base}/conformance", JSON, "Conformance classes"),
            _link("data", f"{base}/collections", JSON, "Layers"),
        ],
    }


def _collection(base: str, layer: Layer, table: FeatureTable) -> dict[str, Any]:
    here = f"{base}/collections/{layer.id}"
    described: dict[str, Any] = {
        "id": layer.id,
        "title": layer.title,
        "itemType": "feature",
        "crs": [CRS84],
        "links": [
            _link("self", here, JSON, "This layer"),
            _link("items", f"{here}/items", GEOJSON, "Its features"),
        ],
    }
    if table.extent is not None:
        described["extent"] = {"spatial": {"bbox": [table.extent], "crs": CRS84}}
    return described


def _paging(here: str, query: ItemsQuery, matched: int) -> list[dict[str, str]]:
    links = [
        _link("self", f"{here}/items?{query.link(query.offset)}", GEOJSON, "This page"),
        _link("collection", here, JSON, "The layer"),
    ]
    if query.offset + query.limit < matched:
        after = query.link(query.offset + query.limit)
        links.append(_link("next", f"{here}/items?{after}", GEOJSON, "Next page"))
    if query.offset > 0:
        before = query.link(max(0, query.offset - query.limit))
        links.append(_link("prev", f"{here}/items?{before}", GEOJSON, "Page before"))
    return links
