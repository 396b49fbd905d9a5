"""What ingest does now and then: forget old readings, notice a new publication of the map."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from geodata.atlas import Atlas
from geodata.errors import AtlasUnavailableError
from iot.ingest.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from iot.catalogue import Catalogue
    from iot.ledger import Ledger

log = logging.getLogger(__name__)

_MINUTE_MS = 60_000
#: Where the store's readings are gone through from the beginning again.
SWEEP_EVERY_MS = 10 * _MINUTE_MS
#: A step of forgetting is for so many series, and as long as this at most, if it can be: readings
#: wait meanwhile. After days out of use the first steps delete much, later ones little.
LEAST_SERIES, MOST_SERIES = 10, 2_000
STEP_S = 0.05


class Forgetting:
    """Deletes readings older than the history, one small step a call."""

    def __init__(self, ledger: Ledger, history_h: int) -> None:
        self._ledger = ledger
        self._history_ms = history_h * 60 * _MINUTE_MS
        self._after: int | None = None
        self._next_sweep = 0
        self._most = LEAST_SERIES

    def __call__(self, now: int) -> None:
        """Take the next step. now: epoch ms UTC."""
        if self._after is None:
            if now < self._next_sweep:
                return
            self._after, self._next_sweep = 0, now + SWEEP_EVERY_MS
        began = time.monotonic()
        before = now - self._history_ms
        self._after = self._ledger.forget_readings(before, self._after, self._most)
        factor = 0.5 if time.monotonic() - began > STEP_S else 2
        self._most = round(min(max(self._most * factor, LEAST_SERIES), MOST_SERIES))


class Publications:
    """Tells when another state of the map is published, with its components."""

    def __init__(
        self,
        path: Path,
        catalogue: Catalogue,
        version: str,
        replace: Callable[[list[dict[str, Any]]], None],
    ) -> None:
        self._path = path
        self._catalogue = catalogue
        self._version = version
        self._replace = replace
        self._failed: str | None = None
        # Beside the worker: a large map takes seconds to read, and readings do not wait for it.
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="map")
        self._reading: Future[Atlas] | None = None

    def __call__(self, _now: int) -> None:
        """Look, and take over what is read; what cannot be read leaves everything as it is."""
        try:
            self._look()
        except AtlasUnavailableError as error:
            if self._failed != str(error):
                log.warning("%s; going on with the components known so far", error)
            self._failed = str(error)

    def _look(self) -> None:
        if self._reading is None:
            if Atlas.stamp(self._path) != self._version:
                self._reading = self._reader.submit(Atlas.open, self._path)
            return
        if not self._reading.done():
            return
        reading, self._reading = self._reading, None
        atlas = reading.result()
        rows = component_rows(atlas)
        log.info("map %s published: %d components", atlas.version, len(rows))
        self._replace(rows)
        # Last: what could not be taken over (a store that is locked) is tried again.
        self._failed, self._version = None, atlas.version


def component_rows(atlas: Atlas) -> list[dict[str, Any]]:
    """What intake wants of the layer of components."""
    frame = atlas.layers["components"]
    wanted = ("code", "class_code", "gateway", "interval_s")
    columns = [name for name in wanted if name in frame.columns]
    rows: list[dict[str, Any]] = frame[columns].to_dict("records")
    return rows


def build_registry(
    rows: list[Mapping[str, Any]] | list[dict[str, Any]],
    catalogue: Catalogue,
    before: Registry | None = None,
) -> Registry:
    """A registry; components whose class the catalogue lacks are named once in the log."""
    registry = Registry.build(rows, catalogue, before)
    if registry.classless:
        classes = ", ".join(sorted(set(registry.classless.values())))
        log.warning(
            "%d components are of classes that the catalogue lacks (%s); "
            "their readings will be refused",
            len(registry.classless),
            classes,
        )
    return registry
