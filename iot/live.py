"""What ingest tells web over ``onemap/v1/live/…``: the wire between the two programs.

Encoded as MessagePack by msgspec. Every message carries the sender's ``epoch``
(new at each start of ingest) and a ``seq`` that grows by one per message, so a
receiver knows when it missed something and reads the store again.
"""

from __future__ import annotations

import msgspec

from iot.alerts import Alert
from iot.readings import Value

PREFIX = "onemap/v1/live/"
DELTA_TOPIC = PREFIX + "delta"
HEARTBEAT_TOPIC = PREFIX + "heartbeat"
#: Alerts that web changed (acknowledgements), told to every other program. Payload: one Alert.
ALERT_TOPIC = PREFIX + "alert"

#: Ingest sends a heartbeat this often; a picture without one for three is stale.
HEARTBEAT_S = 1.0


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One metric's newest value: event time and receipt time in epoch milliseconds UTC."""

    ts: int
    value: Value
    received: int
    stamped: bool = False


class ComponentDelta(msgspec.Struct, frozen=True, array_like=True):
    """What changed about one component. Presence is None when it did not change."""

    code: str
    values: dict[str, Sample] = {}
    presence: int | None = None
    presence_since: int | None = None


class GatewayState(msgspec.Struct, frozen=True, array_like=True):
    """A gateway as last known; presence as in ``iot.presence.Presence``; times epoch ms UTC."""

    name: str
    presence: int
    since: int
    seen_at: int | None


class Delta(msgspec.Struct, frozen=True):
    """One committed batch, or one tick of presence."""

    epoch: str
    seq: int
    at: int
    components: list[ComponentDelta] = []
    alerts: list[Alert] = []
    gateways: list[GatewayState] = []


class Heartbeat(msgspec.Struct, frozen=True):
    """Ingest is alive. ``seq`` is the last delta's; ``store_ok`` False names why in ``problem``."""

    epoch: str
    seq: int
    at: int
    store_ok: bool = True
    problem: str | None = None
    counters: dict[str, int] = {}
