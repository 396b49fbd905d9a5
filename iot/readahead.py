"""paho's client, reading its socket by the block.

As it comes, paho asks the system three or four times for each message (a byte, a byte of
length, the rest, and a ``select``), which is half of what a message costs. Here one
``recv`` fetches what there is, and the messages in it are handled one after the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import paho.mqtt.client as paho

if TYPE_CHECKING:
    from paho.mqtt.enums import MQTTErrorCode

#: Read at once, bytes; some hundred readings, so that what is to be sent waits some ms at most.
BLOCK = 64 * 1024


class ReadAheadClient(paho.Client):
    """``paho.Client`` with a buffer between it and its socket."""

    _block = b""
    _used = 0

    def _sock_recv(self, bufsize: int) -> bytes:
        """paho's one way to its socket (same name since 1.4): from the block while it lasts."""
        used = self._used
        if used >= len(self._block):
            if bufsize >= BLOCK:
                return super()._sock_recv(bufsize)
            self._block = super()._sock_recv(BLOCK)
            used = 0
        part = self._block[used : used + bufsize]
        self._used = used + len(part)
        return part

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Handle what is in the block too: ``select`` knows nothing of it."""
        while True:
            code = super().loop_read(max_packets)
            if code or self._sock is None or self._used >= len(self._block):
                return code

    def reconnect(self) -> MQTTErrorCode:
        """A new connection begins with nothing of the old one's."""
        self._block, self._used = b"", 0
        return super().reconnect()
