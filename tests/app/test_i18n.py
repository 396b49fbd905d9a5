"""Two languages: nothing missing, nothing left over, numbers and placeholders right."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog

from app import i18n, translations
from app.ages import Clock
from app.i18n import LANGS, Translator, parse_lang, read_catalogue, translator
from app.translations import extract, placeholders, problems
from layers import all_layers
from layers.card import T


@pytest.mark.parametrize("lang", LANGS)
def test_every_text_of_the_code_is_translated_and_no_other(lang: i18n.Lang) -> None:
    assert problems(lang) == []


def test_extraction_sees_all_three_marks_and_the_layers_titles() -> None:
    found = extract()
    assert "Search name, code, pinyin…" in found  # t("…")
    assert "Who answers for it" in found  # T("…")
    assert "red" in found  # N("…")
    assert {layer.title for layer in all_layers().values()} <= set(found)


def test_problems_names_what_is_missing_unused_fuzzy_and_mismatched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    catalogue = Catalog()
    catalogue.add("gone", "没有了")
    catalogue.add("guess", "猜", flags=["fuzzy"])
    catalogue.add("{n} days", "{m} 天")
    catalogue.add("empty", "")
    wanted = {msgid: ["app/x.py"] for msgid in ("missing", "guess", "{n} days", "empty")}
    monkeypatch.setattr(translations, "read_catalogue", lambda _lang: catalogue)
    monkeypatch.setattr(translations, "extract", lambda: wanted)
    assert problems("zh") == [
        "zh: no translation of 'missing' (app/x.py)",
        "zh: no translation of 'empty' (app/x.py)",
        "zh: 'gone' is not used any more",
        "zh: 'guess' is fuzzy",
        "zh: '{n} days' and '{m} 天' name different placeholders",
    ]


def test_chinese_is_chinese() -> None:
    """A translation without one Chinese sign is a forgotten one, but for those that are figures."""
    bare = [
        str(message.id)
        for message in read_catalogue("zh")
        if message.id and not any("\u4e00" <= sign <= "\u9fff" for sign in str(message.string))
    ]
    assert [msgid for msgid in bare if any(sign.isalpha() for sign in _words(msgid))] == []


def _words(msgid: str) -> str:
    for name in placeholders(msgid):
        msgid = msgid.replace("{" + name + "}", "")
    return msgid


def test_arguments_are_grouped_and_texts_among_them_translated() -> None:
    t = translator("zh")
    assert t("Components: {n}", n=12_345) == "12,345 个部件"
    assert t("its own sensors alert: {level}", level=T("red")) == "现场部件红色告警"
    assert t.text(T("Components: {n}", {"n": 2})) == "2 个部件"
    assert t.text("井盖{n}") == "井盖{n}"  # data is not a template
    assert t.text(None) == ""


def test_numbers() -> None:
    t = Translator("en")
    assert t.number(1_234.5) == "1,234.5"
    assert t.number(41, 1) == "41.0"
    assert t.number(-0.25, 2) == "-0.25"


@pytest.mark.parametrize("asked", ["zh", "", None, "fr", 7, "EN"])
def test_what_we_do_not_speak_is_chinese(asked: object) -> None:
    assert parse_lang(asked) == "zh"


def test_a_moment_of_another_day_carries_its_date() -> None:
    clock = Clock.at_now(translator("zh"))
    noon = Clock(clock.t, 1_795_435_200_000, clock.zone)  # 2026-11-23 20:00 in the district
    assert noon.moment(noon.now - 3_600_000) == "19:00:00"
    assert noon.moment(noon.now - 86_400_000) == "11-22 20:00"
    assert noon.moment(noon.now - 366 * 86_400_000) == "2025-11-22 20:00"
