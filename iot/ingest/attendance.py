"""Who is there: presence of components and gateways, and the rules that are made of silence.

A component's silence is looked at when it is due and not before: each stands at most
once in a queue ordered by the next moment at which something could change. A reading
does not move it there; when its turn comes it is put back by what was heard meanwhile.
So a tick costs what is due, not what there is.

We blame nobody for our own deafness: after a (re)start, a lost connection or a store
that did not take readings, silence is counted from the moment we could hear again.
"""

from __future__ import annotations

import heapq
import logging
from typing import TYPE_CHECKING

from iot.live import GatewayState
from iot.presence import LATE_AFTER, OFFLINE_AFTER, Presence, presence_after
from iot.rejections import Rejected, shown
from iot.rules.base import Silence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iot.ingest.outcome import Outcome
    from iot.ingest.registry import Component, Registry
    from iot.ingest.verdicts import Verdicts

log = logging.getLogger(__name__)

#: How often a gateway's ``seen_at`` is written and told, milliseconds.
SEEN_EVERY_MS = 10_000
#: Gateways that no component of the map names are remembered so many: a sender that invents
#: names, where unnamed ones are let in, fills neither memory nor store.
MOST_STRANGERS = 1_000
#: So many gateways are named in a line of the log.
_NAMED = 3


