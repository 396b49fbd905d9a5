"""Who answers for a place: grid, grid leader, enforcement area, agency of the town.

网格吹哨、机构报到: the grid leader sees it first, the enforcement area acts, and the
agency that the component's class names must report in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from layers.card import Chain, Ref, Step, T, Text
from layers.cells import text
from layers.places import name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.context import MapContext

Role = Literal[
    "grid",
    "grid_leader",
    "branch_secretary",
    "leader_and_secretary",
    "enforcement_area",
    "agency",
]

#: Who must come when a class names no agency: the town's own command centre.
COMMAND_CENTRE = "集成指挥中心"

_ROLES: dict[Role, T] = {
    "grid": T("Grid"),
    "grid_leader": T("Grid leader"),
    "branch_secretary": T("Branch secretary"),
    "leader_and_secretary": T("Grid leader and branch secretary"),
    "enforcement_area": T("Enforcement area"),
    "agency": T("Agency"),
}


@dataclass(frozen=True)
class Link:
    """One link of the chain.

    name: the person, area or agency; None when nobody is named.
    code: of the area or agency; None for a person.
    leader: who heads it (enforcement area, agency). phone: how to reach them.
    layer: the layer that ``code`` opens, or None.
    """

    role: Role
    name: str | None
    code: str | None = None
    leader: str | None = None
    phone: str | None = None
    layer: str | None = None


def links(row: Mapping[str, Any], context: MapContext) -> tuple[Link, ...]:
    """The chain of one feature of a place layer, nearest to the thing first.

    Uses the derived columns ``grid``, ``enforcement_area`` and ``town``, and
    ``class_code`` where the feature has one. A link that the data do not know is
    left out, except the people of a known grid: that nobody is named there matters.
    """
    grid = text(row, "grid")
    return (
        *(_grid_links(grid, context) if grid else ()),
        *_enforcement_link(text(row, "enforcement_area"), context),
        *_agency_link(row, context),
    )


def chain(row: Mapping[str, Any], context: MapContext) -> Chain:
    """The same as a section of a drawer."""
    steps = tuple(
        Step(
            role=_ROLES[link.role],
            name=link.name or T("nobody named"),
            detail=_detail(link),
            ref=Ref(link.layer, link.code) if link.layer and link.code else None,
        )
        for link in links(row, context)
    )
    return Chain(T("Who answers for it"), steps)


def _detail(link: Link) -> Text | None:
    return " · ".join(part for part in (link.leader, link.phone) if part) or None


def _grid_links(code: str, context: MapContext) -> tuple[Link, ...]:
    row = context.atlas.row("grids", code) or {}
    grid = Link("grid", name_of(context, "grids", code), code, layer="grids")
    leader, phone = text(row, "leader"), text(row, "leader_phone")
    secretary = text(row, "branch_secretary")
    if leader is not None and leader == secretary:
        return grid, Link("leader_and_secretary", leader, phone=phone)
    people = [Link("grid_leader", leader, phone=phone)]
    if secretary is not None:
        people.append(Link("branch_secretary", secretary))
    return grid, *people


def _enforcement_link(code: str | None, context: MapContext) -> tuple[Link, ...]:
    if code is None:
        return ()
    row = context.atlas.row("enforcement_areas", code) or {}
    return (
        Link(
            "enforcement_area",
            name_of(context, "enforcement_areas", code),
            code,
            leader=text(row, "leader"),
            phone=text(row, "phone"),
            layer="enforcement_areas",
        ),
    )


def _agency_link(row: Mapping[str, Any], context: MapContext) -> tuple[Link, ...]:
    town = text(row, "town")
    component_class = context.catalogue.classes.get(text(row, "class_code") or "")
    wanted = component_class.agency if component_class else COMMAND_CENTRE
    found = agencies_of(town, context) if town else []
    for agency in found:
        if text(agency, "name") == wanted:
            return (
                Link(
                    "agency",
                    wanted,
                    text(agency, "code"),
                    leader=text(agency, "head"),
                    phone=text(agency, "phone"),
                ),
            )
    # A class names its agency even where the town's list of agencies is not there.
    return (Link("agency", wanted),) if component_class else ()


def agencies_of(town: str, context: MapContext) -> list[dict[str, Any]]:
    """The agencies of a town, as rows with code, town, name, head, phone."""
    table = context.atlas.agencies
    if "town" not in table.columns:
        return []
    chosen = table[table["town"] == town]
    return [{str(key): value for key, value in row.items()} for row in chosen.to_dict("records")]
