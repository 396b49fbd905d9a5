"""The attribute table of a shapefile: which encoding its texts are in, and cut characters.

GDAL reads a GBK table without .cpg as mojibake and says nothing; and a Chinese name
cut in the middle of a character at the width of its field breaks the whole reading.
Layout: https://www.dbase.com/Knowledgebase/INT/db7_file_fmt.htm (level 5 alike).
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geodata.importing.report import Problem, RefusedError, named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Tried in this order when nothing tells: what is valid UTF-8 is hardly ever anything else.
GUESSES = ("utf-8", "gb18030")

#: Language bytes (offset 29) that name a code page of ours.
_LANGUAGE_BYTES = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5", 0x78: "big5"}

#: What .cpg files call them; GB 18030 contains GBK and GB 2312.
_CPG_NAMES = {
    "936": "gb18030",
    "cp936": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "ansi 936": "gb18030",
    "950": "big5",
    "65001": "utf-8",
    "utf8": "utf-8",
}


@dataclass(frozen=True)
class _Field:
    """A text field: where its name stands in the header, where its cells in a record."""

    name_at: int
    offset: int
    width: int


@dataclass(frozen=True)
class Decision:
    """The encoding of a table and how it was found."""

    encoding: str
    problems: tuple[Problem, ...] = ()


def prepare(dbf: Path, encoding: str | None) -> Decision:
    """Find the encoding of a (copied) table and blank the bytes of cut characters in it.

    encoding: as somebody named it; None finds out: .cpg, language byte, then a guess.

    Raises:
        RefusedError: the named encoding is unknown or does not fit.
    """
    data = bytearray(dbf.read_bytes())
    if len(data) < 33:
        raise RefusedError("not_a_feature_file", "the attribute table (.dbf) is no dBASE file")
    fields = _fields(data)
    chosen, problems = _choose(dbf, data, fields, encoding)
    cut = _repair(data, fields, chosen)
    if cut:
        dbf.write_bytes(data)
        detail = f"texts cut in the middle of a character by their field's width: {named(cut)}"
        problems.append(Problem("text_cut", "warning", len(cut), detail))
    return Decision(chosen, tuple(problems))


def lookup(name: str) -> str | None:
    """The Python codec of an encoding's name as people and .cpg files write it, or None."""
    key = name.strip().lower()
    try:
        return codecs.lookup(_CPG_NAMES.get(key, key)).name
    except (LookupError, ValueError):
        return None


def _choose(
    dbf: Path, data: bytearray, fields: list[_Field], named_encoding: str | None
) -> tuple[str, list[Problem]]:
    if named_encoding is not None:
        codec = lookup(named_encoding)
        if codec is None:
            raise RefusedError("unknown_encoding", f"'{named_encoding}' is no known encoding")
        if not _fits(data, fields, codec):
            raise RefusedError("wrong_encoding", f"the texts of the file are not {named_encoding}")
        return codec, []
    told = _told(dbf, data)
    if told is not None and _fits(data, fields, told):
        return told, []
    for guess in GUESSES:
        if _fits(data, fields, guess):
            if told is None and guess == "utf-8" and _ascii(data, fields):
                return guess, []
            why = "nothing in the file says" if told is None else f"it says {told}, which is wrong"
            detail = (
                f"{why}; read as {guess}: look at the names, and give --encoding if they are wrong"
            )
            return guess, [Problem("encoding_guessed", "warning", 1, detail)]
    raise RefusedError(
        "wrong_encoding", f"the texts of the file are none of {', '.join(GUESSES)}: give --encoding"
    )


def _told(dbf: Path, data: bytearray) -> str | None:
    cpg = dbf.with_suffix(".cpg")
    if cpg.is_file():
        codec = lookup(cpg.read_bytes().decode("ascii", errors="replace"))
        if codec is not None:
            return codec
    return _LANGUAGE_BYTES.get(data[29])


def _fields(data: bytearray) -> list[_Field]:
    """The text fields (type C) of the header."""
    header = int.from_bytes(data[8:10], "little")
    fields, offset = [], 1  # the first byte of a record is its deletion mark
    for at in range(32, min(header, len(data)) - 31, 32):
        if data[at] == 0x0D:
            break
        width = data[at + 16]
        if data[at + 11 : at + 12] == b"C":
            width += data[at + 17] << 8  # GDAL's own: texts over 255 bytes
            fields.append(_Field(at, offset, width))
        else:
            fields.append(_Field(at, offset, 0))
        offset += width
    return fields


def _spans(data: bytearray, fields: list[_Field]) -> Iterator[tuple[int, int]]:
    """(start, end) of every name of a field and every text cell."""
    for field in fields:
        name = data[field.name_at : field.name_at + 11].split(b"\0")[0]
        yield field.name_at, field.name_at + len(name)
    header = int.from_bytes(data[8:10], "little")
    length = int.from_bytes(data[10:12], "little")
    texts = [field for field in fields if field.width]
    if not length:
        return
    for record in range(header, len(data) - length + 1, length):
        for field in texts:
            start = record + field.offset
            yield start, start + field.width


def _fits(data: bytearray, fields: list[_Field], encoding: str) -> bool:
    """Whether every text is valid, but for a character cut at its end."""
    try:
        for start, end in _spans(data, fields):
            _tail(bytes(data[start:end]), encoding)
    except UnicodeDecodeError:
        return False
    return True


def _ascii(data: bytearray, fields: list[_Field]) -> bool:
    return all(bytes(data[start:end]).isascii() for start, end in _spans(data, fields))


def _tail(text: bytes, encoding: str) -> int:
    """How many bytes at the end are the beginning of a character that was cut."""
    text = text.rstrip(b"\0 ")
    if text.isascii():
        return 0
    decoder = codecs.getincrementaldecoder(encoding)()
    decoder.decode(text, final=False)
    return len(decoder.getstate()[0])


def _repair(data: bytearray, fields: list[_Field], encoding: str) -> list[str]:
    """Blank cut characters in place; the texts that had one, without it."""
    cut = []
    names = {field.name_at for field in fields}
    for start, end in _spans(data, fields):
        text = bytes(data[start:end]).rstrip(b"\0 ")
        tail = _tail(text, encoding)
        if tail:
            stop = start + len(text)
            filler = b"\0" if start in names else b" "
            data[stop - tail : stop] = filler * tail
            cut.append(text[:-tail].decode(encoding))
    return cut
