"""How to write a codec: make a file beside this one with one constant, ``CODEC``.

A codec only decodes: bytes in, typed readings out, and a named refusal for each
thing in the message that it cannot read. It knows nothing of components, limits
or the store; whether a component exists and a value is possible is checked later,
the same way for every codec. Example, complete::

    def decode(payload: bytes, received: int) -> Decoded:
        code, depth = payload.decode().split(";")
        return Decoded([RawReading(code, {"depth": float(depth)}, None)], [])

    CODEC = Codec(name="semicolon", topic="semicolon", decode=decode)

It then takes what gateways publish to ``onemap/v1/{gateway}/semicolon``. A bad
part of a message is refused by name (``Rejected``, one of ``REASONS``) and the good
parts are kept: one broken sensor must not silence the ninety-nine beside it. Raise
``Rejected`` when nothing of the message can be read. Any other exception counts as
a fault of the codec: it is logged, and the message is refused as ``not_json``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from iot.readings import Value
from iot.rejections import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Codec", "Decoded", "RawReading", "Rejected"]


class RawReading(msgspec.Struct, gc=False, array_like=True):
    """What one component says at one moment, as decoded; nothing is checked against the catalogue.

    id: the component's code. values: metric -> value, numbers finite.
    ts: event time, epoch milliseconds UTC; None when the sender gave none.
    """

    id: str
    values: dict[str, Value]
    ts: int | None


@dataclass
class Decoded:
    """The readings of one message and the refusals of its bad parts."""

    readings: list[RawReading] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True)
class Codec:
    """One form of payload.

    name: for logs. topic: last level of the topics it takes, ``onemap/v1/{gateway}/{topic}``.
    decode: (payload, receipt time in epoch ms UTC) -> Decoded. Pure. Raises Rejected.
    """

    name: str
    topic: str
    decode: Callable[[bytes, int], Decoded]
