"""Two languages from one source: English msgids in the code, catalogues in ``app/locale``.

The ``.po`` files are read as they are when the program starts; there is no build
step to forget. ``python -m app.i18n update`` collects the msgids of the code into
them; a test fails while one of them has no translation.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from layers.card import T, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from babel.messages.catalog import Catalog

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)
DEFAULT_LANG: Lang = "zh"
DOMAIN = "onemap"
LOCALE_FOLDER = Path(__file__).parent / "locale"

#: What ``<html lang>`` says, and what Babel formats numbers by.
HTML_LANG: Mapping[Lang, str] = {"zh": "zh-CN", "en": "en"}
_BABEL: Mapping[Lang, str] = {"zh": "zh_Hans_CN", "en": "en_GB"}


def N(msgid: str) -> str:  # noqa: N802 - the short mark that extraction looks for
    """Mark a msgid that is translated elsewhere, e.g. a table's words."""
    return msgid


LEVEL_WORDS: Mapping[str, str] = {
    "red": N("red"),
    "orange": N("orange"),
    "yellow": N("yellow"),
    "blue": N("blue"),
}

#: Colour is never alone: the shape that goes with each level (UI.md).
LEVEL_SHAPES: Mapping[str, str] = {"red": "◆", "orange": "▲", "yellow": "■", "blue": "●"}

PRESENCE_WORDS: Mapping[str, str] = {
    "online": N("online"),
    "late": N("late"),
    "offline": N("offline"),
    "unknown": N("unknown"),
}

GROUP_WORDS: Mapping[str, str] = {
    "live": N("Live"),
    "places": N("Places"),
    "areas": N("Areas"),
    "ground": N("Ground"),
}


def catalogue_path(lang: Lang) -> Path:
    """Where the catalogue of a language stands."""
    return LOCALE_FOLDER / lang / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_catalogue(lang: Lang) -> Catalog:
    """The catalogue as Babel knows it, fuzzy entries included. Raises OSError when it is gone."""
    with catalogue_path(lang).open("rb") as file:
        return read_po(file, locale=_BABEL[lang], domain=DOMAIN)


@cache
def _translations(lang: Lang) -> NullTranslations:
    compiled = io.BytesIO()
    write_mo(compiled, read_catalogue(lang))
    compiled.seek(0)
    return GNUTranslations(compiled)


@dataclass(frozen=True)
class Translator:
    """Everything that reads differently in another language.

    ``t("Components: {n}", n=3_000)`` translates, then fills in; numbers are
    grouped, a ``T`` among the arguments is translated itself, text is data and stays.
    """

    lang: Lang = DEFAULT_LANG
    _found: NullTranslations = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_found", _translations(self.lang))

    def __call__(self, msgid: str, /, **args: Any) -> str:
        text = self._found.gettext(msgid) if msgid else ""
        return text.format(**{key: self._shown(value) for key, value in args.items()})

    def text(self, text: Text | None) -> str:
        """A text of a card: a msgid is translated, data stays as it is."""
        if text is None:
            return ""
        return self(text.msgid, **text.args) if isinstance(text, T) else str(text)

    def number(self, value: float, decimals: int | None = None) -> str:
        """A number as people read it: grouped, with so many decimals (None: as many as it has)."""
        if decimals is None:
            pattern = "#,##0.##"
        else:
            pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return str(format_decimal(value, pattern, locale=self.locale))

    @property
    def locale(self) -> Locale:
        """Babel's locale of this language."""
        return Locale.parse(_BABEL[self.lang])

    def level(self, level: str) -> str:
        """The word of an alert level, ``"red"`` …"""
        return self(LEVEL_WORDS[level])

    def presence(self, presence: str) -> str:
        """The word of a presence, ``"online"`` …"""
        return self(PRESENCE_WORDS[presence])

    def pick(self, zh: str, en: str) -> str:
        """Of data that carry both languages (the component catalogue), ours."""
        return zh if self.lang == "zh" else (en or zh)

    def _shown(self, value: Any) -> str:
        if isinstance(value, T):
            return self.text(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        return self.number(value)


@cache
def translator(lang: Lang) -> Translator:
    """The one translator of a language."""
    return Translator(lang)


def parse_lang(text: object) -> Lang:
    """The language a visitor asks for; anything we do not speak is Chinese."""
    return "en" if text == "en" else DEFAULT_LANG


def main(arguments: list[str]) -> int:
    """``python -m app.i18n update``."""
    from app.translations import update

    if arguments != ["update"]:
        print("usage: python -m app.i18n update")  # noqa: T201 - a command's output
        return 2
    return update()


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv[1:]))
