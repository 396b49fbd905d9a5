"""Search by name, code and pinyin, over everything on the map.

The index is built once for each state of the atlas, off the event loop, and then
only read: a plain scan over prepared strings, a few milliseconds for 20 000 entries.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from pypinyin import lazy_pinyin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geodata.atlas import Atlas
    from layers.base import Layer

LIMIT = 20
_RUN = re.compile(r"[\u3400-\u9fff]+|[^\u3400-\u9fff]+")
_SPACE = re.compile(r"[\s·,,、.\-_/()()]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can be found, with what it can be found by, already folded.

    order: groups stand in this order; small things (components) after areas.
    """

    layer: str
    code: str
    name: str
    folded: str
    pinyin: str
    initials: str
    town: str
    order: int


@dataclass(frozen=True)
class Index:
    """Everything that can be found in one state of the atlas."""

    version: str
    entries: Sequence[Entry]

    @classmethod
    def build(cls, atlas: Atlas, layers: Iterable[Layer]) -> Index:
        """Read names and codes of the searchable layers."""
        towns = dict(atlas.layers["towns"]["name"]) if "towns" in atlas.layers else {}
        entries: list[Entry] = []
        for order, layer in enumerate(sorted(layers, key=_group_order)):
            frame = atlas.layers.get(layer.id)
            if not layer.searchable or frame is None or frame.empty:
                continue
            codes = frame["town"] if "town" in frame.columns else [None] * len(frame)
            for code, name, town in zip(frame["code"], frame["name"], codes, strict=True):
                entries.append(_entry(layer.id, code, name, towns.get(town, ""), order))
        return cls(atlas.version, entries)

    def find(self, text: str, limit: int = LIMIT) -> list[Entry]:
        """The best matches, best first; nothing for an empty question."""
        wanted = fold(text)
        if not wanted:
            return []
        ranked = [
            (rank, entry.order, len(entry.name), entry.code, entry)
            for entry in self.entries
            if (rank := _rank(entry, wanted)) is not None
        ]
        ranked.sort(key=lambda item: item[:4])
        return [item[4] for item in ranked[:limit]]


@dataclass
class Finder:
    """Keeps the index of the newest atlas. Thread-safe; blocking for the first question."""

    _index: Index | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find(self, atlas: Atlas, layers: Iterable[Layer], text: str) -> list[Entry]:
        """Find in the state of the atlas that is handed in."""
        with self._lock:
            if self._index is None or self._index.version != atlas.version:
                self._index = Index.build(atlas, layers)
            index = self._index
        return index.find(text)


def fold(text: str) -> str:
    """How both sides are compared: lower case, full-width forms narrowed, no spaces or marks."""
    narrow = "".join(
        chr(ord(sign) - 0xFEE0) if 0xFF01 <= ord(sign) <= 0xFF5E else sign for sign in text
    )
    return _SPACE.sub("", narrow.lower())


@lru_cache(maxsize=65_536)
def _spelled(run: str) -> tuple[str, str]:
    """Pinyin and initials of one run of Chinese; names repeat their runs, so this is kept."""
    syllables = lazy_pinyin(run)
    return "".join(syllables), "".join(syllable[:1] for syllable in syllables)


def spell(name: str) -> tuple[str, str]:
    """Full pinyin and initials of a name; what is not Chinese stands for itself."""
    full, initials = [], []
    for run in _RUN.findall(name):
        if "\u3400" <= run[0] <= "\u9fff":
            spelled, first = _spelled(run)
        else:
            spelled = first = run
        full.append(spelled)
        initials.append(first)
    return fold("".join(full)), fold("".join(initials))


def _entry(layer: str, code: str, name: str, town: str, order: int) -> Entry:
    name = str(name or code)
    pinyin, initials = spell(name)
    return Entry(layer, str(code), name, fold(name), pinyin, initials, str(town), order)


def _group_order(layer: Layer) -> tuple[int, int]:
    groups = {"areas": 0, "places": 1, "live": 2, "ground": 3}
    return groups.get(layer.group, 9), layer.order


def _rank(entry: Entry, wanted: str) -> int | None:
    """Smaller is better; None when it does not match at all."""
    if wanted in (entry.folded, entry.code):
        return 0
    for rank, text in enumerate((entry.folded, entry.code, entry.initials, entry.pinyin), 1):
        if text.startswith(wanted):
            return rank
    if wanted in entry.folded:
        return 5
    if len(wanted) < 2:
        return None
    if wanted in entry.initials or wanted in entry.pinyin:
        return 6
    return 7 if wanted in entry.code else None
