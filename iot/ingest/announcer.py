"""Telling others: web what changed and that we are alive, gateways what was refused."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING

import msgspec

from iot.ingest.checks import RESERVED
from iot.live import DELTA_TOPIC, HEARTBEAT_TOPIC, ComponentDelta, Delta, Heartbeat
from iot.mqtt import NotConnectedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iot.alerts import Alert
    from iot.ingest.outcome import Refusal
    from iot.ingest.tally import Tally
    from iot.live import GatewayState
    from iot.mqtt import MqttClient

#: A delta that would be larger goes in parts, bytes.
MOST_BYTES = 256 * 1024
#: Refusals a gateway is told: so many at once, then so many a second. All are counted.
BURST, PER_S = 100, 10.0
#: More gateways than this are not told apart when refusals are limited.
_MOST_BUCKETS = 10_000


class Announcer:
    """Publishes; its numbers rise in the order in which it does.

    Live messages go by QoS 0: who misses one sees it by the numbers and reads the store.
    """

    def __init__(self, client: MqttClient, tally: Tally) -> None:
        self._client = client
        self._tally = tally
        self._encoder = msgspec.msgpack.Encoder()
        self._lock = Lock()
        self._seq = 0
        self._epoch = uuid.uuid4().hex[:12]
        self._buckets: dict[str, tuple[float, float]] = {}

    def delta(
        self,
        at: int,
        components: list[ComponentDelta],
        alerts: list[Alert],
        gateways: Iterable[GatewayState],
    ) -> None:
        """Tell what was stored. at: epoch ms UTC."""
        rest = list(gateways)
        if components or alerts or rest:
            with self._lock:
                self._parts(at, components, alerts, rest)

    def heartbeat(self, at: int, problem: str | None) -> None:
        """Say that we are alive, and what is wrong with the store, if anything."""
        with self._lock:
            beat = Heartbeat(
                self._epoch, self._seq, at, problem is None, problem, self._tally.snapshot()
            )
            self._publish(HEARTBEAT_TOPIC, self._encoder.encode(beat), qos=0)

    def refusals(self, refusals: Iterable[Refusal]) -> None:
        """Tell gateways what was not taken; a mad one is told less often than it asks for."""
        for refusal in refusals:
            if refusal.gateway in ("", RESERVED) or not self._allowed(refusal.gateway):
                self._tally.add("rejections_unsent")
                continue
            received = datetime.fromtimestamp(refusal.received / 1000, tz=UTC)
            told = {
                "reason": refusal.reason,
                "detail": refusal.detail,
                "topic": refusal.topic,
                "received": received.isoformat(timespec="milliseconds"),
                "sample": refusal.sample,
                "count": refusal.count,
            }
            payload = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
            self._publish(f"onemap/v1/{refusal.gateway}/rejected", payload, qos=1)

    def _parts(
        self,
        at: int,
        components: list[ComponentDelta],
        alerts: list[Alert],
        gateways: list[GatewayState],
    ) -> None:
        """One message, or two halves when it would be too large."""
        delta = Delta(self._epoch, self._seq + 1, at, components, alerts, gateways)
        payload = self._encoder.encode(delta)
        parts = (components, alerts, gateways)
        if len(payload) > MOST_BYTES and max(len(part) for part in parts) > 1:
            halves = [(part[: len(part) // 2], part[len(part) // 2 :]) for part in parts]
            for side in (0, 1):
                self._parts(at, halves[0][side], halves[1][side], halves[2][side])  # type: ignore[arg-type]
            return
        self._seq += 1
        self._publish(DELTA_TOPIC, payload, qos=0)

    def _publish(self, topic: str, payload: bytes, qos: int) -> None:
        try:
            self._client.publish(topic, payload, qos=qos)
        except (NotConnectedError, ValueError):  # ValueError: a name that no topic may have
            self._tally.add("unpublished")

    def _allowed(self, gateway: str) -> bool:
        """A bucket a gateway: it holds BURST and fills by PER_S."""
        now = time.monotonic()
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.clear()
        left, before = self._buckets.get(gateway, (float(BURST), now))
        left = min(float(BURST), left + (now - before) * PER_S)
        allowed = left >= 1
        self._buckets[gateway] = (left - 1 if allowed else left, now)
        return allowed
