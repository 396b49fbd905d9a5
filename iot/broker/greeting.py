"""The first bytes of a connection: which version of MQTT is spoken.

amqtt takes the properties of an MQTT 5 CONNECT for a client id and waits for more, so
the client would have to give up first. Here it is told at once, and may come again
with MQTT 3.1.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from amqtt.adapters import StreamReaderAdapter

if TYPE_CHECKING:
    import asyncio

#: How long a client may take to send its CONNECT, seconds.
PATIENCE_S = 5.0
#: CONNACK of MQTT 5, no session, reason 0x84: unsupported protocol version (MQTT 5.0, 3.2.2.2).
UNSUPPORTED_VERSION = bytes([0x20, 3, 0, 0x84, 0])

_NAME = b"\x00\x04MQTT"


class Greeted(StreamReaderAdapter):  # type: ignore[misc] # amqtt ships no types
    """amqtt's reader, with the bytes that were read already put back in front."""

    def __init__(self, reader: asyncio.StreamReader, head: bytes) -> None:
        super().__init__(reader)
        self._head = head

    async def read(self, n: int = -1) -> bytes:
        """Exactly ``n`` bytes, as amqtt's reader gives them."""
        if not self._head or n < 0:
            return bytes(await super().read(n))
        taken, self._head = self._head[:n], self._head[n:]
        if len(taken) < n:
            taken += await super().read(n - len(taken))
        return taken


async def first_bytes(reader: asyncio.StreamReader) -> bytes:
    """A CONNECT up to its protocol level: 9 to 12 bytes.

    Raises:
        asyncio.IncompleteReadError, OSError: the client left before.
    """
    head = await reader.readexactly(2)
    while head[-1] & 0x80 and len(head) < 5:  # the remaining length has up to four bytes
        head += await reader.readexactly(1)
    return head + await reader.readexactly(len(_NAME) + 1)


def speaks_mqtt5(head: bytes) -> bool:
    """Whether that CONNECT is one of MQTT 5."""
    return head[:1] == b"\x10" and head[-7:-1] == _NAME and head[-1] == 5
