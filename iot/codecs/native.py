"""Our own form: one object or an array of ``{"id", "ts", "values"}``, JSON in UTF-8.

The whole message is decoded at once by its type; only when that fails is it gone
through by hand, so that each bad part is refused by its name and the rest is kept.
"""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec

from iot.codecs.base import Codec, Decoded, RawReading
from iot.codecs.times import SECONDS_BELOW, epoch_ms
from iot.readings import Value
from iot.rejections import Rejected, shown

#: Longest text that is a value, a metric or a code, characters.
MAX_TEXT = 256


class _Item(msgspec.Struct, gc=False):
    id: str
    values: dict[str, Value]
    ts: int | float | str | None = None


_one = msgspec.json.Decoder(_Item)
_many = msgspec.json.Decoder(list[_Item])
_ARRAY = ord("[")


def decode(payload: bytes, received: int) -> Decoded:  # noqa: ARG001 - a codec's signature
    """Readings of one message; see ``iot.codecs.base``."""
    if not payload or payload.isspace():
        raise Rejected("empty")
    try:
        # lstrip copies nothing for the common payload, which begins with its bracket.
        if payload.lstrip()[0] == _ARRAY:
            items = _many.decode(payload)
            if not items:
                raise Rejected("empty")
            return Decoded([_plain(item) for item in items])
        return Decoded([_plain(_one.decode(payload))])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Rejected):
        return _by_hand(payload)


def _plain(item: _Item) -> RawReading:
    """The common case, without a second look at what the type has proved."""
    ts = item.ts
    if type(ts) is int and ts >= SECONDS_BELOW and ts < 1e15:
        ms: int | None = ts
    else:
        ms = None if ts is None else epoch_ms(ts)
    values = item.values
    if not values or not item.id:
        raise Rejected("missing_values", where="the message")
    for value in values.values():
        if type(value) is str and (len(value) > MAX_TEXT or "\0" in value):
            raise Rejected("wrong_type", where="a value", found="text", wanted="shorter")
    return RawReading(item.id, values, ms)


def _by_hand(payload: bytes) -> Decoded:
    document = _parse(payload)
    decoded = Decoded()
    if not isinstance(document, list):
        _member(document, "the message", decoded)
        return decoded
    if not document:
        raise Rejected("empty")
    for index, member in enumerate(document):
        _member(member, f"member {index}", decoded)
    return decoded


def _parse(payload: bytes) -> Any:
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Rejected("not_utf8", position=error.start) from None
    try:
        return json.loads(text)
    except RecursionError:
        raise Rejected("not_json", problem="it is nested too deeply") from None
    except ValueError as error:
        raise Rejected("not_json", problem=shown(str(error), 120)) from None


def _member(member: Any, where: str, decoded: Decoded) -> None:
    try:
        code, values, ts = _parts(member, where)
    except Rejected as refusal:
        decoded.rejected.append(refusal)
        return
    good: dict[str, Value] = {}
    for metric, value in values.items():
        try:
            good[metric] = _value(value, f"{where}: '{shown(metric)[1:-1]}'")
        except Rejected as refusal:
            decoded.rejected.append(refusal)
    if good:
        decoded.readings.append(RawReading(code, good, ts))


def _parts(member: Any, where: str) -> tuple[str, dict[str, Any], int | None]:
    if not isinstance(member, dict):
        raise Rejected(
            "wrong_type",
            where=where,
            found=_kind(member),
            wanted="an object with 'id' and 'values'",
        )
    code, values, ts = member.get("id"), member.get("values"), member.get("ts")
    if code is None or code == "":
        raise Rejected("missing_id", where=where)
    if not _is_text(code):
        wanted = f"text of at most {MAX_TEXT} characters"
        raise Rejected("wrong_type", where=f"{where}: 'id'", found=_kind(code), wanted=wanted)
    if values is None or values == {}:
        raise Rejected("missing_values", where=where)
    if not isinstance(values, dict):
        raise Rejected(
            "wrong_type", where=f"{where}: 'values'", found=_kind(values), wanted="an object"
        )
    return code, values, None if ts is None else epoch_ms(ts, f"{where}: 'ts'")


def _value(value: Any, where: str) -> Value:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise Rejected("not_a_number", where=where, found=shown(value))
        return number
    if _is_text(value):
        return str(value)
    wanted = f"a number, true, false or text of at most {MAX_TEXT} characters"
    raise Rejected("wrong_type", where=where, found=_kind(value), wanted=wanted)


def _is_text(value: object) -> bool:
    """Text that every database can keep: no NUL, no half of a surrogate pair."""
    if not isinstance(value, str) or len(value) > MAX_TEXT or "\0" in value:
        return False
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def _kind(value: object) -> str:
    names = {dict: "an object", list: "an array", str: "text", bool: "true or false"}
    names |= {int: "a number", float: "a number", type(None): "null"}
    kind = names.get(type(value), type(value).__name__)
    return kind if isinstance(value, dict | list) or value is None else f"{kind} ({shown(value)})"


CODEC = Codec(name="native", topic="readings", decode=decode)
