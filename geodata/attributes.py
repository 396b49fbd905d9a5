"""Which attributes the layers of the contract have, beyond ``code`` and ``name``.

A file may lack some of them (a site's own layers often do); the atlas then has the
column all the same, empty, so that nobody who reads it has to ask.
"""

from __future__ import annotations

#: Layer ids of the contract, in the order of the file.
LAYER_IDS = (
    "district",
    "towns",
    "communities",
    "grids",
    "enforcement_areas",
    "water",
    "roads",
    "key_projects",
    "party_sites",
    "service_points",
    "components",
)

#: Layer id of an area -> the derived column that names it in other layers.
AREA_COLUMNS = {
    "towns": "town",
    "communities": "community",
    "grids": "grid",
    "enforcement_areas": "enforcement_area",
}

#: Derived columns of each layer; places have all four, as has a layer that a site adds.
DERIVED: dict[str, tuple[str, ...]] = {
    "district": (),
    "towns": (),
    "communities": ("town",),
    "grids": ("town", "community", "enforcement_area"),
    "enforcement_areas": ("town",),
    "water": (),
    "roads": (),
}
PLACE_DERIVED = tuple(AREA_COLUMNS.values())

#: Dates are text, ISO 8601 days. ``milestones`` is JSON: [{"name", "due", "done"}].
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "district": ("name_en",),
    "towns": ("name_en", "standard_ref"),
    "communities": (),
    "grids": (
        "leader",
        "leader_phone",
        "party_branch",
        "branch_secretary",
        "households",
        "population",
        "party_members",
    ),
    "enforcement_areas": ("leader", "phone", "officers"),
    "water": ("kind", "width"),
    "roads": ("kind",),
    "key_projects": (
        "category",
        "unit",
        "manager",
        "phone",
        "invest_planned",
        "invest_actual",
        "start_date",
        "due_date",
        "finished_date",
        "progress_planned",
        "progress",
        "status",
        "milestones",
        "note",
    ),
    "party_sites": ("kind", "secretary", "phone", "members", "address"),
    "service_points": ("kind", "hours", "address", "phone"),
    "components": (
        "class_code",
        "standard_ref",
        "gateway",
        "address",
        "project",
        "installed",
    ),
}


def derived_columns(layer: str) -> tuple[str, ...]:
    """Which areas the atlas derives for the features of a layer."""
    return DERIVED.get(layer, PLACE_DERIVED)
