"""Collecting the msgids of the code into the catalogues (a developer's tool).

What is found: ``t("…")``, ``T("…")`` and ``N("…")`` in app/ and layers/, and the
titles of the layers, which are msgids by agreement.
"""

from __future__ import annotations

import string
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from app.i18n import LANGS, catalogue_path, read_catalogue
from layers import all_layers

if TYPE_CHECKING:
    from app.i18n import Lang

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("app", "layers")
KEYWORDS = {"t": None, "T": None, "N": None}


def extract() -> dict[str, list[str]]:
    """Every msgid of the code, with the files that use it."""
    found: dict[str, list[str]] = {}
    for folder in FOLDERS:
        for file, _line, message, _comments, _context in extract_from_dir(
            ROOT / folder, [("**.py", "python")], keywords=KEYWORDS
        ):
            if isinstance(message, str) and message:
                found.setdefault(message, []).append(f"{folder}/{file}")
    for layer in all_layers().values():
        found.setdefault(layer.title, []).append("layers")
    return found


def placeholders(text: str) -> set[str]:
    """The names in braces. Raises ValueError when the braces do not match."""
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


def problems(lang: Lang) -> list[str]:
    """What is wrong with a catalogue, one sentence each; empty when it is complete."""
    catalogue, wanted = read_catalogue(lang), extract()
    entries = {str(message.id): message for message in catalogue if message.id}
    found = [f"{lang}: no translation of {msgid!r} ({files[0]})" for msgid, files in wanted.items()
             if msgid not in entries or not entries[msgid].string]  # fmt: skip
    for msgid, message in entries.items():
        if msgid not in wanted:
            found.append(f"{lang}: {msgid!r} is not used any more")
        elif message.fuzzy:
            found.append(f"{lang}: {msgid!r} is fuzzy")
        elif message.string and placeholders(msgid) != placeholders(str(message.string)):
            found.append(f"{lang}: {msgid!r} and {message.string!r} name different placeholders")
    return found


def update() -> int:
    """Rewrite the catalogues: new msgids come in, unused ones go. 0 when all are complete."""
    wanted = extract()
    for lang in LANGS:
        old = read_catalogue(lang) if catalogue_path(lang).exists() else Catalog()
        new = Catalog(
            locale=old.locale,
            domain="onemap",
            project="onemap",
            header_comment="",
            fuzzy=False,
            creation_date=old.creation_date,  # else every run is a change
        )
        for msgid in sorted(wanted):
            known = old.get(msgid)
            text = str(known.string) if known is not None and known.string else ""
            new.add(msgid, text or (msgid if lang == "en" else ""))
        with catalogue_path(lang).open("wb") as file:
            write_po(file, new, omit_header=False, width=0, sort_output=True)
    left = [line for lang in LANGS for line in problems(lang)]
    for line in left:
        print(line)  # noqa: T201 - a command's output
    return 1 if left else 0
