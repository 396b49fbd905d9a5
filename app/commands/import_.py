"""``onemap import``: a site's own file becomes a layer, whole or not at all."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.programs import settings_of
from app.settings import SettingsError

if TYPE_CHECKING:
    import argparse

    from geodata.schema import LayerSchema


def run(chosen: argparse.Namespace) -> int:
    """0: published, or would be; 1: refused with the reasons."""
    settings = settings_of(chosen)
    schema = _schema(chosen.layer, dict(chosen.fields))
    from geodata.importing import describe, import_layer

    settings.data.mkdir(parents=True, exist_ok=True)
    if chosen.report is not None:
        Path(chosen.report).touch()  # before anything is published: else it would be, and fail
    report = import_layer(
        settings.geopackage,
        schema,
        Path(chosen.file),
        crs=chosen.crs,
        encoding=chosen.encoding,
        mapping=dict(chosen.fields),
        dry_run=chosen.dry_run,
    )
    sys.stdout.write(describe(report) + "\n")
    if chosen.report is not None:
        text = json.dumps(report.as_dict(), ensure_ascii=False, indent=2)
        Path(chosen.report).write_text(text + "\n", encoding="utf-8")
    return 0 if report.ok else 1


def _schema(layer_id: str, mapping: dict[str, str]) -> LayerSchema:
    """The schema of a layer. Raises SettingsError for an unknown layer or field (wrong use)."""
    from layers import all_layers

    layers = all_layers()
    if layer_id not in layers:
        raise SettingsError(f"unknown layer '{layer_id}'; choose {', '.join(sorted(layers))}")
    schema = layers[layer_id].schema
    known = ["code", "name", *(field.name for field in schema.fields)]
    for name in mapping:
        if name not in known:
            raise SettingsError(
                f"--map: layer '{layer_id}' has no field '{name}'; choose {', '.join(known)}"
            )
    return schema
