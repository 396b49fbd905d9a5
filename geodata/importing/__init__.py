"""A site's own files: read, checked, published whole or not at all.

``import_layer`` gives a report whatever happens; ``describe`` makes lines of it.
"""

from __future__ import annotations

from geodata.importing.publish import check_published, import_layer
from geodata.importing.report import ImportReport, Problem, describe

__all__ = ["ImportReport", "Problem", "check_published", "describe", "import_layer"]