class Attendance:
    """Presence and silence. All times are epoch ms UTC by our clock unless said otherwise."""

    def __init__(self, registry: Registry, verdicts: Verdicts) -> None:
        self.registry = registry
        self.gateways: dict[str, GatewayState] = {}
        self._verdicts = verdicts
        self._queue: list[tuple[int, str]] = []
        self._listening_since: int | None = None
        self._seen: dict[str, int] = {}
        self._news: dict[str, Presence] = {}  # what is to be said in the log at the next tick
        self._strangers = 0

    def listening(self, since: int | None) -> None:
        """From when on we hear what is published; None while we do not."""
        self._listening_since = since

    def remember(self, gateways: Iterable[GatewayState]) -> None:
        """What the store says of gateways."""
        self.gateways = {gateway.name: gateway for gateway in gateways}
        self._strangers = len(self.gateways.keys() - self.registry.by_gateway.keys())

    def replace(self, registry: Registry) -> None:
        """Take a new registry; everyone who was ever heard is looked at soon."""
        self.registry = registry
        self._queue = []
        for component in registry.components.values():
            component.scheduled = False
            if component.heard:
                self._schedule(component, self._next_due(component, component.heard))

    def heard(self, component: Component, ts: int, outcome: Outcome) -> None:
        """A reading newer than all before it came, measured at ``ts``."""
        component.heard = ts
        if component.presence is not Presence.ONLINE:
            presence = presence_after(outcome.now - ts, component.interval)
            self._set(component, presence, outcome)
        if not component.scheduled:
            self._schedule(component, self._next_due(component, ts))

    def seen(self, name: str, ts: int, received: int, outcome: Outcome) -> None:
        """A gateway carried a reading measured at ``ts``: so it is online.

        Not when it went offline after that moment: messages that waited at the
        broker prove nothing.
        """
        known = self.gateways.get(name)
        if known is None or (known.presence != Presence.ONLINE and ts >= known.since):
            self._gateway(GatewayState(name, Presence.ONLINE, received, received), outcome)
        self._seen[name] = received

    def status(self, name: str, online: bool, received: int, outcome: Outcome) -> None:
        """A gateway, or its last will, says how it is.

        Raises:
            Rejected: a stranger, and there are too many of those already.
        """
        presence = Presence.ONLINE if online else Presence.OFFLINE
        known = self.gateways.get(name)
        if known is None and name not in self.registry.by_gateway:
            if self._strangers >= MOST_STRANGERS:
                raise Rejected("unknown_gateway", gateway=shown(name)[1:-1], most=MOST_STRANGERS)
            self._strangers += 1
        if known is not None and known.presence == presence:
            return
        seen_at = received if online else (known.seen_at if known else None)
        self._gateway(GatewayState(name, presence, received, seen_at), outcome)

    def tick(self, outcome: Outcome) -> None:
        """Look at everyone who is due."""
        self._tell_seen(outcome)
        self._say_news()
        if self._listening_since is None:
            return
        components = self.registry.components
        while self._queue and self._queue[0][0] <= outcome.now:
            _, code = heapq.heappop(self._queue)
            component = components.get(code)
            if component is not None and component.scheduled:
                component.scheduled = False
                self._look_at(component, outcome)

    def _look_at(self, component: Component, outcome: Outcome) -> None:
        if self._excused(component):
            return  # it is put back when its gateway returns, or by its next reading
        since = self._silent_since(component)
        quiet = outcome.now - since
        if component.presence is Presence.UNKNOWN:
            # Its gateway is back: it has until it would be offline to say something.
            if presence_after(outcome.now - component.heard, component.interval) == Presence.ONLINE:
                self._set(component, Presence.ONLINE, outcome)
            elif quiet > OFFLINE_AFTER * component.interval:
                self._set(component, Presence.OFFLINE, outcome)
        else:
            worse = max(component.presence, presence_after(quiet, component.interval))
            self._set(component, worse, outcome)
        silence = Silence(since, component.interval, outcome.now, excused=False)
        for bound in component.rules.quiet:
            self._verdicts.tick(component, bound, silence, outcome)
        due = self._next_due(component, since, after=outcome.now)
        if due:
            self._schedule(component, due)

    def _next_due(self, component: Component, since: int, after: int = 0) -> int:
        """The next moment at which silence since then would mean something, 0 for none."""
        interval = component.interval
        dues = [since + int(LATE_AFTER * interval) + 1, since + int(OFFLINE_AFTER * interval) + 1]
        for bound in component.rules.quiet:
            if bound.kind.due_ms is not None and bound.id not in component.states:
                dues.append(since + bound.kind.due_ms(bound.prepared, interval))
        return min((due for due in dues if due > after), default=0)

    def _silent_since(self, component: Component) -> int:
        since = max(component.heard, self._listening_since or 0)
        gateway = self.gateways.get(component.gateway or "")
        if gateway is not None and gateway.presence == Presence.ONLINE:
            since = max(since, gateway.since)
        return since

    def _excused(self, component: Component) -> bool:
        gateway = self.gateways.get(component.gateway or "")
        return gateway is not None and gateway.presence == Presence.OFFLINE

    def _schedule(self, component: Component, due: int) -> None:
        component.scheduled = True
        heapq.heappush(self._queue, (due, component.code))

    def _set(self, component: Component, presence: Presence, outcome: Outcome) -> None:
        if presence is component.presence:
            return
        component.presence, component.presence_since = presence, outcome.now
        outcome.presences[component.code] = (presence, outcome.now)

    def _gateway(self, state: GatewayState, outcome: Outcome) -> None:
        self.gateways[state.name] = outcome.gateways[state.name] = state
        self._news[state.name] = Presence(state.presence)
        components: Iterable[Component] = self.registry.by_gateway.get(state.name, ())
        for component in components:
            if not component.heard:
                continue
            if state.presence == Presence.OFFLINE:
                self._set(component, Presence.UNKNOWN, outcome)
            else:
                self._schedule(component, outcome.now)

    def _say_news(self) -> None:
        """One line for all that came or went since the last tick."""
        for presence in Presence:
            names = [name for name, now in self._news.items() if now is presence]
            if names:
                more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
                log.info("gateways %s: %s%s", presence.label, ", ".join(names[:_NAMED]), more)
        self._news.clear()

    def _tell_seen(self, outcome: Outcome) -> None:
        for name, received in self._seen.items():
            known = self.gateways[name]
            if received - (known.seen_at or 0) >= SEEN_EVERY_MS:
                state = GatewayState(name, known.presence, known.since, received)
                self.gateways[name] = outcome.gateways[name] = state
        self._seen.clear()
