"""Smart components (智慧部件): what they say, why they alert, who answers for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.schema import Field, LayerSchema
from layers.base import Layer
from layers.card import Card, Fact, Facts, Readings, Ref, T
from layers.cells import day, text
from layers.live import clock, level_badge, presence_badge, reason_items
from layers.places import name_of, nearby_items, point_of, where_facts
from layers.responsibility import chain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.card import Text
    from layers.context import MapContext


def card(row: Mapping[str, Any], context: MapContext) -> Card:
    """Why it alerts first when it does, else its readings; then who comes, what is near."""
    code = text(row, "code") or ""
    state = context.picture.state(code)
    reasons, readings = reason_items(code, context), Readings(code)
    return Card(
        kind=class_name(row, context),
        title=text(row, "name") or code,
        code=code,
        badges=(*level_badge(state.level), presence_badge(state.presence)),
        sections=(
            *((reasons, readings) if reasons.items else (readings, reasons)),
            chain(row, context),
            nearby_items(row, context, "key_projects", T("Key projects nearby")),
            nearby_items(row, context, "party_sites", T("Party sites nearby")),
            Facts(T("The component"), tuple(_facts(row, context))),
        ),
    )


def class_name(row: Mapping[str, Any], context: MapContext) -> Text:
    """The name of its class in the reader's language; its class code where it is unknown."""
    code = text(row, "class_code")
    known = context.catalogue.classes.get(code or "")
    if known is not None:
        return known.name_en if context.lang == "en" else known.name_zh
    return code or T("Component")


def _facts(row: Mapping[str, Any], context: MapContext) -> list[Fact]:
    facts = [
        *_texts(
            row,
            (T("Class code"), "class_code"),
            (T("Code by"), "standard_ref"),
            (T("Gateway"), "gateway"),
            (T("Address"), "address"),
        )
    ]
    since = context.picture.state(text(row, "code") or "").presence_since
    if since is not None:
        facts.append(Fact(T("Presence since"), clock(since, context.now)))
    project = text(row, "project")
    if project is not None:
        name = name_of(context, "key_projects", project)
        facts.append(Fact(T("Belongs to project"), name, Ref("key_projects", project)))
    installed = day(row, "installed")
    if installed is not None:
        facts.append(Fact(T("Installed"), installed.isoformat()))
    point = point_of(row)
    if point is not None:
        facts.append(Fact(T("Longitude, latitude (WGS 84)"), f"{point[0]:.6f}, {point[1]:.6f}"))
    return facts + where_facts(row, context)


def _texts(row: Mapping[str, Any], *wanted: tuple[T, str]) -> list[Fact]:
    return [Fact(label, value) for label, key in wanted if (value := text(row, key)) is not None]


LAYER = Layer(
    schema=LayerSchema(
        id="components",
        geometry=("point",),
        code_digits=(16, 17),
        fields=(
            Field("class_code", required=True),
            Field("standard_ref"),
            Field("gateway"),
            Field("address"),
            Field("project"),
            Field("installed", kind="date"),
        ),
    ),
    title="Components",
    group="live",
    order=90,
    icon="component",
    card=card,
    map_fields=("class_code", "gateway"),
    canvas=True,
)
