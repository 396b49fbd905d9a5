"""Deciding what comes of messages: readings, what is newest, alerts, presence, refusals.

No I/O: messages and the time go in, an ``Outcome`` comes out. The memory moves ahead with
each outcome, so an outcome has to be stored before the next is asked for, however
often that has to be tried; a process that gives up must begin again from the store.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from iot.alert_log import AlertChange
from iot.codecs.base import Codec, Decoded, RawReading, Rejected
from iot.ingest.attendance import Attendance
from iot.ingest.checks import (
    Limits,
    check_time,
    check_topic,
    check_value,
    is_gateway_name,
    no_such_series,
)
from iot.ingest.outcome import Outcome, Refusal
from iot.ingest.registry import Component, Registry, Series
from iot.ingest.verdicts import Verdicts
from iot.levels import Level
from iot.presence import Presence
from iot.readings import Reading
from iot.rejections import shown
from iot.rows import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from iot.alerts import Alert
    from iot.ingest.inbox import Incoming
    from iot.ingest.outcome import Row
    from iot.live import ComponentDelta, GatewayState

log = logging.getLogger(__name__)

#: So much of a refused payload is given back, characters (Contract).
SAMPLE = 200
#: And so much of its topic: room for every name that a gateway may have.
_TOPIC = 200


class _Status(msgspec.Struct):
    state: str


_status = msgspec.json.Decoder(_Status)


@dataclass(frozen=True, slots=True)
class _Address:
    """A topic taken apart: who sent it, and the codec of its readings (None: a status)."""

    gateway: str
    codec: Codec | None


class Processor:
    """Holds what is known of every component and decides by it. One thread."""

    def __init__(self, registry: Registry, codecs: Mapping[str, Codec], limits: Limits) -> None:
        self.registry = registry
        self._codecs = codecs
        self._limits = limits
        self._verdicts = Verdicts()
        self.attendance = Attendance(registry, self._verdicts)
        self._addresses: dict[str, _Address] = {}

    def load(
        self,
        components: Iterable[ComponentDelta],
        gateways: Iterable[GatewayState],
        rule_states: Iterable[tuple[str, str, str]],
    ) -> None:
        """Remember what the store says."""
        known = self.registry.components
        for each in components:
            component = known.get(each.code)
            if component is not None:
                self._recall(component, each)
        for code, rule, state in rule_states:
            component = known.get(code)
            if component is not None and rule in component.rules.by_id:
                component.states[rule] = msgspec.json.decode(state)
        self.attendance.remember(gateways)
        self.attendance.replace(self.registry)

    def reload(self, registry: Registry) -> None:
        """Go on with other components; those that stay keep what is known of them."""
        self.registry = registry
        self.attendance.replace(registry)

    def reconcile(self, alerts: Iterable[Alert], now: int) -> Outcome:
        """End alerts whose component or rule is gone; let the others be able to end.

        Without a single component nothing is ended: then the map is missing, not they.
        """
        outcome = Outcome(now)
        for alert in alerts:
            component = self.registry.components.get(alert.component)
            bound = component.rules.by_id.get(alert.rule) if component else None
            if component is not None and bound is not None:
                if component.states.get(alert.rule) is None:
                    state = bound.kind.reopen(bound.prepared, Level.parse(alert.level))
                    if state is not None:
                        component.states[alert.rule] = state
            elif self.registry.components:
                outcome.states[alert.component, alert.rule] = None
                outcome.changes.append(
                    AlertChange(alert.component, alert.rule, Level.NONE, "", None, now)
                )
        return outcome

    def process(self, messages: Sequence[Incoming], now: int) -> Outcome:
        """Decide a batch, in the order in which it came. now: epoch ms UTC."""
        outcome = Outcome(now)
        for message in messages:
            self._message(message, outcome)
        outcome.counters["messages"] += len(messages)
        outcome.counters["readings"] += len(outcome.readings)
        return outcome

    def tick(self, now: int) -> Outcome:
        """Decide what follows from time alone; cheap, to be asked about every second."""
        outcome = Outcome(now)
        self.attendance.tick(outcome)
        return outcome

    def _message(self, message: Incoming, outcome: Outcome) -> None:
        try:
            address = self._address(message.topic)
            if address.codec is None:
                self._take_status(message, address, outcome)
                return
            if message.size > self._limits.max_payload:
                raise Rejected("too_large", size=message.size, limit=self._limits.max_payload)
            decoded = self._decode(address.codec, message)
        except Rejected as refusal:
            self._refuse(message, [refusal], outcome)
            return
        refused = decoded.rejected
        newest = 0
        for raw in decoded.readings:
            newest = max(newest, self._raw(raw, message, address.gateway, outcome, refused))
        if newest and not message.retain:
            self.attendance.seen(address.gateway, newest, message.received, outcome)
        if refused:
            self._refuse(message, refused, outcome)

    def _address(self, topic: str) -> _Address:
        known = self._addresses.get(topic)
        if known is None:
            gateway, kind = check_topic(topic)
            codec = self._codecs.get(kind)
            if codec is None and kind != "status":  # of a subscription that the broker remembers
                raise Rejected("bad_topic", topic=shown(topic, 200)[1:-1])
            known = _Address(gateway, codec)
            if len(self._addresses) > 100_000:  # a sender that invents names fills no memory
                self._addresses.clear()
            self._addresses[topic] = known
        return known

    def _decode(self, codec: Codec, message: Incoming) -> Decoded:
        try:
            return codec.decode(message.payload, message.received)
        except Rejected:
            raise
        except Exception as error:
            log.exception("codec '%s' failed on a message of %s", codec.name, message.topic)
            problem = f"the codec '{codec.name}' failed: {shown(str(error))}"
            raise Rejected("not_json", problem=problem) from error

    def _raw(
        self,
        raw: RawReading,
        message: Incoming,
        gateway: str,
        outcome: Outcome,
        refused: list[Rejected],
    ) -> int:
        """One component at one moment; returns that moment, 0 when nothing of it was taken."""
        try:
            component = self._component(raw, message, outcome.now)
        except Rejected as refusal:
            refused.append(refusal)
            return 0
        stamped = raw.ts is None
        ts = message.received if raw.ts is None else raw.ts
        taken = False
        for name, value in raw.values.items():
            try:
                series = component.series.get(name) or self._series(component, name)
                number, text = (
                    (value, None)
                    if type(value) is float and series.low <= value <= series.high
                    else check_value(series, value)
                )
            except Rejected as refusal:
                refused.append(refusal)
                continue
            taken = True
            row = (series, ts, number, text, message.received, stamped)
            self._take(component, row, gateway, outcome)
        if taken and ts > component.heard:
            self._heard(component, ts, message.received, gateway, outcome)
        return ts if taken else 0

    def _component(self, raw: RawReading, message: Incoming, now: int) -> Component:
        """Whose reading it is, when its time can be believed."""
        component = self.registry.components.get(raw.id)
        if component is None:
            raise no_such_component(raw.id, self.registry)
        if raw.ts is not None:
            check_time(raw.id, raw.ts, now, self._limits)
        elif message.retain:
            raise Rejected("retained_without_time")
        return component

    def _take(self, component: Component, row: Row, gateway: str, outcome: Outcome) -> None:
        """An accepted reading: into history always, further only when it is the newest."""
        series, ts, number, text, received, stamped = row
        outcome.readings.append(row)
        if not series.id:
            outcome.new_series[series] = None
        if ts <= series.ts:
            outcome.counters["late"] += ts < series.ts
            return
        series.ts = ts
        outcome.latest[series] = row
        if (
            number is not None
            and series.calm_low <= number <= series.calm_high
            and not component.states
        ):
            return
        name, value = series.metric.name, value_of(number, text)
        reading = Reading(component.code, name, ts, value, received, stamped, gateway)
        for bound in series.rules:
            self._verdicts.step(component, bound, reading, outcome)

    def _heard(
        self, component: Component, ts: int, received: int, gateway: str, outcome: Outcome
    ) -> None:
        self.attendance.heard(component, ts, outcome)
        if not component.states:
            return
        for bound in component.rules.quiet:
            if bound.id in component.states:
                reading = Reading(component.code, "", ts, "", received, False, gateway)
                self._verdicts.step(component, bound, reading, outcome)

    def _series(self, component: Component, name: str) -> Series:
        metric = component.rules.known.metrics.get(name)
        if metric is None:
            raise no_such_series(component, name)
        series = Series(component.code, metric, component.rules.by_metric.get(name, ()))
        component.series[name] = series
        return series

    def _recall(self, component: Component, each: ComponentDelta) -> None:
        metrics = component.rules.known.metrics
        for name, sample in each.values.items():
            component.heard = max(component.heard, sample.ts)
            if name in metrics:
                rules = component.rules.by_metric.get(name, ())
                series = component.series[name] = Series(component.code, metrics[name], rules)
                series.ts = sample.ts
        if each.presence is not None:
            component.presence = Presence(each.presence)
            component.presence_since = each.presence_since or 0

    def _take_status(self, message: Incoming, address: _Address, outcome: Outcome) -> None:
        if not message.payload:
            return  # somebody took the retained status back: no news of the gateway
        try:
            state = _status.decode(message.payload).state
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            state = ""
        if state not in ("online", "offline"):
            found = shown(message.payload[:60].decode("utf-8", "replace"))
            wanted = '{"state": "online"} or {"state": "offline"}'
            raise Rejected("wrong_type", where="the status", found=found, wanted=wanted)
        self.attendance.status(address.gateway, state == "online", message.received, outcome)

    def _refuse(self, message: Incoming, refused: Iterable[Rejected], outcome: Outcome) -> None:
        """One refusal a reason, so that a message of a thousand bad readings is not a thousand."""
        by_reason: dict[str, list[Rejected]] = {}
        for refusal in refused:
            by_reason.setdefault(refusal.reason, []).append(refusal)
        sample = message.payload[: 4 * SAMPLE].decode("utf-8", "replace")[:SAMPLE]
        parts = message.topic.split("/")
        # A topic has up to 64 KB: of a name that is none nothing is kept, and nobody is told.
        gateway = parts[2] if len(parts) > 2 and is_gateway_name(parts[2]) else ""
        for reason, all_of_it in by_reason.items():
            more = f" (and {len(all_of_it) - 1} more)" if len(all_of_it) > 1 else ""
            outcome.refusals.append(
                Refusal(
                    gateway=gateway,
                    topic=message.topic[:_TOPIC],
                    reason=reason,
                    detail=all_of_it[0].detail + more,
                    received=message.received,
                    sample=sample,
                    count=len(all_of_it),
                )
            )


def no_such_component(code: str, registry: Registry) -> Rejected:
    """Unknown altogether, or of a class that the catalogue lacks."""
    class_code = registry.classless.get(code)
    if class_code is not None:
        return Rejected("unknown_class", component=code, class_code=class_code)
    return Rejected("unknown_component", component=shown(code)[1:-1])
