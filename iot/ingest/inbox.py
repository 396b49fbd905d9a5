"""From the network's thread to the worker's: what was received, waiting for its batch."""

from __future__ import annotations

import time
from collections import deque
from threading import Event
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from iot.mqtt import Message

#: More bytes than this do not wait here: then the network is not read until the worker
#: has taken some, and the broker keeps what comes.
MAX_BYTES = 64 * 1024 * 1024
#: A batch that has so many bytes is full: messages of a thousand readings each are not two
#: thousand a transaction.
BATCH_BYTES = 512 * 1024
#: A payload above the limit is refused unread; so much of it is kept to show what it was.
KEPT_OF_TOO_LARGE = 1_024


class Incoming(NamedTuple):
    """One message with its time of receipt, epoch ms UTC.

    size: bytes as received; the payload is cut when that is more than may be.
    """

    topic: str
    payload: bytes
    retain: bool
    received: int
    size: int
    message: Message | None = None


class Inbox:
    """A queue of one writer and one reader, bounded by bytes.

    The number of messages is bounded by the broker: it sends no more than
    ``receive_maximum`` before we acknowledge.
    """

    def __init__(self, max_payload: int, max_bytes: int = MAX_BYTES) -> None:
        self._max_payload = max_payload
        self._max_bytes = max_bytes
        self._waiting: deque[Incoming] = deque()
        self._arrived = Event()
        self._closed = False
        # One writer each, so that no lock is needed: what went in, what came out.
        self._bytes_in = 0
        self._bytes_out = 0

    def put(self, message: Message) -> None:
        """Called on the network's thread; waits while too much is waiting."""
        payload = message.payload
        size = len(payload)
        if size > self._max_payload:
            payload = payload[:KEPT_OF_TOO_LARGE]
        received = time.time_ns() // 1_000_000
        self._bytes_in += len(payload)
        self._waiting.append(
            Incoming(message.topic, payload, message.retain, received, size, message)
        )
        if not self._arrived.is_set():
            self._arrived.set()
        while self._bytes_in - self._bytes_out > self._max_bytes and not self._closed:
            time.sleep(0.01)

    def take(self, most: int, linger_s: float, timeout_s: float) -> list[Incoming]:
        """The next batch: waits for a first message, then a little for more.

        Lingering by sleep, not by waiting for each message: the threads would wake each
        other for every one. Empty after ``timeout_s`` without any.
        """
        waiting = self._waiting
        if not waiting:
            self._arrived.clear()
            if not waiting and not self._arrived.wait(timeout_s):
                return []
        if len(waiting) < most and not self._closed:
            time.sleep(linger_s)
        batch: list[Incoming] = []
        size = 0
        while waiting and len(batch) < most and size < BATCH_BYTES:
            message = waiting.popleft()
            batch.append(message)
            size += len(message.payload)
        self._bytes_out += size
        return batch

    def wake(self) -> None:
        """Let a waiting reader look up."""
        self._arrived.set()

    def close(self) -> None:
        """Nobody will take any more; a waiting writer goes on."""
        self._closed = True
        self._arrived.set()

    def __len__(self) -> int:
        return len(self._waiting)
