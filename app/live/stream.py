"""The fan-out to browsers: Server-Sent Events, numbered, encoded once, kept for a while.

Event ids are ``{epoch}-{seq}``: the epoch is new at each start of the web program, the
seq grows by one an event (a heartbeat repeats the last one's). A browser that comes
back says the last id it saw and is given what it missed; when that is no longer here,
or is of another epoch, its first event is a heartbeat with ``"resync": true`` and it
fetches the snapshot again. Everything here belongs to the event loop's thread.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: What one browser may leave unread before it is cut, bytes. It comes back by itself and
#: resumes; the server's memory is not where a slow one is waited for.
CLIENT_BYTES = 4 * 1024 * 1024
#: How much is kept for those that come back, bytes and events.
KEPT_BYTES = 8 * 1024 * 1024
KEPT_EVENTS = 4_096
#: A new browser is given the events of so many seconds.
NEWCOMER_S = 5.0

_ID = re.compile(r"(?P<epoch>[0-9a-z]+)-(?P<seq>\d{1,18})")


@dataclass(eq=False)  # one connection is only ever itself
class Client:
    """One browser's connection: what it has not been sent yet."""

    limit: int = CLIENT_BYTES
    cut: bool = False
    closed: bool = False
    _frames: deque[bytes] = field(default_factory=deque)
    _size: int = 0
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, frame: bytes) -> None:
        """Queue a frame; one that no longer fits closes the connection instead."""
        if self.closed:
            return
        if self._size + len(frame) > self.limit:
            self.cut = True
            self.close()
            return
        self._frames.append(frame)
        self._size += len(frame)
        self._wake.set()

    def close(self) -> None:
        """End it; what was queued is dropped."""
        self.closed = True
        self._frames.clear()
        self._size = 0
        self._wake.set()
        self._ended.set()

    async def ended(self) -> None:
        """Return once it is closed, also while a slow browser holds up ``take``'s caller."""
        await self._ended.wait()

    async def take(self) -> bytes:
        """Everything queued, waiting for the first; empty once closed."""
        while not self._frames and not self.closed:
            self._wake.clear()
            await self._wake.wait()
        frames = b"".join(self._frames)
        self._frames.clear()
        self._size = 0
        return frames


class _Kept(NamedTuple):
    seq: int
    at: float  # time.monotonic()
    frame: bytes


@dataclass
class Hub:
    """Every browser's connection, and the events of the last while.

    heartbeat: makes a heartbeat's data, all but ``epoch``, ``seq`` and ``resync``.
    """

    heartbeat: Callable[[], Mapping[str, object]]
    epoch: str = field(default_factory=lambda: secrets.token_hex(4))
    seq: int = 0
    clients: set[Client] = field(default_factory=set)
    cut: int = 0
    closed: bool = False
    _kept: deque[_Kept] = field(default_factory=deque)
    _kept_bytes: int = 0
    _floor: int = 0  # the last event that can no longer be given again

    def publish(self, event: str, data: object) -> None:
        """Send an event to everyone, and keep it for those who come back."""
        self.seq += 1
        frame = self._frame(event, data)
        self._keep(frame)
        self._send(frame)

    def beat(self) -> None:
        """Send a heartbeat. It is not kept: it says how things are now."""
        if self.clients:
            self._send(self._heartbeat(resync=False))

    def resync(self) -> None:
        """The picture was replaced: everyone fetches the snapshot, and nothing older counts."""
        self._floor = self.seq
        self.seq += 1
        self._kept.clear()
        self._kept_bytes = 0
        frame = self._heartbeat(resync=True)
        self._keep(frame)
        self._send(frame)

    def connect(self, last_event_id: str | None = None) -> Client:
        """A browser came (back); its first events are queued already."""
        client = Client()
        missed = self._missed(last_event_id)
        client.put(self._heartbeat(resync=missed is None))
        for frame in missed or ():
            client.put(frame)
        if self.closed:
            client.close()
        else:
            self.clients.add(client)
        return client

    def disconnect(self, client: Client) -> None:
        """A browser went."""
        client.close()
        self.clients.discard(client)

    def close(self) -> None:
        """The program ends: every connection does, and none begins."""
        self.closed = True
        for client in list(self.clients):
            self.disconnect(client)

    def _missed(self, last_event_id: str | None) -> list[bytes] | None:
        """The events after that id; None when they are not all here.

        A new browser fetches the snapshot while it connects here, and either may be
        first: the events of the last moments close the hole that could be between.
        """
        if not last_event_id:
            since = time.monotonic() - NEWCOMER_S
            return [kept.frame for kept in self._kept if kept.at >= since]
        given = _ID.fullmatch(last_event_id)
        if given is None or given["epoch"] != self.epoch:
            return None
        seq = int(given["seq"])
        if not self._floor <= seq <= self.seq:
            return None
        return [kept.frame for kept in self._kept if kept.seq > seq]

    def _heartbeat(self, *, resync: bool) -> bytes:
        head = {"epoch": self.epoch, "seq": self.seq}
        return self._frame("heartbeat", {**head, **self.heartbeat(), "resync": resync})

    def _frame(self, event: str, data: object) -> bytes:
        head = f"id: {self.epoch}-{self.seq}\nevent: {event}\ndata: ".encode()
        return head + msgspec.json.encode(data) + b"\n\n"

    def _keep(self, frame: bytes) -> None:
        self._kept.append(_Kept(self.seq, time.monotonic(), frame))
        self._kept_bytes += len(frame)
        while self._kept_bytes > KEPT_BYTES or len(self._kept) > KEPT_EVENTS:
            dropped = self._kept.popleft()
            self._floor = dropped.seq
            self._kept_bytes -= len(dropped.frame)

    def _send(self, frame: bytes) -> None:
        for client in list(self.clients):
            client.put(frame)
            if client.cut:
                self.cut += 1
                self.clients.discard(client)
