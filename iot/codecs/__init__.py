"""Forms of payload, found: every file beside this one with a ``CODEC``."""

from __future__ import annotations

import importlib
import pkgutil

from iot.codecs.base import Codec


def find_codecs() -> dict[str, Codec]:
    """Topic level -> codec.

    Raises:
        ValueError: two codecs want the same topic.
    """
    found: dict[str, Codec] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        codec = getattr(importlib.import_module(f"{__name__}.{info.name}"), "CODEC", None)
        if not isinstance(codec, Codec):
            continue
        if codec.topic in found:
            raise ValueError(
                f"codecs '{found[codec.topic].name}' and '{codec.name}' "
                f"both take the topic '{codec.topic}'"
            )
        found[codec.topic] = codec
    return found
