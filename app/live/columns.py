"""The live picture as arrays, one row a component of the atlas, ready to be sent.

What stands still (position, class, areas) is built once for each state of the atlas;
what moves (level, presence, age) is changed row by row as deltas arrive, so that a
snapshot of 100 000 components is a copy and not a computation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from iot.levels import Level
from iot.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from geodata.atlas import Atlas
    from iot.picture import ComponentState, Picture

#: "No such area" in a column of indices.
NONE = 65_535
#: Bytes of a code, zero padded; the longest of the standards has 17 digits.
CODE_BYTES = 20

#: Column of the snapshot -> column of the components layer, for those that are indices.
INDEXED = {
    "class": "class_code",
    "town": "town",
    "community": "community",
    "grid": "grid",
    "enforcement_area": "enforcement_area",
    "gateway": "gateway",
}


@dataclass(frozen=True)
class Standing:
    """What stands still while the atlas does.

    version, sample: the atlas's. codes, names: of each row. row_of: row of each code.
    columns: name -> array, one entry a row (lon, lat in WGS 84 degrees, indices, code).
    legends: name -> the text behind each index.
    """

    version: str
    sample: bool
    codes: Sequence[str]
    names: Sequence[str | None]
    row_of: dict[str, int]
    columns: dict[str, NDArray[np.generic]]
    legends: dict[str, list[str]]

    def describe(self, code: str) -> dict[str, str | None]:
        """Name, class and town of a component; all None when this atlas does not have it."""
        row = self.row_of.get(code)
        if row is None:
            return {"name": None, "class_code": None, "town": None}
        return {
            "name": self.names[row],
            "class_code": self._text("class", row),
            "town": self._text("town", row),
        }

    def _text(self, column: str, row: int) -> str | None:
        index = int(self.columns[column][row])
        return None if index == NONE else self.legends[column][index]


@dataclass
class LiveColumns:
    """Level, presence and age of every component of one state of the atlas.

    level: ``iot.levels.Level`` as uint8. presence: ``iot.presence.Presence`` as uint8.
    heard: event time of the newest value, epoch milliseconds UTC, NaN when never heard.
    """

    standing: Standing
    level: NDArray[np.uint8]
    presence: NDArray[np.uint8]
    heard: NDArray[np.float64]

    @classmethod
    def build(cls, standing: Standing, picture: Picture) -> LiveColumns:
        """All rows from a whole picture. Takes about 1 µs a component."""
        count = len(standing.codes)
        columns = cls(
            standing,
            np.zeros(count, np.uint8),
            np.full(count, Presence.UNKNOWN, np.uint8),
            np.full(count, np.nan, np.float64),
        )
        for code, state in picture.components.items():
            columns._set(code, state)
        return columns

    def update(self, codes: Iterable[str], picture: Picture) -> None:
        """Take over what the picture says now about these components."""
        for code in codes:
            self._set(code, picture.state(code))

    def counts(self) -> dict[str, object]:
        """How many components there are, by presence and by level, as a heartbeat tells it."""
        presence = np.bincount(self.presence, minlength=len(Presence))
        level = np.bincount(self.level, minlength=len(Level))
        return {
            "components": len(self.standing.codes),
            **{each.label: int(presence[each]) for each in Presence},
            "levels": {each.label: int(level[each]) for each in reversed(Level) if each.label},
        }

    def _set(self, code: str, state: ComponentState) -> None:
        row = self.standing.row_of.get(code)
        if row is None:  # heard of by ingest, but not in this state of the atlas
            return
        self.level[row] = state.level
        self.presence[row] = state.presence
        heard = state.heard_at
        self.heard[row] = np.nan if heard is None else heard


def standing_of(atlas: Atlas) -> Standing:
    """What stands still, from the components layer, whose points are WGS 84 lon/lat.

    A component whose geometry is not a point is drawn at a point inside it.
    """
    frame = atlas.layers["components"]
    geometry = frame.geometry.array
    if len(frame) and not (frame.geom_type == "Point").all():
        geometry = frame.geometry.representative_point().array
    codes = [str(code) for code in frame.index]
    names = [name if isinstance(name, str) else None for name in frame["name"].tolist()]
    columns: dict[str, NDArray[np.generic]] = {
        "lon": np.asarray(geometry.x, "<f8"),
        "lat": np.asarray(geometry.y, "<f8"),
        "code": np.array([code.encode("ascii", "replace") for code in codes], f"S{CODE_BYTES}"),
    }
    legends: dict[str, list[str]] = {}
    for name, source in INDEXED.items():
        columns[name], legends[name] = _index(frame[source].tolist())
    row_of = {code: row for row, code in enumerate(codes)}
    return Standing(atlas.version, atlas.sample, codes, names, row_of, columns, legends)


def _index(values: Sequence[object]) -> tuple[NDArray[np.uint16], list[str]]:
    """Texts as indices into their sorted list; what is no text is NONE."""
    legend = sorted({value for value in values if isinstance(value, str)})
    if len(legend) >= NONE:
        raise ValueError(f"{len(legend)} different values do not fit a column of 16 bits")
    position = {value: index for index, value in enumerate(legend)}
    indices = [position[value] if isinstance(value, str) else NONE for value in values]
    return np.array(indices, "<u2"), legend
